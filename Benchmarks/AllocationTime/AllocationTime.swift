import Compression
import Datasets
import Foundation
import Models
import Programs
import Tensors

/// Times the spectra of a network of the zoo, and every choice of ranks that needs no search, in seconds.
///
/// usage: allocation-time MODEL IMAGES THREADS
///
/// The images are random numbers, as many as calibration looks at; calibration is timed by itself.
@main
enum AllocationTime {
    static func main() throws {
        let arguments = CommandLine.arguments.dropFirst()
        let numbers = arguments.dropFirst().compactMap { Int($0) }
        guard numbers.count == 2, let model = arguments.first.flatMap(ZooModel.named) else {
            print("usage: allocation-time MODEL IMAGES THREADS")
            exit(64)
        }
        keepFreedMemory()  // As the command line does.
        try setThreadCount(numbers[1])
        let program = try model.program(
            ZooModel.Options(input: model.naturalInput, classes: 10)
        ).initialized(seed: 0)
        var generator = Generator(seed: 0)
        let images = try Tensor.normal([numbers[0]] + model.naturalInput, using: &generator)
        let channels = model.naturalInput[0]
        let examples = Examples(
            inputs: images, labels: nil,
            preprocessing: Preprocessing(
                scale: 1, mean: [Double](repeating: 0, count: channels),
                deviation: [Double](repeating: 1, count: channels)))
        let raw = try timed("raw spectra") { try Spectra(of: program, by: .raw) }
        let profile = try timed("calibration on \(numbers[0]) images") {
            try Profile(of: program, on: examples)
        }
        _ = try timed("whitened spectra") {
            try Spectra(of: program, by: .whitened, from: profile)
        }
        let context = AllocatorChoice.Context(program, raw)
        for choice in [
            AllocatorChoice.uniform, .threshold, .energy, .perParameter, .perMac, .dynamic,
        ] {
            for budget in [Budget.parameters(0.3), .macs(0.3), .bytes(program.cost.bytes / 3)] {
                _ = try timed("\(choice.rawValue), \(budget)") {
                    try Plan(
                        for: program, keeping: budget, from: raw,
                        allocator: choice.allocator(for: budget, in: context))
                }
            }
        }
    }

    /// Prints how long something takes.
    private static func timed<Result>(
        _ name: String, _ body: () throws -> Result
    ) rethrows -> Result {
        let start = Date()
        let result = try body()
        print(name + ": " + String(format: "%.2f", Date().timeIntervalSince(start)))
        return result
    }
}
