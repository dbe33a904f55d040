import Datasets
import FileFormats
import Foundation
import Tensors
import Testing

/// The sentence with which `body` fails, without the temporary folder's path.
func message(
    _ kind: DatasetError.Kind, in folder: String = "/",
    sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) -> String {
    let error = #expect(throws: DatasetError.self, sourceLocation: sourceLocation, performing: body)
    #expect(error?.kind == kind, sourceLocation: sourceLocation)
    return (error?.description ?? "no error").replacingOccurrences(of: folder + "/", with: "")
}

/// Options that find nothing but what lies in `folder`.
func onlyIn(_ folder: String, seed: UInt64 = 0) -> DatasetOptions {
    DatasetOptions(directory: folder, seed: seed, environment: ["HOME": folder + "/home"])
}

/// Writes arrays as safetensors and loads them as a data set.
func dataset(
    _ arrays: [(name: String, array: RawArray)], seed: UInt64 = 0, in folder: String
) throws -> Dataset {
    let path = folder + "/own.safetensors"
    try Safetensors.write(arrays, to: path)
    return try Datasets.load(path, options: onlyIn(folder, seed: seed))
}

/// Writes a table and loads it as a data set.
func dataset(table: String, named name: String = "own.csv", in folder: String) throws -> Dataset {
    let path = folder + "/" + name
    try AtomicFile.write(Data(table.utf8), to: path)
    return try Datasets.load(path, options: onlyIn(folder))
}

/// Labels in which class `k` comes `counts[k]` times, mixed.
func labels(_ counts: [Int]) -> [Int] {
    var left = counts
    var result: [Int] = []
    while left.contains(where: { $0 > 0 }) {
        for index in left.indices where left[index] > 0 {
            left[index] -= 1
            result.append(index)
        }
    }
    return result
}

/// `count` rows whose first feature is their own number, the second 3 times that.
func numbered(_ count: Int) throws -> RawArray {
    try RawArray((0..<count).flatMap { [Float($0), Float(3 * $0)] }, shape: [count, 2])
}

/// The numbers of the examples that `numbered` made.
func numbers(of examples: Examples) throws -> [Int] {
    try examples.inputs.sliced(0..<1, along: 1).converted(to: .float32).elements(Float.self)
        .map { Int($0) }
}

extension Dataset {
    /// The examples of the three splits.
    var counts: [Int] { [training.count, validation.count, test.count] }
}

extension Examples {
    var labelValues: [Int] {
        get throws { try labels?.elements(Int.self) ?? [] }
    }
}

extension Batch {
    var values: [Float] {
        get throws { try inputs.elements(Float.self) }
    }
    var labelValues: [Int] {
        get throws { try labels?.elements(Int.self) ?? [] }
    }
}

/// The bytes of an IDX file of `uint8`.
func idx(_ values: [UInt8], shape: [Int]) -> Data {
    var data = Data([0, 0, 8, UInt8(shape.count)])
    for size in shape {
        for byte in (0..<4).reversed() {
            data.append(UInt8(truncatingIfNeeded: size >> (8 * byte)))
        }
    }
    return data + Data(values)
}
