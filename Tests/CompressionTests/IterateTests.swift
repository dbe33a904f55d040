import Compression
import Datasets
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct IterateTests {
    private func options(_ epochs: Int) -> TrainingOptions {
        var options = TrainingOptions.tuning
        (options.epochs, options.batchSize) = (epochs, 16)
        return options
    }

    private func trained() throws -> Program {
        let network = try fullyConnected(layers: 4, width: 16, classes: 3, input: [6])
            .initialized(seed: 1)
        return try Tuner(options(8)).fit(
            network, on: blobs(192, seed: 1), validating: blobs(96, seed: 2)
        ).program
    }

    @Test func `steps fall by one factor to the target, and each is met`() throws {
        let network = try trained()
        let loop = Iterate(to: 0.4, steps: 3, tuner: Tuner(options(3)), calibration: 100)
        let outcome = try loop.run(
            on: network, training: blobs(192, seed: 1), validating: blobs(96, seed: 2))
        #expect(outcome.steps.count == 3 && outcome.steps.allSatisfy(\.isAccepted))
        expectClose(outcome.steps.map(\.share), [0.7368, 0.5429, 0.4], within: 1e-3)
        for step in outcome.steps {
            #expect(Double(step.parameters) <= step.share * Double(network.cost.parameters))
            #expect(step.accuracyTuned >= step.accuracyCut)
        }
        #expect(outcome.program.cost.parameters == outcome.steps[2].parameters)
        let accuracy = try Evaluation(of: outcome.program, on: blobs(96, seed: 2)).accuracy
        #expect(accuracy == outcome.steps[2].accuracyTuned)
    }

    @Test func `each step cuts what tuning has made of the one before`() throws {
        let network = try trained()
        let (training, validation) = (try blobs(192, seed: 1), try blobs(96, seed: 2))
        let loop = Iterate(to: 0.4, steps: 2, tuner: Tuner(options(3)), calibration: 100)
        var state = try Iterate.State(before: network, validating: validation)
        while !loop.isDone(state) {
            state = try loop.step(after: state, training: training, validating: validation)
            #expect(state.merged.description == network.description)
            try expectClose(
                Runner(state.merged)(validation.inputs),
                Runner(state.program)(validation.inputs), within: 1e-4)
        }
        #expect(state.steps.count == 2)
    }

    @Test func `a checkpoint of other ranks is refused before any epoch`() throws {
        let network = try trained()
        let (training, validation) = (try blobs(192, seed: 1), try blobs(96, seed: 2))
        let before = try Iterate.State(before: network, validating: validation)
        func step(to share: Double, from checkpoint: Checkpoint? = nil) throws -> [Checkpoint] {
            let saved = Box<[Checkpoint]>([])
            var observer = Trainer.Observer()
            observer.save = { checkpoint in saved.change { $0.append(checkpoint) } }
            _ = try Iterate(to: share, steps: 1, by: RawCriterion(), tuner: Tuner(options(2)))
                .step(
                    after: before, training: training, validating: validation, from: checkpoint,
                    observer: observer)
            return saved.content
        }
        let first = try step(to: 0.4)[0]
        #expect(try step(to: 0.4, from: first).count == 1)
        #expect {
            _ = try step(to: 0.6, from: first)
        } throws: {
            ($0 as? TrainingError)?.kind == .checkpoint
        }
    }

    @Test func `a step that loses more than allowed is the last, and is not taken`() throws {
        let network = try trained()
        let training = try blobs(192, seed: 1)
        // Nothing may be lost, and a network of rank 1 loses where steps are too small to help.
        var still = options(1)
        still.learningRate = 1e-9
        let loop = Iterate(to: 0.32, steps: 1, losing: 0, by: RawCriterion(), tuner: Tuner(still))
        let outcome = try loop.run(
            on: network, training: training, validating: blobs(96, seed: 2))
        #expect(outcome.steps.map(\.isAccepted) == [false])
        #expect(outcome.steps[0].accuracyTuned < outcome.accuracyBefore)
        #expect(try outcome.program.contents == network.contents)
    }
}

@Suite struct MultiplyingOutTests {
    @Test(arguments: WeightCase.all)
    func `what was cut and multiplied out computes what the cut one computes`(
        _ test: WeightCase
    ) throws {
        let program = try test.program()
        let truncate = Truncate(try Plan(for: program, keeping: .rank(2), by: .raw))
        let small = try truncate.apply(to: program).program
        let whole = try truncate.multiplyingOut(small, into: program)
        #expect(whole.description == program.description)
        let inputs = try test.inputs(batch: 3)
        try expectClose(Runner(whole)(inputs), Runner(small)(inputs), within: 1e-5)
    }

    @Test func `what training made of other tensors is taken over`() throws {
        let network = try smallResNet(blocks: 1, classes: 10, input: [3, 16, 16])
            .initialized(seed: 1)
        let truncate = Truncate(try Plan(for: network, keeping: .rank(3), by: .raw))
        let small = try truncate.apply(to: network).program
        var changed: [String: Tensor] = [:]
        for name in small.tensors.keys where try small.tensor(name).scalarType.isFloatingPoint {
            changed[name] = try small.tensor(name) * 1.5 + 0.25
        }
        let trained = try small.replacing(changed)
        let whole = try truncate.multiplyingOut(trained, into: network)
        let images = try random([4, 3, 16, 16])
        try expectClose(Runner(whole)(images), Runner(trained)(images), within: 1e-4)
    }

    @Test func `a network that was cut otherwise is refused`() throws {
        let network = try layer(random([12, 16]))
        let truncate = Truncate(try Plan(for: network, keeping: .rank(2), by: .raw))
        let other = try Truncate(Plan(for: network, keeping: .rank(3), by: .raw))
            .apply(to: network).program
        expectError(
            .program, "the network was not cut by this plan: it has no fc.0.weight of [2, 16]"
        ) { _ = try truncate.multiplyingOut(other, into: network) }
    }
}
