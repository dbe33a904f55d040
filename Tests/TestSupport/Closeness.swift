public import Tensors
public import Testing

/// Expects a tensor of the same shape, whose elements differ by at most `tolerance` of the largest
/// expected one.
public func expectClose(
    _ actual: Tensor?, _ expected: Tensor, within tolerance: Double = 1e-6,
    sourceLocation: SourceLocation = #_sourceLocation
) throws {
    let actual = try #require(actual, sourceLocation: sourceLocation)
    try #require(actual.shape == expected.shape, sourceLocation: sourceLocation)
    expectClose(
        try actual.converted(to: .float64).elements(),
        try expected.converted(to: .float64).elements(), within: tolerance,
        sourceLocation: sourceLocation)
}

/// Expects as many numbers, which differ by at most `tolerance` of the largest expected one.
public func expectClose(
    _ actual: [Double], _ expected: [Double], within tolerance: Double = 1e-6,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    #expect(actual.count == expected.count, sourceLocation: sourceLocation)
    let allowed = tolerance * (expected.map(\.magnitude).max() ?? 0)
    let wrong = zip(actual, expected).enumerated().first { _, pair in
        !((pair.0 - pair.1).magnitude <= allowed)
    }
    if let (index, (found, wanted)) = wrong {
        Issue.record(
            "element \(index) is \(found), not \(wanted) ± \(allowed)",
            sourceLocation: sourceLocation)
    }
}

/// Expects a number that differs from another by at most `tolerance` of it.
public func expectClose(
    _ actual: Double, _ expected: Double, within tolerance: Double = 1e-6,
    sourceLocation: SourceLocation = #_sourceLocation
) {
    expectClose([actual], [expected], within: tolerance, sourceLocation: sourceLocation)
}
