import Foundation
public import Programs
public import Training

/// Tells before training whether its weight decay lets the directions die that nothing keeps alive.
///
/// A direction of a product of N factors that the loss gives no gradient shrinks by decay alone. SGD with momentum takes
/// it, in each factor and step, to 1 − rate · decay / (1 − momentum) of its size, and AdamW to 1 − rate · decay; over a
/// run the product's direction shrinks to e^−x, with x the sum of that over steps and factors. At x = 16 it is at the
/// rounding of a float (2^-23 = e^-15.9); at twice that nothing is left to die, and more decay costs accuracy alone.
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
        var decays: [String: Double] = [:]
        for group in try options.groups(of: program) {
            for name in group.names { decays[name] = group.weightDecay }
        }
        let sums = program.composedFactors.map { names in
            names.reduce(0) { $0 + (decays[$1] ?? 0) }
        }
        guard let lowest = sums.min(), let highest = sums.max() else { return nil }
        let perDecay = Self.perDecay(options, stepsPerEpoch)
        least = lowest * perDecay.lowerBound
        greatest = highest * perDecay.upperBound
        verdict =
            if options.optimizer == .adam { .signLike } else if least < Self.range.lowerBound {
                .tooLittle
            } else { greatest > Self.range.upperBound ? .tooMuch : .enough }
        advice = Self.advice(
            verdict, least, greatest, options,
            distance: options.optimizer == .adam ? Self.rates(options, stepsPerEpoch).upperBound : 0
        )
    }

    /// As it is told before a run.
    public var summary: String {
        guard verdict != .signLike else { return "decay: \(advice)" }
        let range = Self.range
        return
            "decay: \(advice) (e^-\(Int(range.lowerBound)) to e^-\(Int(range.upperBound)) is sought)"
    }

    /// The exponent of one factor at a decay of 1.
    ///
    /// It is a range for a schedule that losses decide on: where they never fall, and where they always do.
    static func perDecay(_ options: TrainingOptions, _ stepsPerEpoch: Int) -> ClosedRange<Double> {
        let rates = rates(options, stepsPerEpoch, withDecay: true)
        let gain = options.optimizer == .sgd ? 1 / (1 - options.momentum) : 1
        return (rates.lowerBound * gain)...(rates.upperBound * gain)
    }

    /// The sum of the learning rates over all steps, each times the decay's share of that step where asked.
    private static func rates(
        _ options: TrainingOptions, _ stepsPerEpoch: Int, withDecay: Bool = false
    ) -> ClosedRange<Double> {
        func sum(_ losses: (Int) -> [Double]) -> Double {
            (0..<(options.epochs * stepsPerEpoch)).reduce(0) { total, step in
                let rate = options.learningRate(
                    step: step, stepsPerEpoch: stepsPerEpoch, after: losses(step / stepsPerEpoch))
                let share =
                    withDecay
                    ? options.decayFactor(step: step, stepsPerEpoch: stepsPerEpoch) : 1
                return total + rate * share
            }
        }
        guard options.schedule == .plateau else {
            let all = sum { _ in [] }
            return all...all
        }
        return sum { Array(repeating: 1, count: $0) }...sum { _ in [] }
    }

    private static func advice(
        _ verdict: Verdict, _ least: Double, _ greatest: Double, _ options: TrainingOptions,
        distance: Double
    ) -> String {
        func short(_ number: Double) -> String { String(format: "%.2g", number) }
        let found =
            greatest - least <= 0.05 * greatest
            ? "e^-\(String(format: "%.1f", least))"
            : "e^-\(String(format: "%.1f", least)) to e^-\(String(format: "%.1f", greatest))"
        let shrink = "directions without a gradient shrink to \(found) of their size"
        // What brings the exponent to 20, well within the range.
        func decay(_ exponent: Double) -> String { short(options.weightDecay * 20 / exponent) }
        switch verdict {
        case .signLike:
            return
                "Adam's decay is part of the gradient that it normalises: directions without one "
                + "move by up to the learning rate a step, \(short(distance)) in all, whatever the decay; "
                + "choose sgd or adamw for decay that ranks follow"
        case .enough:
            return "\(shrink): they die, and decay costs little beyond that"
        case .tooLittle where least <= 0:
            return "\(shrink): without decay on every factor none dies; try --weight-decay 1e-3"
        case .tooLittle:
            let epochs = (Double(options.epochs) * 20 / least).rounded(.up)
            return "\(shrink): too little to die, which takes e^-15; "
                + "try --weight-decay \(decay(least)), or \(Int(min(epochs, 1e9))) epochs"
        case .tooMuch:
            return "\(shrink): they die long before the end, and beyond e^-32 decay costs accuracy "
                + "alone; try --weight-decay \(decay(greatest))"
        }
    }
}

extension Program {
    /// For each composed matrix the names of its factors.
    var composedFactors: [[String]] {
        var found: [String: [String]] = [:]
        for value in marks[Compose.mark] ?? [] {
            for name in sources(of: value) {
                guard let range = name.range(of: ".factors.") else { continue }
                found[String(name[..<range.lowerBound]), default: []].append(name)
            }
        }
        return found.sorted { $0.key < $1.key }.map(\.value)
    }
}
