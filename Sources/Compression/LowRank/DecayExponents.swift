import Foundation
import Programs
import Training

/// How far decay alone takes composed weights over a run: x, where a direction without a gradient shrinks to e^−x.
struct DecayExponents {
    /// A composed weight's exponent; a range where losses decide on the learning rate.
    struct Exponent {
        let weight: String
        /// Whether --weight-decay has a say in it, and not rules for its factors alone.
        let followsWeightDecay: Bool
        let range: ClosedRange<Double>
    }

    /// A composed weight: the decays that rules give its factors, and the number of its other factors.
    private struct Weight {
        let name: String
        var fixed: [Double] = []
        var following = 0
    }

    /// The exponent of what is nothing at all, and of what grows beyond all numbers with its sign turned.
    private static let most = 1e6

    /// The learning rate and the decay's share of each step.
    private typealias Step = (rate: Double, share: Double)

    private let options: TrainingOptions
    /// The steps in an epoch.
    let stepsPerEpoch: Int
    private let weights: [Weight]
    /// The steps where losses never fall, and where they always do; one schedule where they have no say.
    private let schedules: [[Step]]

    /// Looks at the composed weights of a network.
    init(_ options: TrainingOptions, of program: Program, stepsPerEpoch: Int) throws {
        func decays(_ options: TrainingOptions) throws -> [String: Double] {
            try options.groups(of: program).reduce(into: [:]) { found, group in
                for name in group.names { found[name] = group.weightDecay }
            }
        }
        var other = options
        other.weightDecay = options.weightDecay == 1 ? 2 : 1
        let (given, moved) = (try decays(options), try decays(other))
        let weights = program.composedFactors.map { name, factors in
            factors.reduce(into: Weight(name: name)) { weight, factor in
                let decay = given[factor] ?? 0
                if moved[factor] ?? 0 == decay {
                    weight.fixed.append(decay)
                } else {
                    weight.following += 1
                }
            }
        }
        self.init(options, weights, stepsPerEpoch)
    }

    private init(_ options: TrainingOptions, _ weights: [Weight], _ stepsPerEpoch: Int) {
        self.options = options
        self.weights = weights
        self.stepsPerEpoch = stepsPerEpoch
        func steps(_ losses: (Int) -> [Double]) -> [Step] {
            (0..<(options.epochs * stepsPerEpoch)).map { step in
                (
                    options.learningRate(
                        step: step, stepsPerEpoch: stepsPerEpoch,
                        after: losses(step / stepsPerEpoch)),
                    options.decayFactor(step: step, stepsPerEpoch: stepsPerEpoch)
                )
            }
        }
        schedules =
            options.schedule == .plateau
            ? [steps { Array(repeating: 1, count: $0) }, steps { _ in [] }] : [steps { _ in [] }]
    }

    /// The same run with other epochs.
    func with(epochs: Int) -> DecayExponents {
        var options = options
        options.epochs = epochs
        return DecayExponents(options, weights, stepsPerEpoch)
    }

    /// The sum of the learning rates, at most.
    var rates: Double { schedules.map { $0.reduce(0) { $0 + $1.rate } }.max() ?? 0 }

    /// The decay from which more of it shrinks nothing faster: momentum takes at most √momentum of a number in a step, and
    /// decay beyond that makes it swing.
    var largestDecay: Double {
        let rate = schedules.flatMap { $0 }.reduce(0) { max($0, $1.rate) }
        let root = options.optimizer == .sgd ? 1 - options.momentum.squareRoot() : 0.5
        return rate > 0 ? root * root / rate : 0
    }

    /// The exponents at a weight decay, one for each composed weight.
    func exponents(at weightDecay: Double) -> [Exponent] {
        let decays = Set(weights.flatMap(\.fixed) + [weightDecay])
        let known = schedules.map { steps in
            Dictionary(uniqueKeysWithValues: decays.map { ($0, exponent($0, over: steps)) })
        }
        return weights.map { weight in
            let found = known.map { known in
                weight.fixed.reduce(Double(weight.following) * (known[weightDecay] ?? 0)) {
                    $0 + (known[$1] ?? 0)
                }
            }
            return Exponent(
                weight: weight.name, followsWeightDecay: weight.following > 0,
                range: (found.min() ?? 0)...(found.max() ?? 0))
        }
    }

    /// The exponent of one number under a decay: what the optimizer does to it, step by step; below 0 where it grows.
    private func exponent(_ decay: Double, over steps: [Step]) -> Double {
        guard decay > 0 else { return 0 }
        guard options.optimizer == .sgd else {
            let all = steps.reduce(0) { $0 - log(abs(1 - $1.rate * $1.share * decay)) }
            return all.isFinite ? all : all > 0 ? Self.most : -Self.most
        }
        var (number, velocity, exponent) = (1.0, 0.0, 0.0)
        var last = 0.0
        for step in steps {
            velocity = options.momentum * velocity + step.share * decay * number
            last = step.rate
            number -= last * velocity
            // Before it leaves the range of numbers.
            let size = abs(number) + abs(last * velocity)
            guard size < 1e-100 || size > 1e100 else { continue }
            guard size > 0, size.isFinite else { return size == 0 ? Self.most : -Self.most }
            exponent -= log(size)
            (number, velocity) = (number / size, velocity / size)
        }
        // NB: a number that swings is at nothing from time to time; its next step is not.
        let size = max(abs(number), abs(last * velocity))
        return size > 0 ? exponent - log(size) : Self.most
    }
}

extension Program {
    /// For each composed matrix its name and the names of its factors.
    var composedFactors: [(weight: String, factors: [String])] {
        var found: [String: [String]] = [:]
        for value in marks[Compose.mark] ?? [] {
            for name in sources(of: value) {
                guard let range = name.range(of: ".factors.") else { continue }
                found[String(name[..<range.lowerBound]), default: []].append(name)
            }
        }
        return found.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }
}
