import Datasets
import Foundation
import Tensors

/// Times how a loader keeps up, with batches of 128 images `[3, 32, 32]`.
///
/// Its argument is the number of threads that libtorch may use. For each augmentation it prints the
/// milliseconds that a batch takes where nothing else is done, the median over epochs of 100 batches; then,
/// for steps of some lengths that keep one thread busy, the share of the time in which they wait.
@main
enum BatchLoading {
    private static let batches = 100

    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst().compactMap { Int($0) }
        guard arguments.count == 1 else {
            print("usage: batch-loading THREADS")
            exit(64)
        }
        keepFreedMemory()  // As the command line does.
        try setThreadCount(arguments[0])
        let examples = try examples()
        for augmentation in Augmentation.allCases {
            let times = try (0..<15).map { try epoch($0, examples, augmentation, step: 0).seconds }
            let median = times.sorted()[times.count / 2]
            let milliseconds = String(format: "%.2f", median * 1000 / Double(batches))
            print("\(augmentation): \(milliseconds) ms a batch")
            for step in [2, 5, 20, 100] {
                let run = try epoch(0, examples, augmentation, step: Double(step) / 1000)
                let share = String(format: "%.3f", 100 * run.waited / run.seconds)
                print("\(augmentation): steps of \(step) ms wait for \(share) % of the time")
            }
        }
    }

    private static func examples() throws -> Examples {
        let count = 128 * batches
        var generator = Generator(seed: 0)
        let images = try Tensor.uniform([count, 3, 32, 32], to: 256, using: &generator)
        return Examples(
            inputs: try images.converted(to: .uint8), labels: Tensor((0..<count).map { $0 % 10 }),
            preprocessing: Preprocessing(
                scale: 1 / 255, mean: [0.49, 0.48, 0.45], deviation: [0.25, 0.24, 0.26]))
    }

    /// Takes an epoch's batches, and is busy for `step` seconds after each.
    private static func epoch(
        _ epoch: Int, _ examples: Examples, _ augmentation: Augmentation, step: Double
    ) throws -> (seconds: Double, waited: Double) {
        let start = Date()
        let loader = BatchLoader(
            examples, batchSize: 128, order: .shuffled(seed: 0, epoch: epoch),
            augmentation: augmentation)
        while try loader.next() != nil {
            let begun = Date()
            while Date().timeIntervalSince(begun) < step {}
        }
        return (Date().timeIntervalSince(start), loader.waitSeconds)
    }
}
