public import ArgumentParser
public import Compression
public import Datasets
import Programs
public import Training

extension OptimizerChoice: ExpressibleByArgument {}
extension LearningRateSchedule: ExpressibleByArgument {}
extension Augmentation: ExpressibleByArgument {}
extension Compose.Layout: ExpressibleByArgument {}

/// How factors begin, as the command line names it.
enum InitializationName: String, ExpressibleByArgument, CaseIterable {
    case balanced, standard
}

/// What `train` takes about training itself.
struct TrainingArguments: ParsableArguments {
    @Option(help: "sgd, adam or adamw.")
    var optimizer: OptimizerChoice = .sgd

    @Option(help: "The learning rate at its highest.")
    var learningRate = 0.05

    @Option(help: "SGD's momentum, from 0 to below 1.")
    var momentum = 0.9

    @Option(help: "Weight decay of weights and factors.")
    var weightDecay = 1e-3

    @Flag(help: "Decay norms and biases too.")
    var decayNorms = false

    @Option(
        help: ArgumentHelp(
            "Another weight decay for the layers or parameters that a pattern names; repeatable.",
            valueName: "PATTERN=X"))
    var decayFor: [String] = []

    @Option(
        help: ArgumentHelp("Epochs over which decay rises from 0 at first.", valueName: "epochs"))
    var decayWarmUp = 0.0

    @Option(help: "constant, step, cosine or plateau.")
    var schedule: LearningRateSchedule = .cosine

    @Option(
        help: ArgumentHelp(
            "Epochs without a lower loss that the plateau schedule lets pass.",
            valueName: "epochs"))
    var patience = 10

    @Option(
        help: ArgumentHelp(
            "Epochs over which the learning rate rises at first.", valueName: "epochs"))
    var warmUp = 0.0

    @Option(help: "Passes over the training examples.")
    var epochs = 20

    @Option(help: "Examples a step.")
    var batch = 128

    @Option(help: "The share of the target spread over all classes.")
    var labelSmoothing = 0.0

    @Option(help: ArgumentHelp("The largest norm of all gradients together.", valueName: "norm"))
    var clip: Double?

    @Option(help: "none or standard: random flips and crops; standard for cifar10 and cifar100.")
    var augment: Augmentation?

    @Flag(help: "Keep the epoch that is best on validation, not the last.")
    var keepBest = false

    @Flag(help: "Choose the order of products by their arithmetic, not by timing them.")
    var deterministic = false

    @Option(help: "What all random numbers depend on.")
    var seed: UInt64 = 0

    func validate() throws {
        let checks: [(Bool, String)] = [
            (learningRate > 0 && learningRate.isFinite, "--learning-rate is a number above 0"),
            ((0..<1).contains(momentum), "--momentum is from 0 to below 1"),
            (weightDecay >= 0 && weightDecay.isFinite, "--weight-decay is 0 or more"),
            (
                warmUp >= 0 && warmUp <= Double(epochs),
                "--warm-up is from 0 to the number of epochs"
            ),
            (
                decayWarmUp >= 0 && decayWarmUp <= Double(epochs),
                "--decay-warm-up is from 0 to the number of epochs"
            ),
            (patience >= 0, "--patience is 0 or more"),
            (
                patience == TrainingOptions().patience || schedule == .plateau,
                "--patience goes with --schedule plateau"
            ),
            (epochs >= 1, "--epochs is 1 or more"), (batch >= 2, "--batch is 2 or more"),
            ((0..<1).contains(labelSmoothing), "--label-smoothing is from 0 to below 1"),
            (clip.map { $0 > 0 } ?? true, "--clip is a number above 0"),
        ]
        for (holds, sentence) in checks where !holds { throw ValidationError(sentence) }
        try parsed("--decay-for", decayFor, DecayRule.init(parsing:))
    }

    /// Whether nothing is said.
    var isStandard: Bool {
        var standard = TrainingOptions()
        standard.productChoice = .measured
        return options() == standard
    }

    /// The same as options; `usual` is the augmentation where none is named.
    func options(augmenting usual: Augmentation = .none) -> TrainingOptions {
        var options = TrainingOptions()
        options.optimizer = optimizer
        options.learningRate = learningRate
        options.momentum = momentum
        options.weightDecay = weightDecay
        options.decaysNorms = decayNorms
        // NB: validate() has read them before.
        options.decayRules = decayFor.compactMap { try? DecayRule(parsing: $0) }
        options.decayWarmUpEpochs = decayWarmUp
        options.schedule = schedule
        options.patience = patience
        options.warmUpEpochs = warmUp
        options.epochs = epochs
        options.batchSize = batch
        options.labelSmoothing = labelSmoothing
        options.largestGradientNorm = clip
        options.keepsBest = keepBest
        options.augmentation = augment ?? usual
        options.seed = seed
        options.productChoice = deterministic ? .modelled : .measured
        return options
    }
}

/// Reads the texts of an option.
@discardableResult
func parsed<Element>(
    _ option: String, _ texts: [String], _ parse: (String) throws -> Element
) throws -> [Element] {
    try texts.map { text in
        do { return try parse(text) } catch { throw ValidationError("\(option): \(error)") }
    }
}

extension TrainingOptions {
    /// All of them in a line, as they are printed before a run starts.
    var summary: String {
        var parts = ["\(optimizer)", "learning rate \(learningRate)"]
        if optimizer == .sgd { parts.append("momentum \(momentum)") }
        parts.append("weight decay \(weightDecay)\(decaysNorms ? " also on norms and biases" : "")")
        parts += decayRules.map { "\($0.weightDecay) for \($0.pattern)" }
        if decayWarmUpEpochs > 0 {
            parts.append("after \(decayWarmUpEpochs) epochs in which decay rises")
        }
        let patience = schedule == .plateau ? " with patience \(patience)" : ""
        parts.append(
            "\(schedule) schedule\(patience)\(warmUpEpochs > 0 ? " after \(warmUpEpochs) epochs of warm-up" : "")"
        )
        parts.append("batch \(batchSize)")
        parts.append("\(epochs) epochs")
        if labelSmoothing > 0 { parts.append("label smoothing \(labelSmoothing)") }
        if let limit = largestGradientNorm { parts.append("gradients clipped to \(limit)") }
        if augmentation != .none { parts.append("\(augmentation) augmentation") }
        if keepsBest { parts.append("best epoch kept") }
        parts.append("seed \(seed)")
        return parts.joined(separator: ", ")
    }
}
