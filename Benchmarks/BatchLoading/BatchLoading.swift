import Datasets
import Foundation
import Tensors

/// Times how long a loader takes for a batch of 128 images `[3, 32, 32]`, in milliseconds.
///
/// Its argument is the number of threads; the loader works on one of its own whatever that is. It prints the
/// augmentation and the median over epochs of 100 batches.
@main
enum BatchLoading {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        guard arguments.count == 1 else {
            print("usage: batch-loading THREADS")
            exit(64)
        }
        keepFreedMemory()  // As the command line does.
        try setThreadCount(arguments[0])
        let (batch, batches) = (128, 100)
        let count = batch * batches
        var generator = Generator(seed: 0)
        let images = try Tensor.uniform([count, 3, 32, 32], to: 256, using: &generator)
        let examples = Examples(
            inputs: try images.converted(to: .uint8), labels: Tensor((0..<count).map { $0 % 10 }),
            preprocessing: Preprocessing(
                scale: 1 / 255, mean: [0.49, 0.48, 0.45], deviation: [0.25, 0.24, 0.26]))
        for augmentation in Augmentation.allCases {
            let times = try (0..<15).map { epoch in
                let start = Date()
                let loader = BatchLoader(
                    examples, batchSize: batch, order: .shuffled(seed: 0, epoch: epoch),
                    augmentation: augmentation)
                while try loader.next() != nil {}
                return Date().timeIntervalSince(start) * 1000 / Double(batches)
            }
            print("\(augmentation) \(times.sorted()[times.count / 2])")
        }
    }
}
