import OrderedCollections
import Programs
import Tensors
import Testing

/// Expects equal shapes, and elements that differ by at most `tolerance` of the largest expected one.
func expectClose(
    _ actual: Tensor?, _ expected: Tensor, within tolerance: Double = 1e-6,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let actual = try #require(actual, sourceLocation: sourceLocation)
    try #require(actual.shape == expected.shape, sourceLocation: sourceLocation)
    let found = try actual.converted(to: .float64).elements(Double.self)
    let wanted = try expected.converted(to: .float64).elements(Double.self)
    let allowed = tolerance * (wanted.map(\.magnitude).max() ?? 0)
    let wrong = zip(found, wanted).enumerated().first { _, pair in
        !((pair.0 - pair.1).magnitude <= allowed)
    }
    if let (index, (found, wanted)) = wrong {
        Issue.record(
            "element \(index) is \(found), not \(wanted) ± \(allowed)",
            sourceLocation: sourceLocation)
    }
}

/// Expects a `ProgramError` of that kind and exactly that sentence.
func expectError(
    _ kind: ProgramError.Kind, _ sentence: String,
    sourceLocation: SourceLocation = #_sourceLocation, _ body: () throws -> Void
) {
    let error = #expect(throws: ProgramError.self, sourceLocation: sourceLocation) { try body() }
    #expect(error?.kind == kind, sourceLocation: sourceLocation)
    #expect(error?.description == sentence, sourceLocation: sourceLocation)
}

/// A Program written by hand over one input `x`, its types propagated.
func program(
    _ sizes: [Size], type: ScalarType = .float32,
    tensors: OrderedDictionary<String, StoredTensor> = [:],
    dimensions: OrderedDictionary<String, ClosedRange<Int>> = ["batch": 1...Int.max],
    _ nodes: [Node], results: [Value]
) throws -> Program {
    try Program(
        inputs: ["x"], nodes: nodes, outputs: results.map { .result($0) }, tensors: tensors,
        types: ["x": .tensor(TensorType(type, sizes))], dimensions: dimensions
    ).propagated()
}

/// Numbers drawn by seed.
func random(_ shape: [Int], seed: UInt64 = 1, type: ScalarType = .float32) throws -> Tensor {
    var generator = Generator(seed: seed)
    return try .normal(shape, type: type, using: &generator)
}

/// Calls an operator by name and gives its first result as a tensor.
func call(_ name: String, _ overload: String = "", _ arguments: Operand...) throws -> Tensor {
    try #require(try Operator(name, overload).call(arguments).first?.tensor)
}

extension Program {
    /// The operators in order, without library and overload.
    var operatorNames: [String] { nodes.map(\.operation.name) }

    /// The parameters as leaves of a graph, by name.
    func trainableParameters() throws -> [String: Tensor] {
        let leaves = try parameterNames.map { ($0, try tensor($0).trainable()) }
        return Dictionary(uniqueKeysWithValues: leaves)
    }
}
