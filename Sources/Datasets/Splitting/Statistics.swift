import Tensors

/// Means and standard deviations along axis 1, over all other axes.
struct Statistics {
    let mean: [Double]
    /// Of the whole population (divided by the count); 1 where all values are the same.
    let deviation: [Double]

    /// Computes the statistics of `inputs`, `[count, channels, …]`, times `scale`, in double
    /// precision.
    init(of inputs: Tensor, scale: Double) throws {
        let channels = inputs.shape[1]
        let axes = (0..<inputs.rank).filter { $0 != 1 }
        let size = Double(inputs.count / channels)
        // The first value is subtracted first: what is constant then has a deviation of exactly 0.
        let origin = try inputs.sliced(0..<1)
            .reshaped(to: [1, channels, -1]).sliced(0..<1, along: 2)
            .reshaped(to: [1, channels] + [Int](repeating: 1, count: inputs.rank - 2))
            .converted(to: .float64)
        let shift = try Self.sum(inputs, axes) { try $0 - origin } * (1 / size)
        let center = try shift.reshaped(to: origin.shape)
        let square = try Self.sum(inputs, axes) { try ($0 - origin - center).power(2) }
        let variance = try (square * (1 / size)).elements(Double.self)
        mean = try (origin + center).flattened().elements(Double.self).map { $0 * scale }
        deviation = variance.map { $0 > 0 ? $0.squareRoot() * scale : 1 }
    }

    /// The sum over `axes` of what `body` makes of the inputs in double precision.
    private static func sum(
        _ inputs: Tensor, _ axes: [Int], of body: (Tensor) throws -> Tensor
    ) throws -> Tensor {
        let count = inputs.shape[0]
        let step = max(1, elementsOnOneThread / max(1, inputs.count / count))
        var total = try Tensor.zeros([inputs.shape[1]], type: .float64)
        for start in stride(from: 0, to: count, by: step) {
            let part = try inputs.sliced(start..<min(count, start + step))
            total = try total + body(part.converted(to: .float64)).sum(along: axes)
        }
        return total
    }
}
