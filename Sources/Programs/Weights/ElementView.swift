import Tensors

/// Which elements of a stored tensor a value is, where it is the tensor rearranged: transposed, reshaped, cut.
struct ElementView: Hashable, Sendable {
    /// For each dimension the axes of the tensor that it runs over, the outermost first.
    private(set) var dimensions: [[MatrixLayout.Axis]]
    /// The position of the first element.
    private(set) var offset = 0

    /// All of a tensor in row-major order.
    init(of shape: [Int]) {
        var stride = 1
        var dimensions: [[MatrixLayout.Axis]] = []
        for size in shape.reversed() {
            dimensions.append([MatrixLayout.Axis(size: size, stride: stride)])
            stride = stride.multipliedReportingOverflow(by: max(size, 1)).partialValue
        }
        self.dimensions = dimensions.reversed()
    }

    /// The same elements in the same order with other dimensions; nil where those do not fit the axes.
    func reshaped(to shape: [Int]) -> ElementView? {
        var pending = Array(MatrixLayout.merged(dimensions.flatMap { $0 }).reversed())
        var result = self
        result.dimensions = []
        for size in shape {
            var (needed, taken) = (size, [MatrixLayout.Axis]())
            while needed > 1 {
                guard let axis = pending.popLast() else { return nil }
                if needed % axis.size == 0 {
                    taken.append(axis)
                    needed /= axis.size
                } else if axis.size % needed == 0 {
                    let inner = axis.size / needed
                    taken.append(MatrixLayout.Axis(size: needed, stride: axis.stride * inner))
                    pending.append(MatrixLayout.Axis(size: inner, stride: axis.stride))
                    needed = 1
                } else {
                    return nil
                }
            }
            result.dimensions.append(taken)
        }
        return pending.isEmpty ? result : nil
    }

    /// What a node makes of the elements; nil where it does more than rearrange.
    ///
    /// - Parameters:
    ///   - node: a node that reads the value alone.
    ///   - index: which of its results.
    ///   - shapes: the results' shapes.
    func rearranged(by node: Node, result index: Int, shapes: [[Int]]) -> ElementView? {
        guard node.operation.library == "aten", shapes.indices.contains(index) else { return nil }
        let rank = dimensions.count
        func axis(_ name: String, _ standard: Int = 0) -> Int? {
            guard case .int(let number) = node[name] ?? .int(standard) else { return nil }
            let position = number < 0 ? number + rank : number
            return dimensions.indices.contains(position) ? position : nil
        }
        switch node.operation.name {
        case "t", "numpy_T": return permuted(Array((0..<rank).reversed()))
        case "mT", "transpose":
            guard let first = axis("dim0", -2), let second = axis("dim1", -1) else { return nil }
            var order = Array(0..<rank)
            order.swapAt(first, second)
            return permuted(order)
        case "permute":
            let order = node["dims"]?.numbers?.map { $0 < 0 ? $0 + rank : $0 }
            return order.flatMap { $0.sorted() == Array(0..<rank) ? permuted($0) : nil }
        case "view", "reshape", "_unsafe_view", "flatten", "unflatten", "squeeze", "unsqueeze",
            "alias", "detach", "clone", "contiguous":
            return reshaped(to: shapes[index])
        case "slice":
            guard node["step"] ?? .int(1) == .int(1) else { return nil }
            return axis("dim").flatMap { cut($0, from: node["start"] ?? .int(0), shapes[index]) }
        case "narrow":
            return axis("dim").flatMap { cut($0, from: node["start"] ?? .none, shapes[index]) }
        case "select":
            return axis("dim").flatMap { along in
                var kept = shapes[index]
                kept.insert(1, at: min(along, kept.count))
                return cut(along, from: node["index"] ?? .none, kept)?.reshaped(to: shapes[index])
            }
        case "split", "split_with_sizes", "chunk":
            return axis("dim").flatMap { along in
                let before = shapes.prefix(index).reduce(0) { $0 + $1[along] }
                return cut(along, from: .int(before), shapes[index])
            }
        case "unbind":
            return axis("dim").flatMap { along in
                var kept = shapes[index]
                kept.insert(1, at: min(along, kept.count))
                return cut(along, from: .int(index), kept)?.reshaped(to: shapes[index])
            }
        default: return nil
        }
    }

    private func permuted(_ order: [Int]) -> ElementView {
        var result = self
        result.dimensions = order.map { dimensions[$0] }
        return result
    }

    /// Some neighbours along a dimension.
    private func cut(_ along: Int, from start: Argument, _ shape: [Int]) -> ElementView? {
        let axes = MatrixLayout.merged(dimensions[along])
        guard dimensions.indices.contains(along), shape.indices.contains(along), axes.count <= 1
        else { return nil }
        let size = axes.first?.size ?? 1
        var first: Int
        switch start {
        case .int(let number): first = number < 0 ? number + size : number
        case .none: first = 0
        default: return nil
        }
        first = min(max(first, 0), size)
        guard shape[along] <= size - first else { return nil }
        var result = self
        let stride = axes.first?.stride ?? 1
        result.dimensions[along] = [MatrixLayout.Axis(size: shape[along], stride: stride)]
        result.offset += first * stride
        return result
    }
}

extension Argument {
    /// The numbers of a list of numbers, or the one number that it is; nil for all else.
    var numbers: [Int]? {
        switch self {
        case .int(let number): [number]
        case .list(let items):
            items.reduce([]) { found, item in
                guard let found, case .int(let number) = item else { return nil }
                return found + [number]
            }
        default: nil
        }
    }
}
