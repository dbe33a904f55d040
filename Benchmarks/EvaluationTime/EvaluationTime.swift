import Datasets
import Foundation
import Models
import Programs
import Tensors
import Training

/// Times the evaluation of a network of the zoo on 10,000 images of bytes, in seconds.
///
/// Its arguments are the network, the batch and the number of threads. What it prints is the second evaluation's time;
/// preprocessing, loss and accuracy are part of it.
@main
enum EvaluationTime {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        guard numbers.count == 2, let model = arguments.first.flatMap(ZooModel.named) else {
            print("usage: evaluation-time MODEL BATCH THREADS")
            exit(64)
        }
        keepFreedMemory()  // As the command line does.
        try setThreadCount(numbers[1])
        var generator = Generator(seed: 0)
        let count = 10_000
        let images = try Tensor.uniform(
            [count] + model.naturalInput, from: 0, to: 255, using: &generator
        ).converted(to: .uint8)
        let examples = Examples(
            inputs: images, labels: Tensor((0..<count).map { $0 % 10 }),
            preprocessing: Preprocessing(
                scale: 1 / 255, mean: [0.485, 0.456, 0.406], deviation: [0.229, 0.224, 0.225]))
        let program = try model.program(
            ZooModel.Options(input: model.naturalInput, classes: 10)
        ).initialized(seed: 0)
        _ = try Evaluation(of: program, on: examples.prefix(1_000), batchSize: numbers[0])
        let start = Date()
        _ = try Evaluation(of: program, on: examples, batchSize: numbers[0])
        print(Date().timeIntervalSince(start))
    }
}
