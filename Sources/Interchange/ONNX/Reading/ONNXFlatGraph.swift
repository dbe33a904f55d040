import FileFormats
import OrderedCollections
import Programs
import Tensors

/// A graph with functions written out and nodes in order, whose names all resolve.
struct ONNXFlatGraph {
    /// A node with the version of its operator set.
    struct Item {
        var node: ONNXNode
        let opset: Int
    }

    /// The most nodes that functions may come to.
    static let mostNodes = 1_000_000

    /// What the caller passes, in order.
    let inputs: [ONNXValue]
    /// The names of the results, in order.
    let outputs: [String]
    /// Stored tensors by name.
    let initializers: OrderedDictionary<String, RawArray>
    /// The nodes, each after those whose results it reads.
    let nodes: [Item]
    /// How often a name is read.
    let uses: [String: Int]
    /// The names that are read as the second factor of a product of matrices and nowhere else.
    let factors: Set<String>
    /// The results of nodes that nobody reads.
    let unread: Set<String>

    /// Writes a model's graph out and checks it.
    ///
    /// - Throws: naming all operators that are not supported, or what does not fit.
    init(_ model: ONNXModel) throws {
        let graph = model.graph
        initializers = OrderedDictionary(
            graph.initializers.map { ($0.name, $0.array) }, uniquingKeysWith: { first, _ in first })
        let stored = initializers
        inputs = graph.inputs.filter { stored[$0.name] == nil }
        outputs = graph.outputs.map(\.name)
        let items = try ONNXFunctions(model).inlined()
        try ONNXSupport.check(items)
        let needed = try ONNXOrder(
            items, known: Set(inputs.map(\.name)).union(stored.keys), outputs: outputs
        ).items
        nodes = needed
        var uses: [String: Int] = [:]
        for name in needed.flatMap(\.node.inputs) + outputs { uses[name, default: 0] += 1 }
        self.uses = uses
        var asFactors: [String: Int] = [:]
        for node in needed.map(\.node) where node.isProductOfMatrices && node.inputs.count > 1 {
            asFactors[node.inputs[1], default: 0] += 1
        }
        factors = Set(asFactors.filter { uses[$0.key] == $0.value }.keys)
        unread = Set(needed.flatMap(\.node.outputs).filter { uses[$0] == nil })
    }

    /// The inputs with their types.
    ///
    /// - Parameter known: what free dimensions turned out to be.
    func inputTypes(_ known: [String: Size]) throws -> [(name: String, type: TensorType)] {
        var hasBatch = false
        var names = ONNXNames()
        var dimensions: [String: String] = [:]
        func size(_ size: ONNXSize, _ input: ONNXValue, _ axis: Int) -> Size {
            let key: String
            switch size {
            case .fixed(let number): return .fixed(number)
            case .named(let name): key = "named \(name)"
            case .unknown: key = "\(input.name) \(axis)"
            }
            if dimensions[key] == nil {
                let isBatch = axis == 0 && !hasBatch && size == .unknown
                hasBatch = hasBatch || isBatch
                if case .named(let name) = size {
                    dimensions[key] = names.value(name).name
                } else {
                    dimensions[key] =
                        names.value(isBatch ? "batch" : "\(input.name)_size_\(axis)").name
                }
            }
            let name = dimensions[key] ?? key
            return known[name] ?? .dimension(name)
        }
        return try inputs.map { input in
            let type = try Self.tensorType(of: input)
            let sizes = type.1.enumerated().map { size($1, input, $0) }
            guard !ONNXAssembly.isTooLarge(sizes) else {
                throw ProgramError(
                    .unsupported, "the input \(input.name.shownName) is too large for any memory")
            }
            return (input.name, TensorType(type.0, sizes))
        }
    }

    private static func tensorType(of input: ONNXValue) throws -> (ScalarType, [ONNXSize]) {
        let name = "the input \(input.name.shownName)"
        switch input.type {
        case .tensor(let element, let sizes?):
            guard let type = ScalarType(element) else {
                throw ProgramError(.unsupported, "\(name) is of \(element), which is not supported")
            }
            return (type, sizes)
        case .tensor(_, nil), nil:
            throw ProgramError(
                .unsupported,
                "\(name) does not say how many dimensions it has; state its shape in the model")
        case .other(let words):
            throw ProgramError(.unsupported, "\(name) is \(words), which is not supported")
        }
    }
}

extension ONNXNode {
    /// Whether it multiplies with a matrix `[inputs, outputs]`.
    fileprivate var isProductOfMatrices: Bool {
        switch (operation, attributes["transB"]) {
        case ("MatMul", _), ("Gemm", nil), ("Gemm", .int(0)?): true
        default: false
        }
    }
}
