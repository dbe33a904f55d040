import OrderedCollections
import Programs
import Tensors
import Testing

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

extension Program {
    /// The operators in order, without library and overload.
    var operatorNames: [String] { nodes.map(\.operation.name) }

    /// The output for `x` in training, and the gradients of its sum of squares with respect to parameters.
    func outputAndGradients(for x: Tensor, of names: [String]) throws -> [Tensor?] {
        let leaves = try trainableParameters()
        var generator = Generator(seed: 0)
        let output = try Runner(self).run(
            [x], mode: .training, tensors: leaves, generator: &generator
        ).results[0]
        return try [output]
            + gradients(of: output.power(2).sum(), with: names.compactMap { leaves[$0] })
    }

    /// The parameters as leaves of a graph, by name.
    func trainableParameters() throws -> [String: Tensor] {
        let leaves = try parameterNames.map { ($0, try tensor($0).trainable()) }
        return Dictionary(uniqueKeysWithValues: leaves)
    }
}
