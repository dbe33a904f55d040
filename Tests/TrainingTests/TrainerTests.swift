import Datasets
import Foundation
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct TrainerTests {
    // MARK: One step

    /// The gradients that the first step sees.
    private func firstGradients(_ options: TrainingOptions) throws -> [String: Tensor] {
        let found = Box<[String: Tensor]>([:])
        let hook = ClosureHook(before: { progress, gradients in
            if progress.step == 0 { found.change { $0 = gradients } }
            return gradients
        })
        _ = try Trainer(options, hooks: [hook]).fit(normed(), on: blobs(32))
        return found.content
    }

    private func norm(_ gradients: [String: Tensor]) throws -> Double {
        try gradients.values.reduce(0) { $0 + (try $1.power(2).sum().item()) }.squareRoot()
    }

    @Test func `clipping scales all gradients together to the limit`() throws {
        let free = try firstGradients(options { $0.epochs = 1 })
        let length = try norm(free)
        let limit = length / 3
        let clipped = try firstGradients(
            options {
                $0.epochs = 1
                $0.largestGradientNorm = limit
            })
        expectClose([try norm(clipped)], [limit], within: 1e-4)
        for (name, gradient) in free {
            let found = try #require(clipped[name])
            try expectClose(found, gradient * (limit / length), within: 1e-4)
        }
    }

    @Test func `a step on images takes every parameter against its gradient`() throws {
        // NB: gradients of convolutions lie otherwise in memory than the parameters.
        let network = try Program(input: [3, 6, 5]) { x in
            x.convolution("a", outputs: 4, kernel: 3, padding: 1).batchNorm("n").relu()
                .convolution("b", outputs: 5, kernel: 2, stride: 2, bias: true)
                .averagedOverPositions().linear("c", outputs: 3)
        }.initialized(seed: 1)
        let found = Box<[String: Tensor]>([:])
        let hook = ClosureHook(before: { _, gradients in
            found.change { $0 = gradients }
            return gradients
        })
        let options = options {
            $0.epochs = 1
            $0.batchSize = 16
            $0.momentum = 0
            $0.weightDecay = 0
            $0.schedule = .constant
        }
        let run = try Trainer(options, hooks: [hook]).fit(
            network, on: examples(random([16, 3, 6, 5]), labels: (0..<16).map { $0 % 3 }))
        #expect(found.content.count == 7)
        for (name, gradient) in found.content {
            try expectClose(
                run.program.tensor(name), network.tensor(name) - gradient * options.learningRate,
                within: 1e-6)
            #expect(try gradient.norm().item() > 0)
        }
    }

    @Test func `gradients within the limit are left alone`() throws {
        let free = try firstGradients(options { $0.epochs = 1 })
        let same = try firstGradients(
            options {
                $0.epochs = 1
                $0.largestGradientNorm = 1e6
            })
        #expect(try free.mapValues { try $0.bytes() } == same.mapValues { try $0.bytes() })
    }

    @Test(arguments: [0, 0.1, 0.5])
    func `label smoothing spreads a share of the target over all classes`(share: Double) throws {
        let data = try blobs(32)
        let network = try linear()
        let run = try Trainer(
            options {
                $0.epochs = 1
                $0.batchSize = 32
                $0.labelSmoothing = share
            }
        ).fit(network, on: data)
        let logarithms = try Runner(network)(data.inputs).logSoftmax().converted(to: .float64)
        let rows = try logarithms.elements(Double.self)
        let labels = try #require(try data.labels?.elements(Int.self))
        let losses = labels.indices.map { row in
            let of = Array(rows[(3 * row)..<(3 * row + 3)])
            return -(1 - share) * of[labels[row]] - share * of.reduce(0, +) / 3
        }
        expectClose(
            [run.history[0].trainingLoss], [losses.reduce(0, +) / 32], within: 1e-5)
    }

    /// What is left of parameters after one epoch of two steps without any gradient.
    private func decayed(decaysNorms: Bool) throws -> [String: Double] {
        let hook = ClosureHook(before: { _, gradients in
            try gradients.mapValues { try $0 * 0 }
        })
        let network = try normed()
        let run = try Trainer(
            options {
                $0.epochs = 1
                $0.momentum = 0
                $0.learningRate = 0.5
                $0.weightDecay = 0.1
                $0.schedule = .constant
                $0.decaysNorms = decaysNorms
            }, hooks: [hook]
        ).fit(network, on: blobs(32))
        var shares: [String: Double] = [:]
        for name in network.parameterNames {
            let before = try network.tensor(name).norm().item()
            guard before > 0 else { continue }
            shares[name] = try run.program.tensor(name).norm().item() / before
        }
        return shares
    }

    @Test(arguments: [false, true])
    func `norms and biases decay only where asked`(decaysNorms: Bool) throws {
        let shares = try decayed(decaysNorms: decaysNorms)
        #expect(shares["layers.0.norm.weight"] != nil && shares["head.bias"] != nil)
        for (name, share) in shares {
            let decays =
                decaysNorms || name.hasSuffix("linear.weight") || name == "head.weight"
            expectClose([share], [decays ? 0.95 * 0.95 : 1], within: 1e-5)
        }
    }

    // MARK: Whole runs

    @Test(arguments: OptimizerChoice.allCases)
    func `a network learns what can be learnt`(choice: OptimizerChoice) throws {
        let (training, validation) = (try blobs(192), try blobs(96, seed: 2))
        let options = options {
            $0.optimizer = choice
            $0.epochs = 8
            $0.learningRate = choice == .sgd ? 0.05 : 0.01
        }
        let run = try Trainer(options).fit(normed(), on: training, validating: validation)
        #expect(try Evaluation(of: normed(), on: validation).accuracy < 0.7)
        #expect(try Evaluation(of: run.program, on: validation).accuracy > 0.85)
        #expect(run.history[7].trainingLoss < 0.6 * run.history[0].trainingLoss)
    }

    @Test func `history tells every epoch`() throws {
        let (training, validation) = (try blobs(40), try blobs(20, seed: 2))
        let told = Box<[String]>([])
        var observer = Trainer.Observer()
        observer.epochEnded = { metrics in told.change { $0.append(metrics.story) } }
        let run = try Trainer(options()).fit(
            normed(), on: training, validating: validation, observer: observer)
        #expect(run.story == told.content)
        #expect(run.history.map(\.epoch) == [1, 2, 3])
        // 40 examples are batches of 16, 16 and 8.
        #expect(run.history.map(\.step) == [3, 6, 9])
        #expect(run.history.allSatisfy { $0.seconds > 0 })
        #expect(run.history.allSatisfy { (0..<$0.seconds).contains($0.waitSeconds ?? -1) })
        #expect(run.history.allSatisfy { (0...1).contains($0.trainingAccuracy) })
        let last = try Evaluation(of: run.program, on: validation)
        #expect(run.history[2].validationAccuracy == last.accuracy)
        expectClose([run.history[2].validationLoss ?? 0], [last.loss], within: 1e-6)
        #expect(run.epoch == 3)
    }

    @Test func `without validation there is none`() throws {
        let run = try Trainer(options()).fit(linear(), on: blobs(32))
        #expect(run.history.allSatisfy { $0.validationLoss == nil && $0.validationAccuracy == nil })
    }

    @Test func `the caller's tensors never change`() throws {
        let network = try normed()
        let data = try blobs(48)
        let before = try network.contents
        let inputs = try data.inputs.bytes()
        let run = try Trainer(options()).fit(network, on: data, validating: data)
        #expect(try network.contents == before)
        #expect(try data.inputs.bytes() == inputs)
        let after = try run.program.contents
        for name in network.tensors.keys where !name.hasSuffix("linear.bias") {
            // A bias before batch norm has no gradient.
            #expect(after[name] != before[name], "\(name)")
        }
    }

    @Test func `the same seed gives the same bits, another one others`() throws {
        func trained(_ network: Program, _ seed: UInt64) throws -> TrainingRun {
            try Trainer(options { $0.seed = seed }).fit(network, on: blobs(48))
        }
        for network in [try normed(), try dropping()] {
            let (first, same) = (try trained(network, 7), try trained(network, 7))
            #expect(try first.program.contents == same.program.contents)
            #expect(first.story == same.story)
            let other = try trained(network, 8)
            #expect(try first.program.contents != other.program.contents)
        }
    }

    @Test func `dropout draws from the run's seed alone`() throws {
        // One batch holds all examples: the order of examples makes no difference but to rounding.
        func loss(_ seed: UInt64, _ network: Program) throws -> Double {
            let options = options {
                $0.seed = seed
                $0.epochs = 1
                $0.batchSize = 48
            }
            return try Trainer(options).fit(network, on: blobs(48)).history[0].trainingLoss
        }
        #expect(try abs(loss(1, dropping()) - loss(2, dropping())) > 1e-3)
        #expect(try abs(loss(1, normed()) - loss(2, normed())) < 1e-5)
    }

    @Test func `the trained network keeps names, structure and metadata`() throws {
        var network = try normed()
        network.metadata["note"] = "mine"
        let run = try Trainer(options { $0.epochs = 1 }).fit(network, on: blobs(32))
        #expect(run.program.description == network.description)
        #expect(run.program.metadata == ["note": "mine"])
        #expect(
            run.program.parameterNames.allSatisfy { name in
                (try? run.program.tensor(name).requiresGradient) == false
            })
    }

    // MARK: The best epoch

    /// Spoils the head at the end of epoch 3.
    private let spoiler = ClosureHook(after: { progress, parameters in
        guard progress.step == 8, let head = parameters["head.weight"] else { return [:] }
        return ["head.weight": try head * -1]
    })

    @Test func `the epoch that is best on validation is kept where asked`() throws {
        let (training, validation) = (try blobs(48), try blobs(60, seed: 2))
        let programs = Box<[Program]>([])
        var observer = Trainer.Observer()
        observer.save = { checkpoint in programs.change { $0.append(checkpoint.program) } }
        let run = try Trainer(options { $0.keepsBest = true }, hooks: [spoiler]).fit(
            normed(), on: training, validating: validation, observer: observer)
        let accuracies = run.history.compactMap(\.validationAccuracy)
        let best = try #require(accuracies.max())
        #expect(accuracies[2] < best)
        #expect(run.epoch == (accuracies.firstIndex(of: best) ?? 9) + 1)
        #expect(try run.program.contents == programs.content[run.epoch - 1].contents)
        #expect(try Evaluation(of: run.program, on: validation).accuracy == best)
        #expect(run.history.count == 3)
    }

    @Test func `the last epoch is kept where nothing is asked`() throws {
        let data = try blobs(48)
        let run = try Trainer(options(), hooks: [spoiler]).fit(
            normed(), on: data, validating: data)
        #expect(run.epoch == 3)
        expectClose(
            [try Evaluation(of: run.program, on: data).accuracy],
            [run.history[2].validationAccuracy ?? -1])
    }

    // MARK: What cannot be trained

    /// Makes a parameter NaN after a step.
    private func poison(after step: Int) -> ClosureHook {
        ClosureHook(after: { progress, parameters in
            guard progress.step == step, let weight = parameters["fc.weight"] else { return [:] }
            return ["fc.weight": try weight * .nan]
        })
    }

    @Test func `a loss that is not a number stops the run`() {
        expectError(
            .diverged,
            "the loss became NaN in epoch 2, step 5: try --learning-rate 0.01, --clip 1 or "
                + "--warm-up 2"
        ) { _ = try Trainer(options(), hooks: [poison(after: 3)]).fit(linear(), on: blobs(48)) }
    }

    @Test func `parameters that the last step spoils stop the run, without validation too`() {
        expectError(
            .diverged,
            "fc.weight became NaN in epoch 3, step 9: try --learning-rate 0.01, --clip 1 or --warm-up 2"
        ) { _ = try Trainer(options(), hooks: [poison(after: 8)]).fit(linear(), on: blobs(48)) }
    }

    @Test func `a validation loss that is not a number stops the run`() {
        let saved = Box(0)
        var observer = Trainer.Observer()
        observer.save = { _ in saved.change { $0 += 1 } }
        expectError(
            .diverged,
            "the loss on validation became NaN in epoch 2, step 6: try --learning-rate 0.01, "
                + "--clip 1 or --warm-up 2"
        ) {
            _ = try Trainer(options(), hooks: [poison(after: 5)]).fit(
                linear(), on: blobs(48), validating: blobs(20), observer: observer)
        }
        #expect(saved.content == 1)
    }

    @Test func `a run that is asked to stop says where`() {
        let asked = Box(0)
        var observer = Trainer.Observer()
        observer.shouldStop = {
            asked.change { $0 += 1 }
            return asked.content == 6
        }
        expectError(.interrupted, "stopped in epoch 2, step 6") {
            _ = try Trainer(options()).fit(linear(), on: blobs(48), observer: observer)
        }
    }

    @Test func `no examples are too few`() throws {
        let none = examples(try .zeros([0, 6]), labels: [])
        expectError(.unusable, "0 training examples are too few to train on") {
            _ = try Trainer(options()).fit(linear(), on: none)
        }
    }

    @Test func `one example trains a network without batch norm`() throws {
        let run = try Trainer(options()).fit(linear(), on: blobs(1))
        #expect(run.history.map(\.step) == [1, 2, 3])
    }

    @Test func `rows are not augmented as images are`() throws {
        let error = #expect(throws: DatasetError.self) {
            _ = try Trainer(options { $0.augmentation = .standard }).fit(linear(), on: blobs(20))
        }
        #expect(
            error?.description
                == "examples of [6] are not images [channels, height, width], which --augment "
                + "standard flips and crops; leave it out")
    }

    @Test func `examples without labels are refused`() throws {
        let unlabelled = examples(try random([20, 6]), labels: nil)
        expectError(.unusable, "the training examples have no labels") {
            _ = try Trainer(options()).fit(linear(), on: unlabelled)
        }
        expectError(.unusable, "the examples have no labels to compare with") {
            _ = try Evaluation(of: linear(), on: unlabelled)
        }
    }
}
