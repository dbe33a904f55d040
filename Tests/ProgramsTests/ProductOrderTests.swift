import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct ProductOrderTests {
    private static let shapes = [[8, 8], [8, 8], [8, 8]]

    private func node(_ operation: OperatorName, _ a: String, _ b: String, _ output: String) -> Node
    {
        let names = operation.name == "linear" ? ("input", "weight") : ("self", "other")
        return Node(
            operation, [names.0: .value(Value(a)), names.1: .value(Value(b))],
            outputs: [Value(output)])
    }

    /// `linear(x, w)` with w a product of factors `f0`, `f1` and so on, f0 next to the input.
    private func composed(_ shapes: [[Int]], fromTheInput: Bool = true) throws -> Program {
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        for (index, shape) in shapes.enumerated() {
            let factor = try random(shape, seed: UInt64(index + 1))
            tensors["f\(index)"] = StoredTensor(.parameter, factor)
        }
        var products: [Node] = []
        let last = shapes.count - 1
        var value = fromTheInput ? "f0" : "f\(last)"
        for index in 1...last {
            let next = index == last ? "w" : "product_\(index)"
            products.append(
                fromTheInput
                    ? node("aten.matmul.default", "f\(index)", value, next)
                    : node("aten.matmul.default", value, "f\(last - index)", next))
            value = next
        }
        return try program(
            [.dimension("batch"), .fixed(shapes[0][1])], tensors: tensors,
            products + [node("aten.linear.default", "x", "w", "y")], results: ["y"])
    }

    @Test(
        arguments: [shapes, [[4, 9], [6, 4]], [[3, 9], [5, 3], [2, 5], [7, 2]]], [true, false])
    func `both orders give the same outputs and gradients`(shapes: [[Int]], fromTheInput: Bool)
        throws
    {
        let weights = try composed(shapes, fromTheInput: fromTheInput)
        let activations = try ProductOrder(batch: 1).apply(to: weights).program
        #expect(activations.operatorNames == Array(repeating: "linear", count: shapes.count))
        #expect(activations.parameterNames == weights.parameterNames)
        let x = try random([5, shapes[0][1]], seed: 9)
        func run(_ program: Program) throws -> [Tensor?] {
            try program.outputAndGradients(for: x, of: program.parameterNames)
        }
        for (found, expected) in try zip(run(activations), run(weights)) {
            try expectClose(found, #require(expected), within: 1e-5)
        }
    }

    @Test(arguments: [(7, 3), (8, 1), (9, 1)])
    func `the cheaper order is chosen by the batch`(batch: Int, linears: Int) throws {
        // Three 8x8 factors: 2 products of 512 and 64 an example, or 3 times 64 an example.
        let rewritten = try ProductOrder(batch: batch).apply(to: composed(Self.shapes)).program
        #expect(rewritten.operatorNames.count { $0 == "linear" } == linears)
        #expect(rewritten.operatorNames.contains("matmul") == (linears == 1))
    }

    @Test func `small factors are multiplied and applied as one where that is cheapest`() throws {
        // One by one 1,120 an example; the two small ones as one 200 and 1,020 an example; all as
        // one 200 + 2,000 and 200 an example.
        let shapes = [[10, 100], [10, 10], [2, 10]]
        for fromTheInput in [true, false] {
            let source = try composed(shapes, fromTheInput: fromTheInput)
            func names(_ batch: Int) throws -> [String] {
                try ProductOrder(batch: batch).apply(to: source).program.operatorNames
            }
            #expect(try names(1) == ["linear", "linear", "linear"])
            #expect(try names(2) == ["matmul", "linear", "linear"])
            #expect(try names(3) == ["matmul", "matmul", "linear"])
        }
    }

    @Test func `the rewritten text names the values in between`() throws {
        let rewritten = try ProductOrder(batch: 1).apply(to: composed(Self.shapes))
        #expect(
            rewritten.program.nodes.map(\.description) == [
                "y_inner = aten.linear.default(input: x, weight: f0)",
                "y_inner_1 = aten.linear.default(input: y_inner, weight: f1)",
                "y = aten.linear.default(input: y_inner_1, weight: f2)",
            ])
        #expect(rewritten.program.type(of: "y_inner_1")?.description == "float32 [batch, 8]")
        #expect(rewritten.changes.map(\.kind) == [.kept, .kept, .kept])
        try rewritten.program.validate()
    }

    @Test func `a bias stays with the last factor`() throws {
        var source = try composed(Self.shapes)
        source.tensors["b"] = StoredTensor(.parameter, try random([8]))
        source.nodes[2]["bias"] = .value("b")
        let rewritten = try ProductOrder(batch: 1).apply(to: source).program
        #expect(rewritten.nodes.map { $0.value("bias") } == [nil, nil, "b"])
        let x = try random([3, 8], seed: 5)
        try expectClose(Runner(rewritten)(x), Runner(source)(x), within: 1e-5)
    }

    @Test func `a product that is read elsewhere stays`() throws {
        let source = try composed(Self.shapes)
        var shared = source
        shared.nodes.append(node("aten.linear.default", "y", "w", "z"))
        shared.outputs = [.result("z")]
        shared = try shared.propagated()
        var returned = source
        returned.outputs.append(.result("w"))
        var inside = source
        inside.outputs.append(.result("product_1"))
        for program in [shared, returned, inside] {
            let rewritten = try ProductOrder(batch: 1).apply(to: program).program
            #expect(rewritten.nodes == program.nodes)
        }
    }

    @Test func `an ordinary layer stays`() throws {
        let source = try Program(input: [3]) { $0.linear("a", outputs: 2).relu() }
        #expect(
            try ProductOrder(batch: 1).apply(to: source).program.description == source.description)
    }
}
