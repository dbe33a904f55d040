import Compression
import Datasets
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct HookTests {
    @Test func `hooks are called in order, one after the other`() throws {
        let log = Box<[String]>([])
        func hook(_ name: String) -> ClosureHook {
            ClosureHook(
                before: { progress, gradients in
                    log.change { $0.append("\(name) before \(progress.step)") }
                    return gradients
                },
                after: { progress, _ in
                    log.change { $0.append("\(name) after \(progress.step)") }
                    return [:]
                },
                ended: { progress, _ in
                    log.change { $0.append("\(name) ended \(progress.step)") }
                    return nil
                })
        }
        _ = try Trainer(options { $0.epochs = 2 }, hooks: [hook("a"), hook("b")])
            .fit(linear(), on: blobs(32))
        let step = { (number: Int) in
            ["a before \(number)", "b before \(number)", "a after \(number)", "b after \(number)"]
        }
        let first = step(0) + step(1) + ["a ended 1", "b ended 1"]
        #expect(log.content == first + step(2) + step(3) + ["a ended 3", "b ended 3"])
    }

    @Test func `a hook that does nothing changes no bit`() throws {
        struct Idle: TrainingHook {}
        let plain = try Trainer(options()).fit(normed(), on: blobs(48))
        let hooked = try Trainer(options(), hooks: [Idle(), ClosureHook()])
            .fit(normed(), on: blobs(48))
        #expect(try plain.program.contents == hooked.program.contents)
    }

    @Test func `a hook sees every gradient, and the one before it`() throws {
        let network = try normed()
        let double = ClosureHook(before: { _, gradients in try gradients.mapValues { try $0 * 2 } })
        let check = ClosureHook(before: { progress, gradients in
            #expect(Set(gradients.keys) == Set(network.parameterNames))
            return try gradients.mapValues { try $0 * 0.5 }
        })
        let hooked = try Trainer(options(), hooks: [double, check]).fit(network, on: blobs(48))
        let plain = try Trainer(options()).fit(network, on: blobs(48))
        #expect(try hooked.program.contents == plain.program.contents)
    }

    @Test func `parameters that a hook gives stand in the place of others`() throws {
        let fixed = try random([3, 6], seed: 5)
        let hook = ClosureHook(after: { _, _ in ["fc.weight": fixed] })
        let before = try fixed.bytes()
        let run = try Trainer(options(), hooks: [hook]).fit(linear(), on: blobs(48))
        #expect(try run.program.tensor("fc.weight").bytes() == before)
        #expect(try fixed.bytes() == before)
        #expect(try run.program.tensor("fc.bias").bytes() != linear().tensor("fc.bias").bytes())
    }

    // MARK: Inputs

    /// Logits times a temperature that a hook gives.
    private func tempered() throws -> Program {
        var network = try linear()
        network.inputs.append("temperature")
        network.types["temperature"] = .tensor(TensorType(.float32, []))
        network.nodes.append(
            Node(
                "aten.mul.Tensor", ["self": .value("linear"), "other": .value("temperature")],
                outputs: ["logits"]))
        network.outputs = [.result("logits")]
        return try network.propagated()
    }

    @Test func `a hook gives inputs for each step`() throws {
        let hook = ClosureHook(given: { progress in
            ["temperature": Tensor(progress.step < 2 ? 0 : 1 as Float)]
        })
        let run = try Trainer(options { $0.epochs = 2 }, hooks: [hook])
            .fit(tempered(), on: blobs(32))
        // At temperature 0 all classes are as likely.
        #expect(abs(run.history[0].trainingLoss - 1.0986122886681098) < 1e-6)
        #expect(abs(run.history[1].trainingLoss - 1.0986122886681098) > 1e-2)
    }

    @Test func `an input that no hook gives is missed by name`() {
        expectError(.unusable, "no hook supplies the input temperature") {
            _ = try Trainer(options()).fit(tempered(), on: blobs(32))
        }
    }

    // MARK: Rewriting

    private func states(
        _ hook: ClosureHook, keepsBest: Bool = false
    ) throws -> (run: TrainingRun, checkpoints: [Checkpoint]) {
        let saved = Box<[Checkpoint]>([])
        var observer = Trainer.Observer()
        observer.save = { checkpoint in saved.change { $0.append(checkpoint) } }
        let run = try Trainer(options { $0.keepsBest = keepsBest }, hooks: [hook]).fit(
            normed(), on: blobs(48), validating: blobs(30, seed: 2), observer: observer)
        return (run, saved.content)
    }

    @Test func `a Program that is given back unchanged changes no bit`() throws {
        let hook = ClosureHook(ended: { _, program in
            Rewritten(program, from: program, changes: [])
        })
        let plain = try states(ClosureHook())
        let hooked = try states(hook)
        #expect(try hooked.run.program.contents == plain.run.program.contents)
        #expect(hooked.run.story == plain.run.story)
    }

    /// Cuts the head to rank 1 after the second epoch.
    private let cutting = ClosureHook(ended: { progress, program in
        guard progress.epoch == 1 else { return nil }
        let plan = try Plan(for: program, keeping: .rank(1), by: .raw)
        return try Truncate(plan).apply(to: program)
    })

    @Test func `a rewritten Program is trained on`() throws {
        let (run, checkpoints) = try states(cutting)
        #expect(run.program.tensors["head.0.weight"]?.shape == [1, 8])
        #expect(run.history.count == 3)
        #expect(checkpoints[0].program.tensors["head.weight"] != nil)
        #expect(checkpoints[1].program.tensors["head.1.weight"]?.shape == [3, 1])
        #expect(try run.program.contents != checkpoints[1].program.contents)
    }

    @Test func `optimizer state stays where a parameter kept its shape`() throws {
        let (_, checkpoints) = try states(cutting)
        let (_, plain) = try states(ClosureHook())
        let kept = [
            "layers.0.linear.bias", "layers.0.norm.weight", "layers.0.norm.bias",
            "layers.1.linear.bias", "layers.1.norm.weight", "layers.1.norm.bias",
        ].filter { checkpoints[1].program.tensors[$0] != nil }
        #expect(kept.contains("layers.0.norm.weight"))
        #expect(Set(checkpoints[1].optimizerState.keys) == Set(kept))
        for name in kept {
            let key = "momentum_buffer"
            #expect(
                try checkpoints[1].optimizerState[name]?[key]?.bytes()
                    == plain[1].optimizerState[name]?[key]?.bytes())
        }
        #expect(
            Set(checkpoints[2].optimizerState.keys) == Set(checkpoints[2].program.parameterNames))
    }

    @Test func `the best epoch is sought anew after a rewriting`() throws {
        let (run, checkpoints) = try states(cutting, keepsBest: true)
        #expect(checkpoints[0].best?.epoch == 1)
        #expect(checkpoints[1].best == nil)
        #expect(run.epoch == 3 && run.program.tensors["head.0.weight"] != nil)
        try withTemporaryFolder { folder in
            for (index, checkpoint) in checkpoints.enumerated() {
                let path = "\(folder)/\(index).pt2"
                try checkpoint.write(to: path)
                #expect(try Checkpoint(contentsOf: path).best?.epoch == checkpoint.best?.epoch)
            }
        }
    }
}
