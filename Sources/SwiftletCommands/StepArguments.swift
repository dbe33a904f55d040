public import ArgumentParser
public import Datasets
import Programs
public import Training

extension OptimizerChoice: ExpressibleByArgument {}
extension LearningRateSchedule: ExpressibleByArgument {}
extension Augmentation: ExpressibleByArgument {}

/// What `train`, `tune` and `iterate` take alike: how a step is made of a batch.
struct StepArguments: ParsableArguments {
    @Option(help: "sgd, adam or adamw.")
    var optimizer: OptimizerChoice = .sgd

    @Option(help: "SGD's momentum, from 0 to below 1.")
    var momentum = 0.9

    @Option(help: "constant, step, cosine or plateau.")
    var schedule: LearningRateSchedule = .cosine

    @Option(
        help: ArgumentHelp(
            "Epochs over which the learning rate rises at first.", valueName: "epochs"))
    var warmUp = 0.0

    @Option(help: "Examples a step.")
    var batch = 128

    @Option(help: "The share of the target spread over all classes.")
    var labelSmoothing = 0.0

    @Option(help: ArgumentHelp("The largest norm of all gradients together.", valueName: "norm"))
    var clip: Double?

    @Option(help: "none or standard: random flips and crops; standard for cifar10 and cifar100.")
    var augment: Augmentation?

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

    @Option(
        help: ArgumentHelp(
            "Epochs without a lower loss that the plateau schedule lets pass.",
            valueName: "epochs"))
    var patience = 10

    @Option(help: "What all random numbers depend on.")
    var seed: UInt64 = 0

    @Flag(help: "Choose the order of products by their arithmetic, not by timing them.")
    var deterministic = false

    /// Checks these, and what stands beside them.
    func check(
        learningRate: Double, weightDecay: Double, epochs: Int, _ others: [(Bool, String)] = []
    ) throws {
        let checks: [(Bool, String)] =
            [
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
            ] + others + [
                (epochs >= 1, "--epochs is 1 or more"), (batch >= 2, "--batch is 2 or more"),
                ((0..<1).contains(labelSmoothing), "--label-smoothing is from 0 to below 1"),
                (clip.map { $0 > 0 } ?? true, "--clip is a number above 0"),
            ]
        for (holds, sentence) in checks where !holds { throw ValidationError(sentence) }
        try parsed("--decay-for", decayFor, DecayRule.init(parsing:))
    }

    /// Puts them into options; `usual` is the augmentation where none is named.
    func set(in options: inout TrainingOptions, augmenting usual: Augmentation) {
        options.optimizer = optimizer
        options.momentum = momentum
        options.schedule = schedule
        options.warmUpEpochs = warmUp
        options.batchSize = batch
        options.labelSmoothing = labelSmoothing
        options.largestGradientNorm = clip
        options.decaysNorms = decayNorms
        // NB: check() has read them before.
        options.decayRules = decayFor.compactMap { try? DecayRule(parsing: $0) }
        options.decayWarmUpEpochs = decayWarmUp
        options.patience = patience
        options.augmentation = augment ?? usual
        options.seed = seed
        options.productChoice = deterministic ? .modelled : .measured
    }
}
