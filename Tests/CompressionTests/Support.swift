import Compression
import Datasets
import Foundation
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Expects a `CompressionError` of that kind and exactly that sentence.
func expectError(
    _ kind: CompressionError.Kind, _ sentence: String,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: CompressionError.self, sourceLocation: sourceLocation) {
        try body()
    }
    #expect(error?.kind == kind, sourceLocation: sourceLocation)
    #expect(error?.description == sentence, sourceLocation: sourceLocation)
}

/// A matrix with these singular values, in double precision.
func matrix(rows: Int, columns: Int, values: [Double], seed: UInt64 = 1) throws -> Tensor {
    let left = try random([rows, values.count], seed: seed, type: .float64).qrDecomposition()
    let right = try random([columns, values.count], seed: seed + 1, type: .float64)
        .qrDecomposition()
    return try matmul(left.orthogonal * Tensor(values), right.orthogonal.transposed())
}

/// A network of one linear layer called `fc`.
func layer(_ weight: Tensor, bias: Bool = true) throws -> Program {
    let weight = try weight.converted(to: .float32)
    return try Program(input: [weight.shape[1]]) {
        $0.linear("fc", outputs: weight.shape[0], bias: bias)
    }.initialized(seed: 1).replacing(["fc.weight": weight])
}

/// Examples `[count, features]` that a network sees as they are.
func examples(_ inputs: Tensor, labels: [Int]? = nil) -> Examples {
    let channels = inputs.shape[1]
    return Examples(
        inputs: inputs, labels: labels.map { Tensor($0) },
        preprocessing: Preprocessing(
            scale: 1, mean: [Double](repeating: 0, count: channels),
            deviation: [Double](repeating: 1, count: channels)))
}

/// Examples of six features around three centres, a class each.
func blobs(_ count: Int, seed: UInt64) throws -> Examples {
    let labels = (0..<count).map { $0 % 3 }
    let centres = try random([3, 6], seed: 99)
    return examples(
        try centres.selecting(Tensor(labels)) + random([count, 6], seed: seed), labels: labels)
}

extension LayerProfile {
    /// The moments of a layer with one matrix, `[columns, columns]`.
    var matrix: Tensor {
        get throws {
            guard case .full(let moments) = moments else { return try .zeros([]) }
            return try moments.sum(along: [0])
        }
    }
}

/// The sum of squares.
func energy(_ values: some Sequence<Double>) -> Double { values.reduce(0) { $0 + $1 * $1 } }

extension Tensor {
    /// The sum of the squares of all elements, in double precision.
    var energy: Double {
        get throws { try converted(to: .float64).power(2).sum().item() }
    }
}

extension Program {
    /// The bytes of all stored tensors, by name.
    var contents: [String: Data] {
        get throws {
            let pairs = try tensors.keys.map { ($0, try tensor($0).bytes()) }
            return Dictionary(uniqueKeysWithValues: pairs)
        }
    }
}
