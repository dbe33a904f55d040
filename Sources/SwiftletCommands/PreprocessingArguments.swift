import ArgumentParser
import Datasets
import Foundation

/// Numbers with commas between them.
struct NumberList: ExpressibleByArgument {
    let numbers: [Double]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        numbers = parts.compactMap { Double($0.trimmingCharacters(in: .whitespaces)) }
        guard numbers.count == parts.count, numbers.allSatisfy(\.isFinite) else { return nil }
    }
}

/// Sizes with commas between them.
struct SizeList: ExpressibleByArgument {
    /// What a size may be; a product of four stays a number.
    static let range = 1...1_000_000

    let sizes: [Int]

    init?(argument: String) {
        let parts = argument.split(separator: ",", omittingEmptySubsequences: false)
        sizes = parts.compactMap { Int($0.trimmingCharacters(in: .whitespaces)) }
        guard sizes.count == parts.count, sizes.count <= 4,
            sizes.reduce(1.0, { $0 * Double($1) }) <= Double(1 << 31),
            sizes.allSatisfy(Self.range.contains)
        else { return nil }
    }
}

/// What `import` takes about the preprocessing that weights were trained with.
struct PreprocessingArguments: ParsableArguments {
    @Option(help: "The mean of each channel of the scaled inputs, as 0.485,0.456,0.406.")
    var mean: NumberList?

    @Option(help: "The standard deviation of each channel, as 0.229,0.224,0.225.")
    var std: NumberList?

    @Option(help: "What inputs are multiplied by first; 1/255 unless given, for images of bytes.")
    var scale: Double?

    func validate() throws {
        guard (mean == nil) == (std == nil) else {
            throw ValidationError("--mean and --std go together")
        }
        guard scale == nil || mean != nil else {
            throw ValidationError("--scale goes with --mean and --std")
        }
        guard mean?.numbers.count == std?.numbers.count else {
            throw ValidationError("--mean and --std have a number for each channel")
        }
        guard std?.numbers.allSatisfy({ $0 > 0 }) ?? true else {
            throw ValidationError("--std is of numbers above 0")
        }
        guard scale.map({ $0.isFinite && $0 != 0 }) ?? true else {
            throw ValidationError("--scale is a number and not 0")
        }
    }

    /// The preprocessing for examples of a shape; nil where none is given.
    func value(for shape: [Int]) throws -> Preprocessing? {
        guard let mean, let std else { return nil }
        guard mean.numbers.count == shape.first else {
            throw Failure(
                .usage,
                "--mean has \(mean.numbers.count) numbers, and examples of \(shape) have "
                    + "\(shape.first ?? 0) channels; give one for each")
        }
        return Preprocessing(scale: scale ?? 1 / 255, mean: mean.numbers, deviation: std.numbers)
    }
}
