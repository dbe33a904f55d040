/// Counts the multiply-accumulates of one node of the library `aten`.
struct NodeCost {
    private let program: Program
    private let node: Node
    private let dimensions: [String: Int]

    init(_ program: Program, _ node: Node, _ dimensions: [String: Int]) {
        self.program = program
        self.node = node
        self.dimensions = dimensions
    }

    /// The count; 0 for operators that are not counted, nil where a size is not known.
    var macs: Int? {
        switch node.operation.name {
        case "linear": perResult(times: "weight")
        case "matmul", "mm", "bmm", "mv", "dot", "vdot", "inner": perResult(times: "self")
        case "addmm": perResult(times: "mat1")
        case "addmv": perResult(times: "mat")
        case "baddbmm": perResult(times: "batch1")
        case "addbmm": elements(of: "batch1").times(sizes("batch2")?.last ?? nil)
        case "einsum": einsum
        case "conv1d", "conv2d", "conv3d": convolution
        case "convolution", "_convolution":
            node["transposed"] == .bool(true) ? transposedConvolution : convolution
        case "conv_transpose1d", "conv_transpose2d", "conv_transpose3d": transposedConvolution
        case "lstm", "gru", "rnn_tanh", "rnn_relu": recurrent
        case "scaled_dot_product_attention", "_scaled_dot_product_attention_math",
            "_scaled_dot_product_flash_attention", "_scaled_dot_product_efficient_attention",
            "_scaled_dot_product_flash_attention_for_cpu", "_scaled_dot_product_cudnn_attention",
            "_scaled_dot_product_fused_attention_overrideable":
            attention
        case "_native_multi_head_attention": multiHeadAttention
        default: 0
        }
    }

    // MARK: Layers

    /// Result elements times the size of an argument that is summed over for each.
    private func perResult(times argument: String) -> Int? {
        guard let sizes = sizes(argument), let last = sizes.last else { return nil }
        return result.times(last)
    }

    /// Every result element sums over the kernel's inputs.
    private var convolution: Int? {
        guard let kernel = sizes("weight"), kernel.count > 1 else { return nil }
        return Self.product([result] + kernel.dropFirst())
    }

    /// Every input element spreads over the kernel's outputs.
    private var transposedConvolution: Int? {
        guard let kernel = sizes("weight"), kernel.count > 1 else { return nil }
        return Self.product([elements(of: "input")] + kernel.dropFirst())
    }

    /// Queries times keys, and the result of that times values.
    private var attention: Int? {
        guard let keys = sizes("key"), keys.count >= 2 else { return nil }
        let tokens = keys[keys.count - 2]
        return Self.sum([elements(of: "query").times(tokens), result.times(tokens)])
    }

    /// The four projections and attention's two products.
    private var multiHeadAttention: Int? {
        guard let keys = sizes("key"), keys.count == 3, let width = keys[2] else { return nil }
        let (queries, memory) = (elements(of: "query"), elements(of: "key"))
        let products = queries.times(keys[1])
        return Self.sum([
            queries.times(width), memory.times(width), elements(of: "value").times(width), products,
            products, queries.times(width),
        ])
    }

    /// Every weight once for every time and example.
    private var recurrent: Int? {
        guard let call = RecurrentCall(node), let input = sizes("input"), input.count == 3 else {
            return nil
        }
        let weights = call.parameters.map { value -> Int? in
            guard let type = program.type(of: value)?.tensor else { return nil }
            return type.sizes.count > 1 ? program.elements(of: value, at: dimensions) : 0
        }
        return Self.product([input[0], input[1], Self.sum(weights)])
    }

    // MARK: Einsum

    /// From left to right, as libtorch contracts: each step takes the product of the sizes of all letters in it.
    private var einsum: Int? {
        guard case .string(let text) = node["equation"], let equation = EinsumEquation(text),
            let tensors = node["tensors"]?.values, tensors.count == equation.operands.count
        else { return nil }
        var sizes: [String: Int] = [:]
        for (letters, tensor) in zip(equation.operands, tensors) {
            guard let given = program.type(of: tensor)?.tensor?.sizes else { return nil }
            let known = given.compactMap { $0.evaluated(at: dimensions) }
            guard known.count == given.count else { return nil }
            let hidden = known.count - letters.count { $0 != EinsumEquation.ellipsis }
            var rest = known[...]
            guard hidden >= 0 else { return nil }
            for letter in letters {
                let taken = rest.prefix(letter == EinsumEquation.ellipsis ? hidden : 1)
                rest = rest.dropFirst(taken.count)
                // A size of one is repeated to fit another.
                let size = Self.product(Array(taken)) ?? Int.max
                sizes[letter] = max(sizes[letter] ?? 1, size)
            }
        }
        var total: Int? = 0
        var held = Set(equation.operands.first ?? [])
        for index in equation.operands.indices.dropFirst() {
            let step = held.union(equation.operands[index])
            total = Self.sum([total, Self.product(step.map { sizes[$0] })])
            let later = Set(
                equation.operands.dropFirst(index + 1).flatMap { $0 } + equation.result)
            held = step.intersection(later)
        }
        return total
    }

    // MARK: Sizes

    private var result: Int? { program.elements(of: node.output, at: dimensions) }

    private func elements(of argument: String) -> Int? {
        program.elements(of: node.value(argument), at: dimensions)
    }

    private func sizes(_ argument: String) -> [Int?]? {
        node.value(argument).flatMap { program.type(of: $0)?.tensor }?
            .sizes.map { $0.evaluated(at: dimensions) }
    }

    /// The product; nil where a number is not known or it is too large.
    static func product(_ numbers: [Int?]) -> Int? {
        numbers.reduce(1) { $0.times($1) }
    }

    /// The sum; nil where a number is not known or it is too large.
    static func sum(_ numbers: [Int?]) -> Int? {
        numbers.reduce(0) { sum, number in
            guard let sum, let number else { return nil }
            let (next, overflow) = sum.addingReportingOverflow(number)
            return overflow ? nil : next
        }
    }
}

extension Int? {
    /// The product of two numbers; nil where one is not known or it is too large.
    fileprivate func times(_ other: Int?) -> Int? {
        guard let self, let other else { return nil }
        let (product, overflow) = self.multipliedReportingOverflow(by: other)
        return overflow ? nil : product
    }
}
