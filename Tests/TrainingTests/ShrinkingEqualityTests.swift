import Compression
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

/// Shrinking against not shrinking.
@Suite struct ShrinkingEqualityTests {
    /// Without batch norm, under which every rounding grows: there decay makes steps larger without end.
    private func network() throws -> Program {
        let plain = try Program(input: [10]) { x in
            x.linear("layers.0.linear", outputs: 24).relu().linear("layers.1.linear", outputs: 24)
                .relu().linear("head", outputs: 4)
        }
        return try Compose(factors: 3).apply(to: plain.initialized(seed: 1)).program
    }

    private func options() -> TrainingOptions {
        shortOptions {
            // What has no gradient shrinks to e^-22.
            $0.epochs = 20
            $0.schedule = .constant
            $0.weightDecay = 0.03
            $0.learningRate = 0.03
        }
    }

    private func fit(
        _ options: TrainingOptions, hooks: [any TrainingHook] = [Shrink()]
    ) throws -> (run: TrainingRun, checkpoints: [Checkpoint]) {
        try Trainer(options, hooks: hooks).fitKeepingCheckpoints(network(), examples: 640)
    }

    @Test func `training goes on as it would have without shrinking`() throws {
        let whole = try fit(options(), hooks: [])
        let shrunk = try fit(options())
        let widths = shrunk.checkpoints.map(\.innerWidth)
        #expect(widths.first == 24 && (widths.last ?? 24) <= 12, "\(widths)")
        #expect(widths == widths.sorted(by: >))
        let small = try Merge().apply(to: shrunk.run.program).program
        let large = try Merge().apply(to: whole.run.program).program
        // What a cut rounds away grows with the steps that follow.
        for name in large.parameterNames {
            try expectClose(small.tensor(name), large.tensor(name), within: 1e-3)
        }
        for (one, other) in zip(shrunk.run.history, whole.run.history) {
            #expect(abs(one.trainingLoss - other.trainingLoss) <= 1e-3 * other.trainingLoss)
        }
    }

    @Test func `the best epoch outlives cuts, with the widths that it had`() throws {
        var options = options()
        options.keepsBest = true
        options.largestGradientNorm = 1
        // From the seventeenth epoch on nothing is told apart.
        let spoiler = ClosureHook(after: { progress, parameters in
            guard progress.epoch >= 16, parameters["head.bias"] != nil else { return [:] }
            return ["head.bias": Tensor([50, 0, 0, 0] as [Float])]
        })
        let (run, checkpoints) = try fit(options, hooks: [Shrink(), spoiler])
        #expect(run.epoch <= 16)
        let last = try #require(checkpoints.last)
        #expect(last.best?.epoch == run.epoch)
        #expect(
            (run.program.tensors["layers.1.linear.factors.0"]?.shape[0] ?? 0) >= last.innerWidth)
        #expect(try last.best?.program.contents == run.program.contents)
    }
}
