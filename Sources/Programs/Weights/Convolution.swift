import Tensors

/// The settings of a convolution node.
struct Convolution {
    /// The dimensions that the kernel moves along.
    let dimensions: Int
    /// How many parts the channels fall into.
    let groups: Int
    let stride: [Int]
    let dilation: [Int]
    /// Zeros on each side, for each dimension; nil where they follow from the kernel (`same`).
    let padding: [Int]?
    /// What a transposed convolution appends to its result.
    let outputPadding: [Int]

    /// Reads a node's settings; nil where it is no convolution, or of unknown form.
    ///
    /// - Parameter transposed: which of the two sorts to read.
    init?(_ node: Node, transposed: Bool = false) {
        guard let count = Self.dimensions(of: node, transposed) else { return nil }
        dimensions = count
        func numbers(_ name: String, _ standard: Int) -> [Int]? {
            guard let argument = node[name] else { return Array(repeating: standard, count: count) }
            guard let given = argument.numbers else { return nil }
            let all = given.count == 1 ? Array(repeating: given[0], count: count) : given
            return all.count == count ? all : nil
        }
        guard let stride = numbers("stride", 1), let dilation = numbers("dilation", 1),
            let outputPadding = numbers("output_padding", 0)
        else { return nil }
        self.stride = stride
        self.dilation = dilation
        self.outputPadding = outputPadding
        switch node["padding"] {
        case .string("same"): padding = nil
        case .string("valid"): padding = Array(repeating: 0, count: count)
        default:
            guard let given = numbers("padding", 0) else { return nil }
            padding = given
        }
        switch node["groups"] {
        case nil: groups = 1
        case .int(let number): groups = number
        default: return nil
        }
        guard groups > 0 else { return nil }
    }

    private static func dimensions(of node: Node, _ transposed: Bool) -> Int? {
        guard node.operation.library == "aten" else { return nil }
        switch (node.operation.name, node.operation.overload) {
        case ("convolution", "default"):
            return node["transposed"] == .bool(transposed) ? node["stride"]?.numbers?.count : nil
        case ("conv1d", "default"), ("conv1d", "padding"): return transposed ? nil : 1
        case ("conv2d", "default"), ("conv2d", "padding"): return transposed ? nil : 2
        case ("conv3d", "default"), ("conv3d", "padding"): return transposed ? nil : 3
        case ("conv_transpose1d", "default"): return transposed ? 1 : nil
        case ("conv_transpose2d", "input"): return transposed ? 2 : nil
        case ("conv_transpose3d", "input"): return transposed ? 3 : nil
        default: return nil
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
        return try columns(of: padded(input, zeros), kernel: kernel, stride: stride)
    }

    /// For each position of a transposed convolution's result what the kernel spreads to it, zero where nothing:
    /// `[groups, positions, channels / groups · kernel]`.
    func spreadColumns(of input: Tensor, kernel: [Int]) throws -> Tensor {
        var spaced = input
        for axis in 0..<dimensions where stride[axis] > 1 {
            let size = spaced.shape[axis + 2]
            var shape = spaced.shape
            shape[axis + 2] = size * stride[axis]
            let after = [Int](repeating: 0, count: 2 * (dimensions - 1 - axis))
            spaced = try spaced.unsqueezed(at: axis + 3)
                .paddedWithZeros(after + [0, stride[axis] - 1]).reshaped(to: shape)
                .sliced(0..<((size - 1) * stride[axis] + 1), along: axis + 2)
        }
        let zeros = (0..<dimensions).reversed().flatMap { axis -> [Int] in
            let margin = dilation[axis] * (kernel[axis] - 1) - (padding?[axis] ?? 0)
            return [margin, margin + outputPadding[axis]]
        }
        // The kernel meets the input backwards.
        return try columns(
            of: padded(spaced, zeros), kernel: kernel,
            stride: Array(repeating: 1, count: dimensions), backwards: true)
    }

    private func padded(_ input: Tensor, _ zeros: [Int]) throws -> Tensor {
        zeros.contains { $0 != 0 } ? try input.paddedWithZeros(zeros) : input
    }

    private func columns(
        of input: Tensor, kernel: [Int], stride: [Int], backwards: Bool = false
    ) throws -> Tensor {
        var windows = input
        for axis in 0..<dimensions {
            let extent = dilation[axis] * (kernel[axis] - 1) + 1
            windows = try windows.unfolded(along: axis + 2, size: extent, step: stride[axis])
            guard dilation[axis] > 1 else { continue }
            windows = try windows.sliced(0..<extent, along: -1, step: dilation[axis])
        }
        if backwards {
            windows = try windows.flipped(along: Array((2 + dimensions)..<windows.rank))
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

    /// How many elements of input columns are held at once.
    ///
    /// Within so many their products are summed in single precision, which takes a third of the time, and beyond in double.
    private static let columnsAtOnce = 4 << 20

    /// The second moments of columns, a few examples at a time.
    ///
    /// - Parameters:
    ///   - perExample: the elements of one example's columns, about.
    ///   - columns: `[groups, positions, columns]` of some examples.
    static func moments(
        of input: Tensor, perExample: Int, _ columns: (Tensor) throws -> Tensor
    ) throws -> (sum: Moments, count: Int) {
        let chunk = max(1, columnsAtOnce / max(1, perExample))
        var sum: Tensor?
        var count = 0
        for start in Swift.stride(from: 0, to: input.shape[0], by: chunk) {
            let part = try input.sliced(start..<min(start + chunk, input.shape[0]))
            let found = try columns(part)
            let product = try matmul(found.transposed(), found).converted(to: .float64)
            sum = try sum.map { try $0 + product } ?? product
            count += found.shape[1]
        }
        guard let sum else {
            throw ProgramError(.input, "no examples were given to take moments of")
        }
        return (.full(sum), count)
    }
}
