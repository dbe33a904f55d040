import Foundation
public import Programs
public import Training

/// Tells before training whether its weight decay lets the directions die that nothing keeps alive.
///
/// A direction of a product of N factors that the loss gives no gradient shrinks by decay alone. What SGD with momentum or AdamW
/// do to a number without a gradient is followed step by step; over a run the product's direction shrinks to e^−x. Where rate
/// times decay is far below (1 − √momentum)² that is x = N · Σ rate · decay / (1 − momentum) for SGD, and
/// N · Σ rate · decay for AdamW; beyond it momentum is the limit, and no decay takes more than √momentum a step. At x = 16 the
/// direction is at the rounding of a float (2^-23 = e^-15.9); at twice that nothing is left to die, and more decay costs
/// accuracy alone.
///
/// Adam with coupled decay divides the decay by the gradient's own size: what has no gradient moves by about the learning
/// rate at each step, whatever the decay is. Nothing shrinks to a share of its size, and there is no such number.
public struct DecayCheck: Hashable, Sendable, Codable {
    /// What to make of the numbers.
    public enum Verdict: String, Hashable, Sendable, Codable {
        /// Some directions will not have died at the end.
        case tooLittle
        /// All that can die dies, and decay costs little more than that takes.
        case enough
        /// They die long before the end, and decay goes on to cost accuracy.
        case tooMuch
        /// The optimizer's decay does not work in this way.
        case signLike
    }

    /// The exponents that are enough, and not too much.
    public static let range = 15.0...32.0

    /// The least exponent x of the composed weights: of the one that decays least, with the schedule that is lowest.
    public let least: Double
    /// The greatest exponent.
    public let greatest: Double
    /// What to make of it.
    public let verdict: Verdict
    /// One or two sentences: what happens, and what to change.
    public let advice: String

    /// Checks a run.
    ///
    /// - Parameters:
    ///   - options: how it is trained.
    ///   - program: the composed network.
    ///   - stepsPerEpoch: the steps in an epoch.
    /// - Returns: nil where no weight is composed.
    public init?(_ options: TrainingOptions, of program: Program, stepsPerEpoch: Int) throws {
        let run = try DecayExponents(options, of: program, stepsPerEpoch: stepsPerEpoch)
        let exponents = run.exponents(at: options.weightDecay)
        guard let ends = Ends(exponents) else { return nil }
        (least, greatest) = (ends.least.range.lowerBound, ends.greatest.range.upperBound)
        verdict = options.optimizer == .adam ? .signLike : ends.verdict
        let remedy = DecayRemedy(run, options, ends)
        advice = Self.advice(verdict, ends, remedy, distance: run.rates)
    }

    /// As it is told before a run.
    public var summary: String {
        guard verdict != .signLike else { return "decay: \(advice)" }
        let range = Self.range
        return
            "decay: \(advice) (e^-\(Int(range.lowerBound)) to e^-\(Int(range.upperBound)) is sought)"
    }

    /// The weights that decay least and most.
    struct Ends {
        let least: DecayExponents.Exponent
        let greatest: DecayExponents.Exponent

        init?(_ exponents: [DecayExponents.Exponent]) {
            guard
                let least = exponents.min(by: { $0.range.lowerBound < $1.range.lowerBound }),
                let greatest = exponents.max(by: { $0.range.upperBound < $1.range.upperBound })
            else { return nil }
            (self.least, self.greatest) = (least, greatest)
        }

        var verdict: Verdict {
            // What grows does so for too much of it.
            if least.range.lowerBound < 0 { return .tooMuch }
            if least.range.lowerBound < DecayCheck.range.lowerBound { return .tooLittle }
            return greatest.range.upperBound > DecayCheck.range.upperBound ? .tooMuch : .enough
        }
    }

    private static func advice(
        _ verdict: Verdict, _ ends: Ends, _ remedy: DecayRemedy, distance: Double
    ) -> String {
        let (least, greatest) = (ends.least.range.lowerBound, ends.greatest.range.upperBound)
        func power(_ exponent: Double) -> String { "e^-\(String(format: "%.1f", exponent))" }
        let found =
            greatest - least <= 0.05 * greatest
            ? power(least) : "\(power(least)) to \(power(greatest))"
        let shrink = "directions without a gradient shrink to \(found) of their size"
        switch verdict {
        case .signLike:
            return
                "Adam's decay is part of the gradient that it normalises: directions without one "
                + "move by up to the learning rate a step, \(String(format: "%.2g", distance)) in all, "
                + "whatever the decay; choose sgd or adamw for decay that ranks follow"
        case .enough:
            return "\(shrink): they die, and decay costs little beyond that"
        case .tooLittle where least <= 0:
            return "\(shrink): without decay on every factor none dies; \(remedy.text)"
        case .tooLittle:
            return "\(shrink): too little to die, which takes e^-15; \(remedy.text)"
        case .tooMuch where least < 0:
            return "parameters without a gradient grow under so much decay; \(remedy.text)"
        case .tooMuch:
            return "\(shrink): they die long before the end, and beyond e^-32 decay costs accuracy "
                + "alone; \(remedy.text)"
        }
    }
}

/// What to change in a run whose decay is too little or too much: a change that makes it enough.
struct DecayRemedy {
    /// The exponent that is aimed at, well within the range.
    private static let aim = 20.0
    /// How many steps are looked ahead at most.
    private static let mostSteps = 500_000

    private let run: DecayExponents
    private let options: TrainingOptions
    private let ends: DecayCheck.Ends

    init(_ run: DecayExponents, _ options: TrainingOptions, _ ends: DecayCheck.Ends) {
        (self.run, self.options, self.ends) = (run, options, ends)
    }

    /// What to try.
    var text: String {
        let isTooLittle = ends.verdict == .tooLittle
        let epochs = isTooLittle ? epochs.map { "\($0) epochs" } : nil
        let changes = [weightDecay.map { "--weight-decay \($0)" }, epochs].compactMap { $0 }
        guard changes.isEmpty else { return "try " + changes.joined(separator: ", or ") }
        let most = DecayCheck.Ends(run.exponents(at: run.largestDecay))
        if ends.least.followsWeightDecay,
            most?.least.range.lowerBound ?? 0 < DecayCheck.range.lowerBound
        {
            return "no decay is enough in so short a run, train for more epochs"
        }
        let at = isTooLittle ? ends.least : ends.greatest
        return at.followsWeightDecay && ends.least.weight == ends.greatest.weight
            ? "try another --learning-rate"
            : "try \(isTooLittle ? "more" : "less") decay for \(at.weight) with --decay-for"
    }

    /// A weight decay that is enough, as it is written; nil where there is none.
    private var weightDecay: String? {
        let isTooLittle = ends.verdict == .tooLittle
        func reached(_ decay: Double) -> Double {
            let ends = DecayCheck.Ends(run.exponents(at: decay))
            return (isTooLittle ? ends?.least.range.lowerBound : ends?.greatest.range.upperBound)
                ?? 0
        }
        // Up to there more decay is more.
        let most = run.largestDecay
        guard most > 0, options.optimizer != .adam else { return nil }
        let aim = min(Self.aim, reached(most))
        var (low, high) = (most * 1e-9, most)
        for _ in 0..<40 {
            let middle = (low * high).squareRoot()
            if reached(middle) < aim { low = middle } else { high = middle }
        }
        let written = String(format: "%.2g", high)
        return isEnough(run.exponents(at: Double(written) ?? high)) ? written : nil
    }

    /// The fewest epochs, about, that are enough; nil where they are too many.
    private var epochs: Int? {
        func reached(_ epochs: Int) -> Double {
            DecayCheck.Ends(run.with(epochs: epochs).exponents(at: options.weightDecay))?
                .least.range.lowerBound ?? 0
        }
        // Where losses decide on the rate, it may be over before more epochs begin.
        guard ends.least.range.lowerBound > 0, options.schedule != .plateau else { return nil }
        let most = Self.mostSteps / run.stepsPerEpoch
        var (low, high) = (options.epochs, 2 * options.epochs)
        while high <= most, reached(high) < Self.aim { (low, high) = (high, 2 * high) }
        guard high <= most else { return nil }
        while high - low > max(1, low / 50) {
            let middle = (low + high) / 2
            if reached(middle) < Self.aim { low = middle } else { high = middle }
        }
        return isEnough(run.with(epochs: high).exponents(at: options.weightDecay)) ? high : nil
    }

    private func isEnough(_ exponents: [DecayExponents.Exponent]) -> Bool {
        DecayCheck.Ends(exponents)?.verdict == .enough
    }
}
