public import Tensors

/// Into which two layers of fewer channels a convolution can be cut.
///
/// Each reads the kernel `[outputs, inputs, height, width]` as other matrices, so that each has ranks of its own.
public enum ConvolutionSplit: String, CaseIterable, Hashable, Sendable, Codable {
    /// The kernel to few channels, then 1×1: matrices `outputs` by `inputs · height · width` (Zhang et al., Accelerating very
    /// deep convolutional networks, 2016, section 3.1). What every layer but a convolution has, too.
    case channel
    /// `height`×1 to few channels, then 1×`width`: matrices `outputs · width` by `inputs · height` (Jaderberg, Vedaldi and
    /// Zisserman, Speeding up convolutional neural networks with low rank expansions, 2014, section 2.2).
    case spatial
    /// 1×1 to few channels, then the kernel: matrices `outputs · height · width` by `inputs`.
    case inputChannel = "input-channel"
}

/// A convolution whose kernel is read as the matrices of another split than the usual one.
struct SplitConvolutionForm: KernelForm {
    let name = "convolution"
    let split: ConvolutionSplit

    /// None: it is asked for, never found.
    func readings(of node: Node, in context: WeightContext) -> [WeightReading] { [] }

    /// Those of the usual form, the elements that are no columns here averaged out.
    func moments(
        of reading: WeightReading, in node: Node, values: (Value) throws -> Tensor
    ) throws -> (sum: Moments, count: Int) {
        let (sum, count) = try ConvolutionForm().moments(of: reading, in: node, values: values)
        guard case .full(let moments) = sum else { return (sum, count) }
        return (.full(try split.moments(moments, of: reading)), count)
    }

    /// Kernels `[blocks · outputs, inputs, …]`, of which each factor has a part.
    func storage(
        of factor: MatrixShape, at place: ChainPlace, of reading: WeightReading
    ) -> FactorStorage {
        let kernel = kernels(of: reading)[place.isFirst ? 0 : 1]
        if place.isFirst { return .grouped(factor, [reading.sizes[2]] + kernel) }
        let outputs = factor.rows / kernel.reduce(1, *)
        return FactorStorage(
            [factor.blocks * outputs, factor.columns] + kernel,
            sizes: [factor.blocks, outputs, factor.columns] + kernel, blocks: [0],
            rows: [1] + (3..<(3 + kernel.count)), columns: [2])
    }

    /// The two convolutions, each with the node's settings along the axes that its kernel moves along.
    func applying(
        _ factors: [Value], inner: [Value], in node: Node, _ reading: WeightReading
    ) -> [Node] {
        let kernel = reading.sizes.dropFirst(3)
        return node.asChain(of: factors, inner: inner) { part, index in
            if index > 0 { part["input"] = .value(inner[0]) }
            part["weight"] = .value(factors[index])
            part.keepSettings(along: axes(at: index, kernel.count))
            part.fillBias()
        }
    }

    /// Along which axes a part moves as the whole does.
    private func axes(at index: Int, _ count: Int) -> [Bool] {
        (0..<count).map { split == .spatial ? $0 == index : index == 1 }
    }

    /// The sizes of the two kernels.
    private func kernels(of reading: WeightReading) -> [[Int]] {
        let kernel = Array(reading.sizes.dropFirst(3))
        let ones = kernel.map { _ in 1 }
        guard split == .spatial else { return [ones, kernel] }
        return [[kernel[0], 1], [1, kernel[1]]]
    }
}

extension ConvolutionSplit {
    /// Whether a kernel of these sizes can be cut so, in another way than the usual.
    fileprivate func suits(_ kernel: [Int]) -> Bool {
        switch self {
        case .channel: true
        case .spatial: kernel.count == 2 && kernel.allSatisfy { $0 > 1 }
        case .inputChannel: kernel.contains { $0 > 1 }
        }
    }

    /// The axes of `[blocks, outputs, inputs, kernel…]` that are rows, and those that are columns.
    fileprivate func axes(_ kernel: [Int]) -> (rows: [Int], columns: [Int]) {
        let all = Array(3..<(3 + kernel.count))
        switch self {
        case .channel: return ([1], [2] + all)
        case .spatial: return ([1, 4], [2, 3])
        case .inputChannel: return ([1] + all, [2])
        }
    }

    /// The second moments of this split's columns, from those of all that lies under the kernel, `[blocks, n, n]`.
    ///
    /// They are means over the places in the kernel that are rows here. What the places have in common is not in them.
    ///
    /// - Parameter reading: how the weight is read, by whatever split.
    public func moments(_ moments: Tensor, of reading: WeightReading) throws -> Tensor {
        guard self != .channel else { return moments }
        let sizes = Array(reading.sizes.dropFirst(2))
        let places = self == .spatial ? [2] : Array(1..<sizes.count)
        let columns = sizes.indices.filter { !places.contains($0) }.reduce(1) { $0 * sizes[$1] }
        var parts = [try moments.reshaped(to: moments.shape.prefix(1) + sizes + sizes)]
        for place in places {
            parts = try parts.flatMap { part in
                try (0..<sizes[place]).map { index in
                    try part.sliced(index..<(index + 1), along: 1 + place)
                        .sliced(index..<(index + 1), along: 1 + sizes.count + place)
                }
            }
        }
        let matrices = try parts.map { try $0.reshaped(to: [moments.shape[0], columns, columns]) }
        return try matrices.dropFirst().reduce(matrices[0]) { try $0 + $1 }
            * (1 / Double(matrices.count))
    }
}

extension WeightSite {
    /// The splits that it can be cut by; the usual one alone for all but convolutions with large kernels.
    public var splits: [ConvolutionSplit] {
        let reading = uses[0].reading
        guard form is ConvolutionForm || form is SplitConvolutionForm, uses.count == 1, part == nil,
            reading.value.name == parameter, !uses[0].isTransposed
        else { return [.channel] }
        return ConvolutionSplit.allCases.filter { $0.suits(Array(reading.sizes.dropFirst(3))) }
    }

    /// The split by which it is read.
    public var split: ConvolutionSplit { (form as? SplitConvolutionForm)?.split ?? .channel }

    /// The same weight, read as the matrices of another split.
    ///
    /// - Throws: where it cannot be cut so.
    public func cut(by split: ConvolutionSplit) throws -> WeightSite {
        guard split != self.split else { return self }
        guard splits.contains(split) else {
            throw ProgramError(
                .unsupported, "\(name) cannot be cut by the split \(split.rawValue)")
        }
        let use = uses[0]
        let axes = split.axes(Array(use.reading.sizes.dropFirst(3)))
        let reading = WeightReading(
            use.reading.value, sizes: use.reading.sizes, blocks: use.reading.blocks,
            rows: axes.rows, columns: axes.columns)
        let form: any WeightForm =
            split == .channel ? ConvolutionForm() : SplitConvolutionForm(split: split)
        return WeightSite(
            parameter, shape: shape,
            layout: MatrixLayout(
                sizes: reading.sizes, blocks: reading.blocks, rows: reading.rows,
                columns: reading.columns),
            uses: [
                WeightUse(
                    node: use.node, form: form, reading: reading, isTransposed: false,
                    elements: use.elements)
            ])
    }
}

extension Node {
    /// Keeps a convolution's settings along some axes, and takes those that do nothing along the others.
    fileprivate mutating func keepSettings(along axes: [Bool]) {
        for (name, neutral) in [("stride", 1), ("padding", 0), ("dilation", 1)] {
            guard let given = self[name]?.numbers else { continue }
            let all = given.count == 1 ? axes.map { _ in given[0] } : given
            self[name] = .ints(zip(all, axes).map { $1 ? $0 : neutral })
        }
    }
}
