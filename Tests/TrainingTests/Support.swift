import Datasets
import Foundation
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing
import Training

/// Expects a `TrainingError` of that kind and exactly that sentence.
func expectError(
    _ kind: TrainingError.Kind, _ sentence: String,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: TrainingError.self, sourceLocation: sourceLocation) { try body() }
    #expect(error?.kind == kind, sourceLocation: sourceLocation)
    #expect(error?.description == sentence, sourceLocation: sourceLocation)
}

/// Examples of six features around three centres, which overlap a little.
func blobs(_ count: Int, seed: UInt64 = 1) throws -> Examples {
    let labels = (0..<count).map { $0 % 3 }
    let centres = try random([3, 6], seed: 99)
    let inputs = try centres.selecting(Tensor(labels)) + random([count, 6], seed: seed)
    return examples(inputs, labels: labels)
}

/// Examples that a network sees as they are.
func examples(_ inputs: Tensor, labels: [Int]?) -> Examples {
    let channels = inputs.shape[1]
    return Examples(
        inputs: inputs, labels: labels.map { Tensor($0) },
        preprocessing: Preprocessing(
            scale: 1, mean: [Double](repeating: 0, count: channels),
            deviation: [Double](repeating: 1, count: channels)))
}

/// A network with batch norm for `blobs`.
func normed() throws -> Program {
    try fullyConnected(layers: 3, width: 8, classes: 3, input: [6]).initialized(seed: 1)
}

/// A network of one linear layer called `fc` for `blobs`.
func linear() throws -> Program {
    try Program(input: [6]) { $0.linear("fc", outputs: 3) }.initialized(seed: 1)
}

/// A network that draws random numbers while it trains.
func dropping() throws -> Program {
    try Program(input: [6]) { x in
        let h = x.linear("first", outputs: 12).relu()
        let dropped = h.builder.call(
            "aten.dropout.default",
            ["input": .value(h.value), "p": .double(0.3), "train": .bool(true)])
        return dropped.linear("second", outputs: 3)
    }.initialized(seed: 1)
}

/// Options for a short run.
func options(_ change: (inout TrainingOptions) -> Void = { _ in }) -> TrainingOptions {
    var options = TrainingOptions()
    options.epochs = 3
    options.batchSize = 16
    change(&options)
    return options
}

/// A hook that does what its closures say.
struct ClosureHook: TrainingHook {
    var before: @Sendable (TrainingProgress, [String: Tensor]) throws -> [String: Tensor] = {
        $1
    }
    var after: @Sendable (TrainingProgress, [String: Tensor]) throws -> [String: Tensor] = {
        _, _ in [:]
    }
    var ended: @Sendable (TrainingProgress, Program) throws -> Rewritten? = { _, _ in nil }
    var given: @Sendable (TrainingProgress) throws -> [String: Tensor] = { _ in [:] }

    func inputs(_ progress: TrainingProgress) throws -> [String: Tensor] { try given(progress) }

    func beforeStep(
        _ progress: TrainingProgress, parameters: [String: Tensor], gradients: [String: Tensor]
    ) throws -> [String: Tensor] { try before(progress, gradients) }

    func afterStep(
        _ progress: TrainingProgress, parameters: [String: Tensor]
    ) throws -> [String: Tensor] { try after(progress, parameters) }

    func epochEnded(_ progress: TrainingProgress, program: Program) throws -> Rewritten? {
        try ended(progress, program)
    }
}

extension Program {
    /// The bytes of all stored tensors, by name.
    var contents: [String: Data] {
        get throws {
            let pairs = try tensors.keys.map { ($0, try tensor($0).bytes()) }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
    }
}

extension TrainingRun {
    /// The history as text, without the seconds that epochs took.
    var story: [String] { history.map(\.story) }
}

extension EpochMetrics {
    /// All but the seconds.
    var story: String {
        "\(epoch) \(step) \(learningRate) \(trainingLoss) \(trainingAccuracy) "
            + "\(validationLoss ?? -1) \(validationAccuracy ?? -1)"
    }
}

/// The same, where a property is called `options` too.
func shortOptions(_ change: (inout TrainingOptions) -> Void) -> TrainingOptions { options(change) }

/// Examples of ten features around four centres, labelled.
func fourCentres(_ count: Int, seed: UInt64) throws -> Examples {
    let labels = (0..<count).map { $0 % 4 }
    let inputs =
        try random([4, 10], seed: 99).selecting(Tensor(labels)) * 2
        + random([count, 10], seed: seed)
    return examples(inputs, labels: labels)
}

extension Trainer {
    /// Trains on examples around four centres, and keeps the checkpoint of every epoch.
    func fitKeepingCheckpoints(
        _ program: Program, examples: Int, from checkpoint: Checkpoint? = nil
    ) throws -> (run: TrainingRun, checkpoints: [Checkpoint]) {
        let saved = Box<[Checkpoint]>([])
        var observer = Observer()
        observer.save = { checkpoint in saved.change { $0.append(checkpoint) } }
        let run = try fit(
            program, on: fourCentres(examples, seed: 1), validating: fourCentres(60, seed: 2),
            from: checkpoint, observer: observer)
        return (run, saved.content)
    }
}

extension Checkpoint {
    /// The width between the first two factors of the second layer.
    var innerWidth: Int { program.tensors["layers.1.linear.factors.0"]?.shape[0] ?? 0 }
}
