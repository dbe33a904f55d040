import ArgumentParser
import Compression
import Datasets
import Programs
import Training

/// What `tune` and `iterate` take about training itself.
struct TuningArguments: ParsableArguments {
    @OptionGroup var step: StepArguments

    @Option(help: "The learning rate at its highest.")
    var learningRate = TrainingOptions.tuning.learningRate

    @Option(help: "Weight decay of weights; of factors too, unless --product-decay is given.")
    var weightDecay = TrainingOptions.tuning.weightDecay

    @Option(
        help: ArgumentHelp(
            "Decay of the products of factors in place of the factors'.", valueName: "decay"))
    var productDecay: Double?

    @Option(help: "Passes over the training examples.")
    var epochs = TrainingOptions.tuning.epochs

    func validate() throws {
        try step.check(
            learningRate: learningRate, weightDecay: weightDecay, epochs: epochs,
            [(productDecay.map { $0 >= 0 && $0.isFinite } ?? true, "--product-decay is 0 or more")])
    }

    /// Whether nothing is said.
    var isStandard: Bool {
        var standard = TrainingOptions.tuning
        standard.productChoice = .measured
        return productDecay == nil && step.augment == nil && options() == standard
    }

    /// The same as options; `usual` is the augmentation where none is named.
    func options(augmenting usual: Augmentation = .none) -> TrainingOptions {
        var options = TrainingOptions.tuning
        step.set(in: &options, augmenting: usual)
        options.learningRate = learningRate
        options.weightDecay = weightDecay
        options.epochs = epochs
        return options
    }
}
