public import ArgumentParser
public import Compression
import Datasets
import Programs
import Training

extension Compose.Layout: ExpressibleByArgument {}

/// How factors begin, as the command line names it.
enum InitializationName: String, ExpressibleByArgument, CaseIterable {
    case balanced, standard
}

/// What `train` takes about training itself.
struct TrainingArguments: ParsableArguments {
    @OptionGroup var step: StepArguments

    @Option(help: "The learning rate at its highest.")
    var learningRate = 0.05

    @Option(help: "Weight decay of weights and factors.")
    var weightDecay = 1e-3

    @Option(help: "Passes over the training examples.")
    var epochs = 20

    @Flag(help: "Keep the epoch that is best on validation, not the last.")
    var keepBest = false

    func validate() throws {
        try step.check(learningRate: learningRate, weightDecay: weightDecay, epochs: epochs)
    }

    /// Whether nothing is said.
    var isStandard: Bool {
        var standard = TrainingOptions()
        standard.productChoice = .measured
        return step.augment == nil && options() == standard
    }

    /// The same as options; `usual` is the augmentation where none is named.
    func options(augmenting usual: Augmentation = .none) -> TrainingOptions {
        var options = TrainingOptions()
        step.set(in: &options, augmenting: usual)
        options.learningRate = learningRate
        options.weightDecay = weightDecay
        options.epochs = epochs
        options.keepsBest = keepBest
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
