public import Tensors

/// Convolution in one to three dimensions, grouped too: the kernel `[outputs, inputs / groups, sizes…]` is
/// one matrix a group, from the elements under the kernel to the group's outputs.
///
/// A chain is the k×k convolution to fewer channels, with the stride, padding and dilation, and then 1×1
/// convolutions with the same groups, the bias with the last (Zhang et al., Accelerating very deep
/// convolutional networks, 2016, section 3.1).
public struct ConvolutionForm: KernelForm {
    /// `convolution`.
    public let name = "convolution"

    /// Makes the form.
    public init() {}

    /// One matrix a group; none for a depthwise convolution, whose matrices have one row each.
    public func readings(of node: Node, in context: WeightContext) -> [WeightReading] {
        guard let (weight, shape, groups) = kernel(of: node, context),
            shape[0] > groups || groups == 1
        else { return [] }
        return [
            WeightReading(
                weight, sizes: [groups, shape[0] / groups] + shape.dropFirst(), blocks: [0],
                rows: [1], columns: Array(2...shape.count))
        ]
    }

    /// A depthwise convolution's matrices have rank one already.
    public func refusal(of value: Value, in node: Node, _ context: WeightContext) -> String? {
        guard let (weight, shape, groups) = kernel(of: node, context), weight == value,
            groups > 1, shape[0] == groups
        else { return nil }
        return "a depthwise convolution: its matrices have rank 1 already"
    }

    private func kernel(
        of node: Node, _ context: WeightContext
    ) -> (weight: Value, shape: [Int], groups: Int)? {
        guard let convolution = Convolution(node), let weight = node.value("weight"),
            let shape = context.shape(of: weight), shape.count == convolution.dimensions + 2,
            shape[0] % convolution.groups == 0
        else { return nil }
        return (weight, shape, convolution.groups)
    }

    /// Over all positions of the kernel on all examples.
    public func moments(
        of reading: WeightReading, in node: Node, values: (Value) throws -> Tensor
    ) throws -> (sum: Moments, count: Int) {
        guard let convolution = Convolution(node), let value = node.value("input") else {
            throw ProgramError(.invalid, "no convolution of known form: \(node)")
        }
        let input = try values(value)
        let kernel = Array(reading.sizes.dropFirst(3))
        let perExample = max(1, input.count / max(1, input.shape[0])) * kernel.reduce(1, *)
        return try Convolution.moments(of: input, perExample: perExample) {
            try convolution.columns(of: $0, kernel: kernel)
        }
    }

    /// `[blocks · outputs, inputs]` with the kernel's sizes for the first, of ones for the others.
    public func storage(
        of factor: MatrixShape, at place: ChainPlace, of reading: WeightReading
    ) -> FactorStorage {
        let kernel = Array(reading.sizes.dropFirst(3))
        return place.isFirst
            ? .grouped(factor, [reading.sizes[2]] + kernel)
            : .grouped(factor, [factor.columns] + kernel.map { _ in 1 })
    }
}

extension FactorStorage {
    /// The kernel of a convolution with a matrix a group, its columns of these sizes.
    static func grouped(_ factor: MatrixShape, _ columns: [Int]) -> FactorStorage {
        FactorStorage(
            [factor.blocks * factor.rows] + columns,
            sizes: [factor.blocks, factor.rows] + columns, blocks: [0], rows: [1],
            columns: Array(2..<(2 + columns.count)))
    }
}

extension Node {
    /// Makes a convolution, be it transposed, the 1×1 convolution with the same groups.
    mutating func becomePointwise(on input: Value) {
        let count =
            (Convolution(self) ?? Convolution(self, transposed: true))?.dimensions ?? 2
        self["input"] = .value(input)
        guard operation.name == "convolution" else {
            // The schema's own padding and the like of one and none stand where a part says nothing.
            operation = OperatorName("aten.conv\(count)d.default") ?? operation
            for name in ["stride", "padding", "dilation", "output_padding"] { self[name] = nil }
            return
        }
        self["stride"] = .ints(Array(repeating: 1, count: count))
        self["padding"] = .ints(Array(repeating: 0, count: count))
        self["dilation"] = .ints(Array(repeating: 1, count: count))
        self["transposed"] = .bool(false)
        self["output_padding"] = .ints(Array(repeating: 0, count: count))
    }

    /// Gives `aten.convolution` a bias, which has no default, of nothing.
    mutating func fillBias() {
        if operation.name == "convolution", self["bias"] == nil { self["bias"] = Argument.none }
    }
}
