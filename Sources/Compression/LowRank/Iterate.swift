import Foundation
public import Datasets
public import Programs
public import Training

/// Truncates a network in steps and tunes it after each.
///
/// Y. Zhang, I. Alkhouri and R. Wang, Low-Rank Induced Training Through Linear Layers Composition, 2024, whose authors' program cuts,
/// tunes where too much is lost, and cuts on. Here each step cuts to a share of the parameters by the spectra of the network as it
/// then is, factors multiplied out; shares fall by one factor from 1 to the target; and a step that loses too much on validation, tuned,
/// is the last and not taken.
public struct Iterate: Sendable {
    /// The share of the parameters to come to, above 0 and below 1.
    public let target: Double
    /// The number of steps, 1 or more.
    public let steps: Int
    /// How far below the network as it came the accuracy on validation may end, from 0 to 1.
    public let largestDrop: Double
    /// What makes a component worth keeping.
    public let criterion: any Criterion
    /// What tunes after each step.
    public let tuner: Tuner
    /// How many training examples a criterion looks at that needs them.
    public let calibration: Int

    /// Makes a loop.
    public init(
        to target: Double, steps: Int, losing largestDrop: Double = 1,
        by criterion: any Criterion = WhitenedCriterion(), tuner: Tuner = Tuner(),
        calibration: Int = 2_048
    ) {
        precondition(target > 0 && target < 1 && steps >= 1 && calibration >= 1)
        self.target = target
        self.steps = steps
        self.largestDrop = largestDrop
        self.criterion = criterion
        self.tuner = tuner
        self.calibration = calibration
    }

    /// One step.
    public struct Step: Hashable, Sendable, Codable {
        /// The share of the parameters that was asked for.
        public let share: Double
        /// The parameters that were left.
        public let parameters: Int
        /// The accuracy on validation after the cut, from 0 to 1.
        public let accuracyCut: Double
        /// That after tuning.
        public let accuracyTuned: Double
        /// Whether the loss allowed was kept to.
        public let isAccepted: Bool
    }

    /// What the loop gives back.
    public struct Outcome: Sendable {
        /// The network of the last step that was accepted, in its factors; as it came where none was.
        public let program: Program
        /// The steps, the one that was not accepted too.
        public let steps: [Step]
        /// The accuracy on validation before, from 0 to 1.
        public let accuracyBefore: Double
    }

    /// Runs the loop.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - training: labelled examples to tune on.
    ///   - validation: labelled examples by which steps are accepted.
    ///   - stepEnded: told of every step.
    ///   - observer: told of every step's tuning.
    /// - Throws: where the target is smaller than the smallest that can be reached.
    public func run(
        on program: Program, training: Examples, validating validation: Examples,
        stepEnded: (Step) throws -> Void = { _ in },
        observer: Trainer.Observer = Trainer.Observer()
    ) throws -> Outcome {
        let before = try Evaluation(of: program, on: validation).accuracy
        var (dense, accepted, steps) = (program, program, [Step]())
        for index in 1...self.steps {
            let share = pow(target, Double(index) / Double(self.steps))
            let profile =
                criterion.needsProfile
                ? try Profile(of: dense, on: training.prefix(calibration)) : nil
            let plan = try Plan(
                for: dense, keeping: .parameters(share), by: criterion, from: profile)
            let truncate = Truncate(plan)
            let small = try truncate.apply(to: dense).program
            let tuned = try tuner.fit(
                small, on: training, validating: validation, observer: observer)
            let step = Step(
                share: share, parameters: small.cost.parameters,
                accuracyCut: tuned.before.accuracy, accuracyTuned: tuned.accuracy,
                isAccepted: tuned.accuracy >= before - largestDrop)
            steps.append(step)
            try stepEnded(step)
            guard step.isAccepted else { break }
            accepted = tuned.program
            dense = try truncate.multiplyingOut(tuned.program, into: dense)
        }
        return Outcome(program: accepted, steps: steps, accuracyBefore: before)
    }
}
