public import Datasets
import Foundation
import OrderedCollections
public import Programs
import Tensors

/// What training gives back.
public struct TrainingRun: Sendable {
    /// The trained Program.
    public let program: Program
    /// The epochs, in order.
    public let history: [EpochMetrics]
    /// The epoch whose parameters the Program has, from 1.
    public let epoch: Int
}

/// Trains Programs.
public struct Trainer: Sendable {
    /// How.
    public let options: TrainingOptions
    private let hooks: [any TrainingHook]
    private let group: any ProcessGroup

    /// Makes a trainer.
    public init(
        _ options: TrainingOptions, hooks: [any TrainingHook] = [],
        group: any ProcessGroup = SingleProcess()
    ) {
        self.options = options
        self.hooks = hooks
        self.group = group
    }

    /// What a run tells while it goes on.
    public struct Observer: Sendable {
        /// Called after every epoch.
        public var epochEnded: @Sendable (EpochMetrics) throws -> Void = { _ in }
        /// Called with a checkpoint after every epoch.
        public var save: (@Sendable (Checkpoint) throws -> Void)?
        /// Asked before every step; true ends the run with an error.
        public var shouldStop: @Sendable () -> Bool = { false }

        /// Makes an observer that does nothing.
        public init() {}
    }

    /// Trains a Program to tell the classes of examples.
    ///
    /// - Parameters:
    ///   - program: whose first result is the logits; its tensors are not changed.
    ///   - training: labelled examples.
    ///   - validation: labelled examples that are looked at after each epoch.
    ///   - checkpoint: where to go on from; the run then gives the same bits as one that was never cut off.
    ///   - observer: what is told.
    /// - Throws: a ``TrainingError`` where the loss is not a number or the run is stopped.
    public func fit(
        _ program: Program, on training: Examples, validating validation: Examples? = nil,
        from checkpoint: Checkpoint? = nil, observer: Observer = Observer()
    ) throws -> TrainingRun {
        var run = try RunningTraining(
            program, options, training, hooks, group, from: checkpoint)
        while run.epoch < options.epochs {
            let metrics = try run.epoch(on: training, validating: validation, observer.shouldStop)
            if let save = observer.save { try save(run.checkpoint()) }
            try observer.epochEnded(metrics)
        }
        return try run.finished()
    }
}
