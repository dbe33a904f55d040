public import Tensors

/// Convolution in one to three dimensions, grouped too: the kernel `[outputs, inputs / groups, sizes…]` is
/// one matrix a group, from the elements under the kernel to the group's outputs.
///
/// A chain is the k×k convolution to fewer channels, with the stride, padding and dilation, and then 1×1
/// convolutions with the same groups, the bias with the last (Zhang et al., Accelerating very deep
/// convolutional networks, 2016, section 3.1).
public struct ConvolutionForm: WeightForm {
    /// `convolution`.
    public let name = "convolution"

    /// How many elements of input columns are held at once.
    ///
    /// Within so many their products are summed in single precision, which takes a third of the time, and beyond in double.
    private static let columnsAtOnce = 4 << 20

    /// Makes the form.
    public init() {}

    /// The weight of a convolution that is not transposed.
    public func weight(of node: Node) -> Value? {
        Convolution(node) == nil ? nil : node.value("weight")
    }

    /// The input of a convolution.
    public func input(of node: Node) -> Value? { node.value("input") }

    /// One matrix a group; nil for a depthwise convolution, whose matrices have one row and one channel.
    public func matrices(in node: Node, shape: [Int]) -> MatrixShape? {
        guard let convolution = Convolution(node), shape.count == convolution.dimensions + 2,
            convolution.groups > 0, shape[0] % convolution.groups == 0,
            !(convolution.groups > 1 && shape[1] == 1)
        else { return nil }
        return MatrixShape(
            blocks: convolution.groups, rows: shape[0] / convolution.groups,
            columns: shape.dropFirst().reduce(1, *))
    }

    /// The kernel with all but its outputs joined.
    public func matrices(of weight: Tensor, blocks: Int) throws -> Tensor {
        let columns = weight.shape.dropFirst().reduce(1, *)
        return try weight.reshaped(to: [blocks, weight.shape[0] / blocks, columns])
    }

    /// Over all positions of the kernel on all examples.
    public func moments(
        of input: Tensor, in node: Node, shape: [Int]
    ) throws -> (sum: Moments, count: Int) {
        guard let convolution = Convolution(node), let matrices = matrices(in: node, shape: shape)
        else { throw ProgramError(.invalid, "no convolution of known form: \(node)") }
        let kernel = Array(shape.dropFirst(2))
        let perExample = max(1, input.count / max(1, input.shape[0])) * kernel.reduce(1, *)
        let chunk = max(1, Self.columnsAtOnce / perExample)
        var sum = try Tensor.zeros(
            [matrices.blocks, matrices.columns, matrices.columns], type: .float64)
        var count = 0
        for start in stride(from: 0, to: input.shape[0], by: chunk) {
            let part = try input.sliced(start..<min(start + chunk, input.shape[0]))
            // [groups, positions, columns]
            let columns = try convolution.columns(of: part, kernel: kernel)
            sum = try sum + matmul(columns.transposed(), columns).converted(to: .float64)
            count += columns.shape[1]
        }
        return (.full(sum), count)
    }

    /// `[blocks · outputs, inputs]` with the kernel's sizes for the first, of ones for the others.
    public func factorShape(
        _ index: Int, blocks: Int, outputs: Int, inputs: Int, weight shape: [Int]
    ) -> [Int] {
        let kernel = Array(shape.dropFirst(2))
        return index == 0
            ? [blocks * outputs, shape[1]] + kernel
            : [blocks * outputs, inputs] + kernel.map { _ in 1 }
    }

    /// For 1×1 kernels alone; with larger ones they put them on the output side.
    public func hasSquaresOnInputs(_ shape: [Int]) -> Bool {
        shape.dropFirst(2).allSatisfy { $0 == 1 }
    }

    /// The convolution, then 1×1 convolutions.
    public func applying(_ factors: [Value], inner: [Value], in node: Node) -> [Node] {
        node.asChain(of: factors, inner: inner) { part, index in
            part["weight"] = .value(factors[index])
            // This operator has no default for it.
            if part.operation.name == "convolution", part["bias"] == nil {
                part["bias"] = Argument.none
            }
            guard index > 0 else { return }
            part["input"] = .value(inner[index - 1])
            // The schema's own padding and the like of one and none stand where a part says nothing.
            if part.operation.name == "convolution" {
                let dimensions = Convolution(node)?.dimensions ?? 2
                part["stride"] = .ints(Array(repeating: 1, count: dimensions))
                part["padding"] = .ints(Array(repeating: 0, count: dimensions))
                part["dilation"] = .ints(Array(repeating: 1, count: dimensions))
            } else {
                part.operation =
                    OperatorName("aten.\(part.operation.name).default") ?? part.operation
                for name in ["stride", "padding", "dilation"] { part[name] = nil }
            }
        }
    }
}

/// The settings of a convolution node.
struct Convolution {
    /// The dimensions that the kernel moves along.
    let dimensions: Int
    /// How many parts the channels fall into.
    let groups: Int
    private let stride: [Int]
    private let dilation: [Int]
    /// Zeros on each side, for each dimension; nil where they follow from the kernel (`same`).
    private let padding: [Int]?

    /// Reads a node's settings; nil where it is no convolution, a transposed one, or of unknown form.
    init?(_ node: Node) {
        guard node.operation.library == "aten" else { return nil }
        let count: Int
        switch (node.operation.name, node.operation.overload) {
        case ("conv1d", "default"), ("conv1d", "padding"): count = 1
        case ("conv2d", "default"), ("conv2d", "padding"): count = 2
        case ("conv3d", "default"), ("conv3d", "padding"): count = 3
        case ("convolution", "default"):
            guard node["transposed"] == .bool(false), let stride = Self.numbers(node["stride"])
            else { return nil }
            count = stride.count
        default: return nil
        }
        dimensions = count
        func numbers(_ name: String, _ standard: Int) -> [Int]? {
            guard let argument = node[name] else { return Array(repeating: standard, count: count) }
            guard let given = Self.numbers(argument) else { return nil }
            return given.count == 1 ? Array(repeating: given[0], count: count) : given
        }
        guard let stride = numbers("stride", 1), let dilation = numbers("dilation", 1),
            stride.count == count, dilation.count == count
        else { return nil }
        self.stride = stride
        self.dilation = dilation
        switch node["padding"] {
        case .string("same"): padding = nil
        case .string("valid"): padding = Array(repeating: 0, count: count)
        default:
            guard let given = numbers("padding", 0), given.count == count else { return nil }
            padding = given
        }
        switch node["groups"] {
        case nil: groups = 1
        case .int(let number): groups = number
        default: return nil
        }
    }

    private static func numbers(_ argument: Argument?) -> [Int]? {
        switch argument {
        case .int(let number): [number]
        case .list(let items):
            items.reduce([]) { found, item in
                guard let found, case .int(let number) = item else { return nil }
                return found + [number]
            }
        default: nil
        }
    }

    /// What lies under the kernel at each of its positions: `[groups, positions, channels / groups · kernel]`.
    func columns(of input: Tensor, kernel: [Int]) throws -> Tensor {
        // Padding is given from the last dimension to the first, before and after.
        let zeros = zip(kernel, dilation).enumerated().reversed().flatMap { axis, size -> [Int] in
            if let padding { return [padding[axis], padding[axis]] }
            let all = size.1 * (size.0 - 1)
            return [all / 2, all - all / 2]
        }
        var windows =
            zeros.contains { $0 != 0 }
            ? try input.paddedWithZeros(zeros) : input
        for axis in 0..<dimensions {
            let extent = dilation[axis] * (kernel[axis] - 1) + 1
            windows = try windows.unfolded(along: axis + 2, size: extent, step: stride[axis])
            guard dilation[axis] > 1 else { continue }
            windows = try windows.sliced(0..<extent, along: -1, step: dilation[axis])
        }
        // [batch, channels, positions…, kernel…] to [groups, batch, positions…, channels / groups, kernel…]
        let (batch, channels) = (windows.shape[0], windows.shape[1])
        let places = Array(windows.shape[2..<(2 + dimensions)])
        let grouped = try windows.reshaped(
            to: [batch, groups, channels / groups] + windows.shape.dropFirst(2))
        let order = [1, 0] + (3..<(3 + dimensions)) + [2] + ((3 + dimensions)..<grouped.rank)
        return try grouped.permuted(order).reshaped(
            to: [groups, batch * places.reduce(1, *), channels / groups * kernel.reduce(1, *)])
    }
}
