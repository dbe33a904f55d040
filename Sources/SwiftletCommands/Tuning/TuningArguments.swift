import ArgumentParser
import Compression
import Datasets
import Training

/// What `tune` takes about training itself.
struct TuningArguments: ParsableArguments {
    @Option(help: "sgd, adam or adamw.")
    var optimizer: OptimizerChoice = .sgd

    @Option(help: "The learning rate at its highest.")
    var learningRate = TrainingOptions.tuning.learningRate

    @Option(help: "SGD's momentum, from 0 to below 1.")
    var momentum = TrainingOptions.tuning.momentum

    @Option(help: "Weight decay of weights; of factors too, unless --product-decay is given.")
    var weightDecay = TrainingOptions.tuning.weightDecay

    @Option(
        help: ArgumentHelp(
            "Decay of the products of factors in place of the factors'.", valueName: "decay"))
    var productDecay: Double?

    @Option(help: "constant, step, cosine or plateau.")
    var schedule: LearningRateSchedule = .cosine

    @Option(
        help: ArgumentHelp(
            "Epochs over which the learning rate rises at first.", valueName: "epochs"))
    var warmUp = 0.0

    @Option(help: "Passes over the training examples.")
    var epochs = TrainingOptions.tuning.epochs

    @Option(help: "Examples a step.")
    var batch = TrainingOptions.tuning.batchSize

    @Option(help: "The share of the target spread over all classes.")
    var labelSmoothing = 0.0

    @Option(help: ArgumentHelp("The largest norm of all gradients together.", valueName: "norm"))
    var clip: Double?

    @Option(help: "none or standard: random flips and crops; standard for cifar10 and cifar100.")
    var augment: Augmentation?

    @Option(help: "What all random numbers depend on.")
    var seed: UInt64 = 0

    func validate() throws {
        let checks: [(Bool, String)] = [
            (learningRate > 0 && learningRate.isFinite, "--learning-rate is a number above 0"),
            ((0..<1).contains(momentum), "--momentum is from 0 to below 1"),
            (weightDecay >= 0 && weightDecay.isFinite, "--weight-decay is 0 or more"),
            (
                productDecay.map { $0 >= 0 && $0.isFinite } ?? true,
                "--product-decay is 0 or more"
            ),
            (
                warmUp >= 0 && warmUp <= Double(epochs),
                "--warm-up is from 0 to the number of epochs"
            ),
            (epochs >= 1, "--epochs is 1 or more"), (batch >= 2, "--batch is 2 or more"),
            ((0..<1).contains(labelSmoothing), "--label-smoothing is from 0 to below 1"),
            (clip.map { $0 > 0 } ?? true, "--clip is a number above 0"),
        ]
        for (holds, sentence) in checks where !holds { throw ValidationError(sentence) }
    }

    /// The same as options; `usual` is the augmentation where none is named.
    func options(augmenting usual: Augmentation = .none) -> TrainingOptions {
        var options = TrainingOptions.tuning
        options.optimizer = optimizer
        options.learningRate = learningRate
        options.momentum = momentum
        options.weightDecay = weightDecay
        options.schedule = schedule
        options.warmUpEpochs = warmUp
        options.epochs = epochs
        options.batchSize = batch
        options.labelSmoothing = labelSmoothing
        options.largestGradientNorm = clip
        options.augmentation = augment ?? usual
        options.seed = seed
        return options
    }
}
