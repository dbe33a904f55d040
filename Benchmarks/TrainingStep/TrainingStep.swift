import Compression
import Datasets
import Foundation
import Models
import Programs
import Tensors
import Training

/// Times a training step of fcn6 (width 784, batch 128) as the trainer takes it, in milliseconds.
///
/// Its arguments are the number of factors and of threads. What it prints is the mean over an epoch of 100
/// steps, after an epoch that does not count; loading, loss and accuracy are part of it.
@main
enum TrainingStep {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        guard arguments.count == 2 else {
            print("usage: training-step FACTORS THREADS")
            exit(64)
        }
        keepFreedMemory()  // As the command line does.
        try setThreadCount(arguments[1])
        var options = TrainingOptions()
        options.epochs = 2
        options.schedule = .constant
        var generator = Generator(seed: 0)
        let count = 100 * options.batchSize
        let images = try Tensor.normal([count, 1, 28, 28], using: &generator)
        let labels = Tensor((0..<count).map { $0 % 10 })
        let examples = Examples(
            inputs: images, labels: labels,
            preprocessing: Preprocessing(scale: 1, mean: [0], deviation: [1]))
        let network = try fullyConnected(layers: 6, width: 784, classes: 10, input: [1, 28, 28])
            .initialized(seed: 0)
        let composed = try Compose(
            factors: arguments[0], initialization: .standard(seed: 0)
        ).apply(to: network).program
        let run = try Trainer(options).fit(composed, on: examples)
        print(run.history[1].seconds * 1000 / 100)
    }
}
