import Foundation
import OrderedCollections
public import Datasets
public import Programs
public import Training

/// Truncates a network in steps and tunes it after each.
///
/// Y. Zhang, I. Alkhouri and R. Wang, Low-Rank Induced Training Through Linear Layers Composition, 2024, whose authors' program cuts,
/// tunes where too much is lost, and cuts on. Here each step cuts the network as it then is, factors multiplied out, to a share of
/// what the first one took; shares fall by one factor from 1 to the target; and a step that loses too much on validation, tuned,
/// is the last and not taken.
public struct Iterate: Sendable {
    /// Chooses ranks: for a merged network, a share of it from 0 to 1, and training examples to look at.
    public typealias Planner =
        @Sendable (_ program: Program, _ share: Double, _ training: Examples) throws -> Plan

    /// The share to come to, above 0 and below 1.
    public let target: Double
    /// The number of steps, 1 or more.
    public let steps: Int
    /// How far below the network as it came the accuracy on validation may end, from 0 to 1.
    public let largestDrop: Double
    /// What tunes after each step.
    public let tuner: Tuner
    private let plan: Planner

    /// Makes a loop that chooses ranks in a way of its own.
    public init(
        to target: Double, steps: Int, losing largestDrop: Double = 1, tuner: Tuner = Tuner(),
        planning plan: @escaping Planner
    ) {
        precondition(target > 0 && target < 1 && steps >= 1)
        self.target = target
        self.steps = steps
        self.largestDrop = largestDrop
        self.tuner = tuner
        self.plan = plan
    }

    /// Makes a loop that goes to a share of the parameters, one threshold for all layers.
    ///
    /// - Parameters:
    ///   - criterion: what makes a component worth keeping.
    ///   - calibration: how many training examples a criterion looks at that needs them, 1 or more.
    public init(
        to target: Double, steps: Int, losing largestDrop: Double = 1,
        by criterion: any Criterion = WhitenedCriterion(), tuner: Tuner = Tuner(),
        calibration: Int = 2_048
    ) {
        precondition(calibration >= 1)
        self.init(to: target, steps: steps, losing: largestDrop, tuner: tuner) {
            program, share, training in
            let profile =
                criterion.needsProfile
                ? try Profile(of: program, on: training.prefix(calibration)) : nil
            return try Plan(
                for: program, keeping: .parameters(share), by: criterion, from: profile)
        }
    }

    /// One step.
    public struct Step: Hashable, Sendable, Codable {
        /// The share that was asked for.
        public let share: Double
        /// The parameters that were left.
        public let parameters: Int
        /// The accuracy on validation after the cut, from 0 to 1.
        public let accuracyCut: Double
        /// That after tuning.
        public let accuracyTuned: Double
        /// Whether the loss allowed was kept to.
        public let isAccepted: Bool
        /// Why tuning ended early, its best state kept; nil where all epochs were trained.
        public let stopped: String?
    }

    /// Where a loop stands between two steps.
    public struct State: Sendable {
        /// The network of the last step that was accepted, in its factors; as it came where none was.
        public let program: Program
        /// The same with its factors multiplied out, which the next step cuts.
        public let merged: Program
        /// The steps that were made, the one that was not accepted too.
        public let steps: [Step]
        /// The accuracy on validation before, from 0 to 1.
        public let accuracyBefore: Double

        /// Makes a state of what was stored of one.
        public init(
            program: Program, merged: Program, steps: [Step], accuracyBefore: Double
        ) {
            self.program = program
            self.merged = merged
            self.steps = steps
            self.accuracyBefore = accuracyBefore
        }

        /// The state before the first step.
        ///
        /// - Parameters:
        ///   - program: the network, merged.
        ///   - validation: labelled examples by which steps are accepted.
        public init(before program: Program, validating validation: Examples) throws {
            self.init(
                program: program, merged: program, steps: [],
                accuracyBefore: try Evaluation(of: program, on: validation).accuracy)
        }
    }

    /// Whether no step is left: all were made, or one was not accepted or diverged.
    public func isDone(_ state: State) -> Bool {
        guard let last = state.steps.last else { return false }
        return state.steps.count >= steps || !last.isAccepted || last.stopped != nil
    }

    /// The share that a step cuts to, counted from 1.
    public func share(ofStep step: Int) -> Double { pow(target, Double(step) / Double(steps)) }

    /// Makes the next step.
    ///
    /// - Parameters:
    ///   - state: where the loop stands, not done.
    ///   - checkpoint: where the step's tuning goes on from, if it was cut off.
    ///   - willTune: told of what was cut, before it is tuned.
    ///   - observer: told of the tuning.
    /// - Throws: where the share is smaller than the smallest that can be reached.
    public func step(
        after state: State, training: Examples, validating validation: Examples,
        from checkpoint: Checkpoint? = nil, willTune: (Program) throws -> Void = { _ in },
        observer: Trainer.Observer = Trainer.Observer()
    ) throws -> State {
        precondition(!isDone(state))
        let share = share(ofStep: state.steps.count + 1)
        let truncate = Truncate(try plan(state.merged, share, training))
        let small = try truncate.apply(to: state.merged).program
        if let checkpoint, !checkpoint.program.hasParameters(of: small) {
            throw TrainingError(
                .checkpoint,
                "the checkpoint is of other ranks than are chosen now; remove it to tune this step anew"
            )
        }
        try willTune(small)
        let tuned = try tuner.fit(
            small, on: training, validating: validation, from: checkpoint, observer: observer)
        let isAccepted = tuned.accuracy >= state.accuracyBefore - largestDrop
        let step = Step(
            share: share, parameters: small.cost.parameters, accuracyCut: tuned.before.accuracy,
            accuracyTuned: tuned.accuracy, isAccepted: isAccepted,
            stopped: tuned.stopped?.description)
        return State(
            program: isAccepted ? tuned.program : state.program,
            merged: isAccepted
                ? try truncate.multiplyingOut(tuned.program, into: state.merged) : state.merged,
            steps: state.steps + [step], accuracyBefore: state.accuracyBefore)
    }

    /// Makes all steps.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - training: labelled examples to tune on.
    ///   - validation: labelled examples by which steps are accepted.
    ///   - stepEnded: told of every step.
    /// - Throws: where the target is smaller than the smallest that can be reached.
    public func run(
        on program: Program, training: Examples, validating validation: Examples,
        stepEnded: (Step) throws -> Void = { _ in }
    ) throws -> State {
        var state = try State(before: program, validating: validation)
        while !isDone(state) {
            state = try step(after: state, training: training, validating: validation)
            if let last = state.steps.last { try stepEnded(last) }
        }
        return state
    }
}

extension Program {
    /// Whether its parameters have the names and shapes of another's.
    fileprivate func hasParameters(of other: Program) -> Bool {
        Set(parameterNames) == Set(other.parameterNames)
            && parameterNames.allSatisfy { tensors[$0]?.shape == other.tensors[$0]?.shape }
    }
}
