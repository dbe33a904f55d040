import Compression
import Datasets
import Models
import OrderedCollections
import Programs
import Synchronization
import Tensors
import TestSupport
import Testing
import Training

@Suite struct TunerTests {
    /// A network that was trained and cut to rank 1, with most of its accuracy gone.
    private func cut() throws -> Program {
        var options = TrainingOptions()
        (options.epochs, options.batchSize) = (8, 16)
        let network = try fullyConnected(layers: 3, width: 16, classes: 3, input: [6])
            .initialized(seed: 1)
        let trained = try Trainer(options).fit(network, on: blobs(192, seed: 1)).program
        let plan = try Plan(for: trained, keeping: .rank(1), by: .raw)
        return try Truncate(plan).apply(to: trained).program
    }

    private func options(_ change: (inout TrainingOptions) -> Void = { _ in }) -> TrainingOptions {
        var options = TrainingOptions.tuning
        (options.epochs, options.batchSize) = (6, 16)
        change(&options)
        return options
    }

    @Test func `a truncated network gets better, and stays in two layers`() throws {
        let (small, validation) = (try cut(), try blobs(96, seed: 2))
        let run = try Tuner(options(), hooks: [ProductDecay(1e-4)]).fit(
            small, on: blobs(192, seed: 1), validating: validation)
        #expect(run.program.parameterNames == small.parameterNames)
        #expect(run.program.factorChains.count == small.factorChains.count)
        #expect(!small.factorChains.isEmpty)
        #expect(run.stopped == nil && run.history.count == 6 && run.epoch > 0)
        let after = try Evaluation(of: run.program, on: validation)
        #expect(after.accuracy > run.before.accuracy && after.accuracy == run.accuracy)
        #expect(run.before == (try Evaluation(of: small, on: validation)))
        let best = run.history.compactMap(\.validationAccuracy).max()
        #expect(run.accuracy == best)
        #expect(run.history[run.epoch - 1].validationAccuracy == best)
    }

    @Test func `where no epoch is better the network is given back as it came`() throws {
        let validation = try blobs(96, seed: 2)
        let tuned = try Tuner(options()).fit(
            cut(), on: blobs(192, seed: 1), validating: validation
        ).program
        // Labels that say nothing of the inputs teach nothing.
        let wrong = examples(try random([48, 6]), labels: (0..<48).map { $0 % 3 })
        let run = try Tuner(options { $0.learningRate = 0.5 }).fit(
            tuned, on: wrong, validating: validation)
        #expect(run.epoch == 0 && run.history.count == 6)
        #expect(try run.program.contents == tuned.contents)
        #expect(run.accuracy == run.before.accuracy)
    }

    /// Makes the loss infinite from a step on.
    private struct Breaking: TrainingHook {
        let step: Int

        func afterStep(
            _ progress: TrainingProgress, parameters: [String: Tensor]
        ) throws -> [String: Tensor] {
            guard progress.step >= step else { return [:] }
            return try ["head.1.bias": Tensor.full([3], .infinity)]
        }
    }

    @Test(arguments: [(3, 0), (30, 2)])
    func `a run that diverges is stopped, and the best state kept`(step: Int, epochs: Int) throws {
        let (small, validation) = (try cut(), try blobs(96, seed: 2))
        let run = try Tuner(options(), hooks: [Breaking(step: step)]).fit(
            small, on: blobs(192, seed: 1), validating: validation)
        #expect(run.stopped?.kind == .diverged)
        #expect(run.history.count == epochs)
        if epochs == 0 {
            #expect(run.epoch == 0)
            #expect(try run.program.contents == small.contents)
        } else {
            #expect(run.accuracy == run.history.compactMap(\.validationAccuracy).max())
        }
        #expect(try Evaluation(of: run.program, on: validation).accuracy == run.accuracy)
    }

    @Test func `a run that was cut off goes on to the same bits`() throws {
        let (training, validation) = (try blobs(192, seed: 1), try blobs(96, seed: 2))
        let small = try cut()
        let hooks: () throws -> [any TrainingHook] = {
            [ProductDecay(1e-3), try Distillation(from: small)]
        }
        let whole = try Tuner(options(), hooks: hooks()).fit(
            small, on: training, validating: validation)
        let saved = Mutexed<Checkpoint?>(nil)
        var observer = Trainer.Observer()
        observer.save = { saved.content = $0 }
        observer.shouldStop = { (saved.content?.epoch ?? 0) >= 3 }
        #expect(throws: TrainingError.self) {
            _ = try Tuner(options(), hooks: hooks()).fit(
                small, on: training, validating: validation, observer: observer)
        }
        let rest = try Tuner(options(), hooks: hooks()).fit(
            small, on: training, validating: validation, from: saved.content)
        #expect(try rest.program.contents == whole.program.contents)
        #expect(rest.epoch == whole.epoch && rest.accuracy == whole.accuracy)
    }

    /// What closures share.
    private final class Mutexed<Content: Sendable>: Sendable {
        private let mutex: Mutex<Content>

        init(_ content: Content) { mutex = Mutex(content) }

        var content: Content {
            get { mutex.withLock { $0 } }
            set { mutex.withLock { $0 = newValue } }
        }
    }
}
