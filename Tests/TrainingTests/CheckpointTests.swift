import Compression
import Datasets
import Foundation
import Interchange
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@testable import Training

@Suite struct CheckpointTests {
    /// The way a run is made: what is trained, and how.
    enum Case: String, CaseIterable {
        case sgd, adam, adamw, best, dropout, composed, augmented, plateau, decays, measured,
            everything

        var options: TrainingOptions {
            shortOptions {
                $0.epochs = 4
                switch self {
                case .adam: $0.optimizer = .adam
                case .adamw: $0.optimizer = .adamw
                case .best: $0.keepsBest = true
                case .plateau:
                    $0.schedule = .plateau
                    $0.patience = 0
                    $0.learningRate = 8
                case .augmented: $0.augmentation = .standard
                case .measured: $0.productChoice = .measured
                case .decays:
                    $0.decayWarmUpEpochs = 2.5
                    $0.decayRules = ["head=0.1", "layers.0.norm=0.01"].compactMap {
                        try? DecayRule(parsing: $0)
                    }
                case .everything:
                    $0.keepsBest = true
                    $0.labelSmoothing = 0.1
                    $0.largestGradientNorm = 0.5
                    $0.warmUpEpochs = 1.5
                    $0.schedule = .step
                    $0.seed = 5
                default: break
                }
            }
        }

        func network() throws -> Program {
            switch self {
            case .dropout, .everything: try dropping()
            case .composed, .decays, .measured: try Compose(factors: 3).apply(to: normed()).program
            case .augmented:
                try fullyConnected(layers: 2, width: 8, classes: 3, input: [1, 2, 3])
                    .initialized(seed: 1)
            default: try normed()
            }
        }

        /// Examples; the same numbers as images where images are needed.
        func data(_ count: Int, seed: UInt64 = 1) throws -> Examples {
            let data = try blobs(count, seed: seed)
            guard self == .augmented else { return data }
            return examples(
                try data.inputs.reshaped(to: [count, 1, 2, 3]),
                labels: try data.labels?.elements(Int.self))
        }
    }

    private func fit(
        _ case: Case, from checkpoint: Checkpoint? = nil
    ) throws -> (run: TrainingRun, checkpoints: [Checkpoint]) {
        let saved = Box<[Checkpoint]>([])
        var observer = Trainer.Observer()
        observer.save = { checkpoint in saved.change { $0.append(checkpoint) } }
        let run = try Trainer(`case`.options).fit(
            `case`.network(), on: `case`.data(50), validating: `case`.data(30, seed: 2),
            from: checkpoint, observer: observer)
        return (run, saved.content)
    }

    /// A checkpoint as its file gives it back.
    private func stored(_ checkpoint: Checkpoint) throws -> Checkpoint {
        try withTemporaryFolder { folder in
            try checkpoint.write(to: "\(folder)/checkpoint.pt2")
            return try Checkpoint(contentsOf: "\(folder)/checkpoint.pt2")
        }
    }

    @Test(arguments: Case.allCases)
    func `a run that was cut off ends with the bits of one that was not`(case: Case) throws {
        let whole = try fit(`case`)
        #expect(whole.checkpoints.map(\.epoch) == [1, 2, 3, 4])
        for epoch in [1, 3] {
            let rest = try fit(`case`, from: stored(whole.checkpoints[epoch - 1]))
            #expect(try rest.run.program.contents == whole.run.program.contents)
            #expect(rest.run.story == whole.run.story)
            #expect(rest.run.epoch == whole.run.epoch)
            if `case` == .plateau { #expect(Set(whole.run.history.map(\.learningRate)).count > 1) }
            #expect(rest.checkpoints.map(\.epoch) == Array((epoch + 1)...4))
        }
    }

    @Test(arguments: Case.allCases)
    func `a file gives back what was written`(case: Case) throws {
        let checkpoint = try fit(`case`).checkpoints[2]
        let back = try stored(checkpoint)
        #expect(back.program.description == checkpoint.program.description)
        #expect(try back.program.contents == checkpoint.program.contents)
        #expect(back.program.marks == checkpoint.program.marks)
        #expect(back.options == checkpoint.options)
        #expect(back.epoch == 3 && back.step == 12)
        #expect(back.history == checkpoint.history)
        #expect(back.schedule == checkpoint.schedule)
        #expect(back.schedule.ways.isEmpty != [.composed, .decays, .measured].contains(`case`))
        #expect(try back.generatorState.bytes() == checkpoint.generatorState.bytes())
        let bits = { (state: [String: [String: Tensor]]) in
            try state.mapValues { try $0.mapValues { try $0.bytes() } }
        }
        #expect(try bits(back.optimizerState) == bits(checkpoint.optimizerState))
        #expect(Set(back.optimizerState.keys) == Set(back.program.parameterNames))
        #expect(back.best?.epoch == checkpoint.best?.epoch)
        #expect(back.best?.accuracy == checkpoint.best?.accuracy)
        #expect(try back.best?.program.contents == checkpoint.best?.program.contents)
        #expect((back.best != nil) == `case`.options.keepsBest)
    }

    @Test func `a checkpoint that was resumed from does not change`() throws {
        let checkpoint = try fit(.sgd).checkpoints[0]
        let key = "momentum_buffer"
        let before = try checkpoint.program.contents
        let momentum = try checkpoint.optimizerState["head.weight"]?[key]?.bytes()
        _ = try fit(.sgd, from: checkpoint)
        #expect(try checkpoint.program.contents == before)
        #expect(try checkpoint.optimizerState["head.weight"]?[key]?.bytes() == momentum)
        #expect(momentum != nil)
    }

    @Test func `a run at its end has nothing left to do`() throws {
        let whole = try fit(.sgd)
        let again = try fit(.sgd, from: stored(whole.checkpoints[3]))
        #expect(again.checkpoints.isEmpty)
        #expect(try again.run.program.contents == whole.run.program.contents)
        #expect(again.run.history == whole.run.history)
    }

    @Test func `a checkpoint of other options is refused`() throws {
        let checkpoint = try fit(.sgd).checkpoints[0]
        expectError(.checkpoint, "the checkpoint is of a run with other options") {
            _ = try fit(.adam, from: checkpoint)
        }
    }

    @Test func `a checkpoint is a model file of the network as trained`() throws {
        let checkpoint = try fit(.composed).checkpoints[0]
        try withTemporaryFolder { folder in
            try checkpoint.write(to: "\(folder)/checkpoint.pt2")
            let file = try ModelFile(contentsOf: "\(folder)/checkpoint.pt2")
            #expect(file.program.description == checkpoint.program.description)
            #expect(file.program.parameterNames.contains("head.factors.2"))
        }
    }

    @Test func `a model file without training state is no checkpoint`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/model.pt2"
            try normed().write(to: path)
            expectError(.checkpoint, "\(path): this model file is not a checkpoint") {
                _ = try Checkpoint(contentsOf: path)
            }
            try normed().write(
                to: path, records: [("training/state.json", Data("{\"epoch\": 1}".utf8))])
            expectError(.checkpoint, "\(path): this model file is not a checkpoint") {
                _ = try Checkpoint(contentsOf: path)
            }
        }
    }

    @Test func `sizes that cannot be counted are damage, and no crash`() throws {
        let checkpoint = try fit(.sgd).checkpoints[0]
        try withTemporaryFolder { folder in
            let (good, bad) = ("\(folder)/good.pt2", "\(folder)/bad.pt2")
            try checkpoint.write(to: good)
            let index = try #require(
                try ModelFile(contentsOf: good).record("training/state.json"))
            let text = String(decoding: index, as: UTF8.self)
            let huge = text.replacing(
                /"shape"\s*:\s*\[[^\]]*\]/, with: "\"shape\":[4294967296,4294967296]")
            #expect(huge != text)
            let empty = (0..<64).map { ("training/tensor_\($0)", Data()) }
            try checkpoint.program.write(
                to: bad, records: empty + [("training/state.json", Data(huge.utf8))])
            expectError(.checkpoint, "\(bad): this checkpoint is damaged") {
                _ = try Checkpoint(contentsOf: bad)
            }
        }
    }

    @Test func `a checkpoint whose tensors are gone or cut is damaged`() throws {
        let checkpoint = try fit(.sgd).checkpoints[0]
        try withTemporaryFolder { folder in
            let (good, bad) = ("\(folder)/good.pt2", "\(folder)/bad.pt2")
            try checkpoint.write(to: good)
            let index = try #require(
                try ModelFile(contentsOf: good).record("training/state.json"))
            let first = ("training/tensor_0", Data([1, 2, 3]))
            for records in [[], [first]] {
                try checkpoint.program.write(
                    to: bad, records: records + [("training/state.json", index)])
                expectError(.checkpoint, "\(bad): this checkpoint is damaged") {
                    _ = try Checkpoint(contentsOf: bad)
                }
            }
        }
    }
}
