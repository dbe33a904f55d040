import Compression
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

/// Shrinking as a run does it.
@Suite struct ShrinkingRunTests {
    private func network() throws -> Program {
        try Compose(factors: 3).apply(
            to: fullyConnected(layers: 3, width: 24, classes: 4, input: [10]).initialized(seed: 1)
        ).program
    }

    private func options(_ optimizer: OptimizerChoice = .sgd) -> TrainingOptions {
        shortOptions {
            $0.optimizer = optimizer
            // What has no gradient shrinks to e^-24.
            $0.epochs = 20
            $0.schedule = .constant
            $0.weightDecay = optimizer == .adamw ? 4 : 0.08
            $0.learningRate = optimizer == .sgd ? 0.05 : 0.01
        }
    }

    private func fit(
        _ options: TrainingOptions, hooks: [any TrainingHook] = [Shrink()],
        from checkpoint: Checkpoint? = nil
    ) throws -> (run: TrainingRun, checkpoints: [Checkpoint]) {
        try Trainer(options, hooks: hooks).fitKeepingCheckpoints(
            network(), examples: 160, from: checkpoint)
    }

    @Test func `momentum turns with its factor`() throws {
        let whole = try fit(options(), hooks: [])
        let shrunk = try fit(options())
        let first = try #require(shrunk.checkpoints.firstIndex { $0.innerWidth < 24 })
        let (before, after) = (whole.checkpoints[first], shrunk.checkpoints[first])
        #expect(Set(after.optimizerState.keys) == Set(after.program.parameterNames))
        for name in after.program.parameterNames {
            let momentum = try #require(after.optimizerState[name]?["momentum_buffer"])
            #expect(momentum.shape == after.program.tensors[name]?.shape)
        }
        // What factor and momentum have in common does not depend on the basis, nor on what has died.
        for index in 0..<3 {
            let name = "layers.1.linear.factors.\(index)"
            func common(_ checkpoint: Checkpoint) throws -> Double {
                let momentum = try #require(checkpoint.optimizerState[name]?["momentum_buffer"])
                return try (momentum * checkpoint.program.tensor(name)).sum().item()
            }
            let (found, wanted) = (try common(after), try common(before))
            #expect(abs(found - wanted) <= 1e-2 * abs(wanted), "\(found) \(wanted)")
        }
    }

    @Test func `means of squares stay 0 or more, and steps are counted on`() throws {
        let (_, checkpoints) = try fit(options(.adamw))
        let last = try #require(checkpoints.last)
        #expect(last.innerWidth < 24)
        for name in last.program.parameterNames {
            let state = try #require(last.optimizerState[name])
            #expect(state["exp_avg_sq"]?.shape == last.program.tensors[name]?.shape)
            #expect(try (state["exp_avg_sq"]?.minimum().item() ?? -1) >= 0)
            #expect(try state["step"]?.item() == 200)
        }
    }

    @Test(arguments: OptimizerChoice.allCases, [false, true])
    func `a run that shrinks goes on from a checkpoint to the same bits`(
        optimizer: OptimizerChoice, keepsBest: Bool
    ) throws {
        var options = options(optimizer)
        options.keepsBest = keepsBest
        let whole = try fit(options)
        let widths = whole.checkpoints.map(\.innerWidth)
        let first = widths.firstIndex { $0 < 24 } ?? 10
        #expect(optimizer == .adam || first < 19, "\(widths)")
        for epoch in Set([first - 1, first, 17]) where widths.indices.contains(epoch) {
            let stored = try withTemporaryFolder { folder in
                try whole.checkpoints[epoch].write(to: "\(folder)/checkpoint.pt2")
                #expect(try names(in: folder) == ["checkpoint.pt2"])
                return try Checkpoint(contentsOf: "\(folder)/checkpoint.pt2")
            }
            let best = whole.checkpoints[epoch].best
            #expect(stored.best?.epoch == best?.epoch)
            #expect(try stored.best?.program.contents == best?.program.contents)
            let rest = try fit(options, from: stored)
            #expect(try rest.run.program.contents == whole.run.program.contents)
            #expect(rest.run.story == whole.run.story && rest.run.epoch == whole.run.epoch)
        }
    }
}
