public import Tensors

/// Transposed convolution in one to three dimensions, grouped too: the kernel `[inputs, outputs / groups, sizes…]`
/// is one matrix a group, from what the kernel spreads to one position to the group's outputs there.
///
/// A chain is the transposed convolution to fewer channels, and then 1×1 convolutions with the same groups, the bias
/// with the last.
public struct TransposedConvolutionForm: KernelForm {
    /// `transposed convolution`.
    public let name = "transposed convolution"

    /// Makes the form.
    public init() {}

    /// One matrix a group; none for a depthwise convolution, whose matrices have one row each.
    public func readings(of node: Node, in context: WeightContext) -> [WeightReading] {
        guard let (weight, shape, groups) = kernel(of: node, context), shape[1] > 1 || groups == 1
        else { return [] }
        return [
            WeightReading(
                weight, sizes: [groups, shape[0] / groups] + shape.dropFirst(), blocks: [0],
                rows: [2], columns: [1] + Array(3..<(shape.count + 1)))
        ]
    }

    /// A depthwise convolution's matrices have rank one already.
    public func refusal(of value: Value, in node: Node, _ context: WeightContext) -> String? {
        guard let (weight, shape, groups) = kernel(of: node, context), weight == value,
            groups > 1, shape[1] == 1
        else { return nil }
        return "a depthwise convolution: its matrices have rank 1 already"
    }

    private func kernel(
        of node: Node, _ context: WeightContext
    ) -> (weight: Value, shape: [Int], groups: Int)? {
        guard let convolution = Convolution(node, transposed: true),
            let weight = node.value("weight"), let shape = context.shape(of: weight),
            shape.count == convolution.dimensions + 2, shape[0] % convolution.groups == 0
        else { return nil }
        return (weight, shape, convolution.groups)
    }

    /// Over all positions of the result on all examples.
    public func moments(
        of reading: WeightReading, in node: Node, values: (Value) throws -> Tensor
    ) throws -> (sum: Moments, count: Int) {
        guard let convolution = Convolution(node, transposed: true), let value = node.value("input")
        else { throw ProgramError(.invalid, "no transposed convolution of known form: \(node)") }
        let input = try values(value)
        let kernel = Array(reading.sizes.dropFirst(3))
        let spread = zip(kernel, convolution.stride).reduce(1) { $0 * $1.0 * $1.1 }
        let perExample = max(1, input.count / max(1, input.shape[0])) * spread
        return try Convolution.moments(of: input, perExample: perExample) {
            try convolution.spreadColumns(of: $0, kernel: kernel)
        }
    }

    /// `[blocks · inputs, outputs]` with the kernel's sizes for the first, a 1×1 convolution's for the others.
    public func storage(
        of factor: MatrixShape, at place: ChainPlace, of reading: WeightReading
    ) -> FactorStorage {
        let kernel = Array(reading.sizes.dropFirst(3))
        guard place.isFirst else {
            return .grouped(factor, [factor.columns] + kernel.map { _ in 1 })
        }
        let inputs = reading.sizes[1]
        return FactorStorage(
            [factor.blocks * inputs, factor.rows] + kernel,
            sizes: [factor.blocks, inputs, factor.rows] + kernel, blocks: [0], rows: [2],
            columns: [1] + Array(3..<(3 + kernel.count)))
    }
}
