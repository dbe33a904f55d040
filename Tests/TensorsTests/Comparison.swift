import Tensors
import Testing

/// Expects equal shapes, and elements that differ by at most `tolerance` of the largest expected one.
func expectClose(
    _ actual: Tensor, _ expected: Tensor, within tolerance: Double = 1e-6,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
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

/// Calls an operator by name and gives its first result as a tensor.
func call(_ name: String, _ overload: String = "", _ arguments: Operand...) throws -> Tensor {
    try #require(try Operator(name, overload).call(arguments).first?.tensor)
}
