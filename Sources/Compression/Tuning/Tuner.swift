public import Datasets
public import Programs
import Synchronization
public import Training

/// What tuning gives back.
public struct TuningRun: Sendable {
    /// The network at its best on validation, or at the end where that was asked for.
    public let program: Program
    /// The epochs that were trained, in order.
    public let history: [EpochMetrics]
    /// The epoch whose parameters the Program has, from 1; 0 where the network as it came is best.
    public let epoch: Int
    /// How the network did on validation before.
    public let before: Evaluation
    /// The accuracy on validation of what is given back, from 0 to 1.
    public let accuracy: Double
    /// Why training ended early; nil where all epochs were trained.
    public let stopped: TrainingError?
}

/// Trains a network that is there a little further, and keeps its best state.
///
/// It trains the Program as it stands: layers that were cut in two stay two. Nothing is lost by it: where no epoch is better on
/// validation than the network as it came, that is given back, and a loss that is not a number ends the run, not its result.
public struct Tuner: Sendable {
    /// Which state of the network is given back.
    public enum Keeping: String, Hashable, Sendable, Codable, CaseIterable {
        /// The best on validation, be it the one before.
        case best
        /// The last: where decay is to lower ranks, which costs accuracy first.
        case last
    }

    /// How; ``TrainingOptions/keepsBest`` follows from what is kept.
    public let options: TrainingOptions
    private let keeping: Keeping
    private let hooks: [any TrainingHook]

    /// Makes a tuner, with ``ProductDecay`` and ``Distillation`` as hooks where they are wanted.
    public init(
        _ options: TrainingOptions = .tuning, hooks: [any TrainingHook] = [],
        keeping: Keeping = .best
    ) {
        var options = options
        options.keepsBest = keeping == .best
        self.options = options
        self.keeping = keeping
        self.hooks = hooks
    }

    /// Tunes a network.
    ///
    /// - Parameters:
    ///   - program: whose first result is the logits; its tensors are not changed.
    ///   - training: labelled examples.
    ///   - validation: labelled examples by which the best state is known.
    ///   - checkpoint: where to go on from.
    ///   - observer: what is told.
    /// - Throws: a ``TrainingError`` where the data do not fit or the run is stopped by the user.
    public func fit(
        _ program: Program, on training: Examples, validating validation: Examples,
        from checkpoint: Checkpoint? = nil, observer: Trainer.Observer = Trainer.Observer()
    ) throws -> TuningRun {
        let before = try Evaluation(of: program, on: validation)
        let last = Latest(checkpoint)
        var watching = observer
        watching.save = { checkpoint in
            last.keep(checkpoint)
            try observer.save?(checkpoint)
        }
        var stopped: TrainingError?
        do {
            _ = try Trainer(options, hooks: hooks).fit(
                program, on: training, validating: validation, from: checkpoint,
                observer: watching)
        } catch let error as TrainingError where error.kind == .diverged { stopped = error }
        let kept = last.checkpoint.flatMap { keeping == .best ? $0.best : $0.end }
        let better = kept.flatMap {
            keeping == .last || $0.accuracy > before.accuracy ? $0 : nil
        }
        return TuningRun(
            program: better?.program ?? program, history: last.checkpoint?.history ?? [],
            epoch: better?.epoch ?? 0, before: before,
            accuracy: better?.accuracy ?? before.accuracy, stopped: stopped)
    }

    /// The last checkpoint of a run.
    private final class Latest: Sendable {
        private let mutex: Mutex<Checkpoint?>

        init(_ checkpoint: Checkpoint?) { mutex = Mutex(checkpoint) }

        func keep(_ checkpoint: Checkpoint) { mutex.withLock { $0 = checkpoint } }

        var checkpoint: Checkpoint? { mutex.withLock { $0 } }
    }
}

extension TrainingOptions {
    /// Those that stand where nothing is said and a network is tuned: shorter, with smaller steps and less decay.
    public static var tuning: TrainingOptions {
        var options = TrainingOptions()
        options.learningRate = 0.02
        options.weightDecay = 1e-4
        options.epochs = 10
        options.keepsBest = true
        return options
    }
}
