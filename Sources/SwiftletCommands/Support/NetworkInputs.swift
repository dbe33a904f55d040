import FileFormats
import Interchange
import Programs
import Tensors

/// Inputs to try a network with.
struct NetworkInputs {
    /// Where they come from, for people.
    let source: String
    /// In the network's order.
    let tensors: [Tensor]
    /// The results that belong to them, by their place among the network's, where the user gave some.
    var recorded: [Int: Tensor] = [:]

    /// Takes the user's arrays, else those that the file was exported with, else random numbers.
    ///
    /// - Parameters:
    ///   - file: the network's file, where that is a `.pt2`.
    ///   - arrays: a file of arrays named as the inputs, or `input.0`, `input.1` and so on.
    init(for program: Program, file: ModelFile?, arrays: String?, seed: UInt64) throws {
        if let arrays {
            try self.init(for: program, arrays: arrays)
        } else if let samples = try file?.sampleInputs() {
            self.init(source: "the inputs that it was exported with", tensors: samples)
        } else {
            self.init(
                source: "random inputs, seed \(seed)",
                tensors: try Self.random(for: program, seed: seed))
        }
    }

    private init(source: String, tensors: [Tensor]) {
        self.source = source
        self.tensors = tensors
    }

    private init(for program: Program, arrays path: String) throws {
        let arrays = try Self.arrays(in: path)
        source = path
        tensors = try zip(program.inputArrayNames, program.inputs).map { names, input in
            guard let array = names.lazy.compactMap({ arrays[$0] }).first else {
                throw Failure(
                    .usage,
                    "\(path) has no array named \(names.joined(separator: " or ")); it has "
                        + arrays.keys.sorted().joined(separator: ", "))
            }
            let tensor = try Tensor(array)
            // NumPy has no narrow floating-point types.
            guard let type = program.type(of: input)?.tensor?.scalarType, type.isFloatingPoint,
                tensor.scalarType.isFloatingPoint
            else { return tensor }
            return try tensor.converted(to: type)
        }
        let results = Interface.places(program.interface?.outputs, count: program.results.count)
        for (index, place) in results.enumerated() {
            recorded[index] = try arrays["output.\(place)"].map { try Tensor($0) }
        }
    }

    private static func arrays(in path: String) throws -> [String: RawArray] {
        if path.lowercased().hasSuffix(".npz") {
            let arrays = try NumPy.readArchive(contentsOf: path)
            return Dictionary(arrays.map { ($0.name, $0.array) }) { first, _ in first }
        }
        let file = try Safetensors(contentsOf: path)
        return Dictionary(
            uniqueKeysWithValues: try file.names.compactMap { name in
                try file[name].map { (name, $0) }
            })
    }

    private static func random(for program: Program, seed: UInt64) throws -> [Tensor] {
        let sizes = Dictionary(
            uniqueKeysWithValues: program.dimensions.map { name, range in
                (name, min(max(3, range.lowerBound), range.upperBound))
            })
        var generator = Generator(seed: seed)
        return try program.inputs.map { input in
            if case .scalar(let size) = program.type(of: input),
                let number = size.evaluated(at: sizes)
            {
                return Tensor(number)
            }
            guard let type = program.type(of: input)?.tensor, type.scalarType.isFloatingPoint else {
                throw Failure(
                    .usage,
                    "the input \(input) does not take floating-point numbers, and random ones would "
                        + "mean nothing; pass inputs with --inputs FILE.npz")
            }
            let shape = type.sizes.compactMap { $0.evaluated(at: sizes) }
            guard shape.count == type.sizes.count else {
                throw Failure(
                    .usage,
                    "the sizes of the input \(input) are not known; pass inputs with --inputs")
            }
            return try Tensor.normal(
                shape, deviation: 1, type: type.scalarType, using: &generator)
        }
    }
}
