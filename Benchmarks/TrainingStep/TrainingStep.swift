import Compression
import Datasets
import Foundation
import Models
import Programs
import Tensors
import Training

/// Times a training step (batch 128, SGD) of a network of the zoo as the trainer takes it, in milliseconds.
///
/// Its arguments are the network, the number of factors, of threads and of steps. What it prints is the mean over
/// an epoch of that many steps, after an epoch that does not count; loading, loss and accuracy are part of it.
@main
enum TrainingStep {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        guard numbers.count == 3, let model = arguments.first.flatMap(ZooModel.named) else {
            print("usage: training-step MODEL FACTORS THREADS STEPS")
            exit(64)
        }
        let (factors, threads, steps) = (numbers[0], numbers[1], numbers[2])
        keepFreedMemory()  // As the command line does.
        try setThreadCount(threads)
        var options = TrainingOptions()
        options.epochs = 2
        options.schedule = .constant
        var generator = Generator(seed: 0)
        let count = steps * options.batchSize
        let images = try Tensor.normal([count] + model.naturalInput, using: &generator)
        let labels = Tensor((0..<count).map { $0 % 10 })
        let channels = model.naturalInput[0]
        let examples = Examples(
            inputs: images, labels: labels,
            preprocessing: Preprocessing(
                scale: 1, mean: [Double](repeating: 0, count: channels),
                deviation: [Double](repeating: 1, count: channels)))
        let network = try model.program(
            ZooModel.Options(input: model.naturalInput, classes: 10)
        ).initialized(seed: 0)
        let composed = try Compose(
            factors: factors, initialization: .standard(seed: 0)
        ).apply(to: network).program
        let run = try Trainer(options).fit(composed, on: examples)
        print(run.history[1].seconds * 1000 / Double(steps))
    }
}
