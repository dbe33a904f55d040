import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Types found without elements equal those of a run on the CPU.
@Suite struct MetaKernelTests {
    /// The node's outputs as they are found without elements, and on the CPU.
    private func types(
        _ sizes: [Int], _ nodes: [Node], _ tensors: OrderedDictionary<String, StoredTensor>
    ) throws -> [(name: Value, found: TensorType?, computed: TensorType)] {
        let outputs = try #require(nodes.last).outputs.compactMap { $0 }
        let hand = try program(
            sizes.map(Size.fixed), tensors: tensors, dimensions: [:], nodes, results: outputs)
        var values: [Value: Tensor] = ["x": try random(sizes)]
        for (name, _) in tensors { values[Value(name)] = try hand.tensor(name) }
        for node in nodes {
            for (name, result) in try zip(node.outputs, run(node, values)) {
                if let name { values[name] = result.tensor }
            }
        }
        return try outputs.map { name in
            (name, hand.type(of: name)?.tensor, TensorType(of: try #require(values[name])))
        }
    }

    /// Calls the node's operator itself, as it stands, on the CPU.
    private func run(_ node: Node, _ values: [Value: Tensor]) throws -> [Operand] {
        let name = node.operation
        let called = try Operator(
            "\(name.library)::\(name.name)", name.overload == "default" ? "" : name.overload)
        return try called.call(
            called.argumentNames.map { argument in
                switch node[argument] {
                case .value(let value): Operand(values[value])
                case .bool(let bool): .bool(bool)
                case .int(let int): .int(int)
                case .double(let double): .double(double)
                case .list(let items):
                    .ints(items.map { item in if case .int(let int) = item { int } else { 0 } })
                case .some: .null
                case nil: .standard
                }
            })
    }

    private func expectSameTypes(
        _ sizes: [Int], _ nodes: [Node], _ tensors: OrderedDictionary<String, StoredTensor>,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        for (name, found, computed) in try types(sizes, nodes, tensors) {
            let strides = "\(name): strides \(found?.strides ?? []), not \(computed.strides)"
            #expect(found == computed, "\(strides)", sourceLocation: sourceLocation)
        }
    }

    private func stored(_ shapes: [String: [Int]]) throws -> OrderedDictionary<String, StoredTensor>
    {
        let pairs = try shapes.sorted { $0.key < $1.key }.map { name, shape in
            (name, StoredTensor(.constant, try random(shape).magnitude()))
        }
        return OrderedDictionary(uniqueKeysWithValues: pairs)
    }

    @Test(arguments: products + convolutions + normed + images + tokens + others)
    func `types are those of a run`(of each: Case) throws {
        try expectSameTypes(each.input, [each.node], stored(each.tensors))
    }

    @Test(arguments: products + convolutions + normed + images + tokens + others)
    func `types are those of a run also where the input is transposed`(of each: Case) throws {
        var sizes = each.input
        sizes.swapAt(sizes.count - 1, sizes.count - 2)
        let turn = Node(
            "aten.transpose.int", ["self": .value("x"), "dim0": .int(-2), "dim1": .int(-1)],
            outputs: ["turned"])
        let node = each.node.mapInputs { $0 == "x" ? "turned" : $0 }
        try expectSameTypes(sizes, [turn, node], stored(each.tensors))
    }

    @Test(arguments: [[2], [3, 1, 2], []], [-1, 0])
    func `selected rows have the index's length`(index: [Int], dimension: Int) throws {
        let positions = try Tensor.zeros(index, type: .int64)
        let tensors: OrderedDictionary = ["i": StoredTensor(.constant, positions)]
        let embedding = Node(
            "aten.embedding.default", ["weight": .value("x"), "indices": .value("i")],
            outputs: ["y"])
        try expectSameTypes([5, 4], [embedding], tensors)
        guard index.count < 2 else { return }
        let select = Node(
            "aten.index_select.default",
            ["self": .value("x"), "dim": .int(dimension), "index": .value("i")], outputs: ["y"])
        try expectSameTypes([5, 4], [select], tensors)
    }

    @Test(
        arguments: [[2, 3], [1], [2, 1], []], [ScalarType.float32, .float64, .int64, .float16])
    func `a choice has the broadcast shape and the common type`(shape: [Int], type: ScalarType)
        throws
    {
        let tensors: OrderedDictionary = [
            "c": StoredTensor(.constant, try .zeros([3], type: .bool)),
            "w": StoredTensor(.constant, try .zeros(shape, type: type)),
        ]
        let choice = Node(
            "aten.where.self",
            ["condition": .value("c"), "self": .value("x"), "other": .value("w")], outputs: ["y"])
        try expectSameTypes([2, 3], [choice], tensors)
        let turn = Node(
            "aten.transpose.int", ["self": .value("x"), "dim0": .int(0), "dim1": .int(1)],
            outputs: ["turned"])
        let turned = choice.mapInputs { $0 == "x" ? "turned" : $0 }
        try expectSameTypes([3, 2], [turn, turned], tensors)
    }
}
