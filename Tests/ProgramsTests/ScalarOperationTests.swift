import FileFormats
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct ScalarOperationTests {
    /// What a Program computes from the size of its input.
    private func result(
        _ operation: ScalarOperation, _ a: Argument, _ b: Argument? = nil, size: Int = 7
    ) throws -> Tensor {
        var node = Node(operation.operatorName, ["a": a], outputs: ["y"])
        node["b"] = b
        let size = try Tensor.full([size], 0)
        let program = Program(
            inputs: ["x"],
            nodes: [
                Node(
                    "aten.sym_size.int", ["self": .value("x"), "dim": .int(0)], outputs: ["n"]),
                node,
            ], outputs: [.result("y")], tensors: [:],
            types: ["x": .tensor(TensorType(.float32, [.dimension("n")]))],
            dimensions: ["n": 0...Int.max])
        return try Runner(program)(size)
    }

    @Test(arguments: [
        (ScalarOperation.add, 2, 9), (.sub, 9, -2), (.mul, -3, -21), (.floordiv, 2, 3),
        (.floordiv, -2, -4), (.mod, 4, 3), (.mod, -4, -1), (.pow, 2, 49), (.max, 9, 9),
        (.min, 9, 7),
    ])
    func `whole numbers behave as Python's`(operation: ScalarOperation, b: Int, expected: Int)
        throws
    {
        let found = try result(operation, .value("n"), .int(b))
        #expect(found.scalarType == .int64)
        #expect(try found.elements(Int.self) == [expected])
    }

    @Test(arguments: [
        (ScalarOperation.truediv, 2, 3.5), (.floordiv, 2, 3), (.mod, 2.5, 2),
        (.pow, 0.5, 2.6457513),
    ])
    func `broken numbers behave as Python's`(
        operation: ScalarOperation, b: Double, expected: Double
    ) throws {
        let found = try result(operation, .value("n"), .double(b))
        #expect(found.scalarType == .float64)
        #expect(abs(try found.item() - expected) < 1e-6)
    }

    @Test(arguments: [
        (ScalarOperation.eq, 7, true), (.ne, 7, false), (.lt, 7, false), (.le, 7, true),
        (.gt, 6, true), (.ge, 8, false), (.and, 0, false), (.or, 0, true),
    ])
    func `comparisons give truth values`(operation: ScalarOperation, b: Int, expected: Bool) throws
    {
        let found = try result(operation, .value("n"), .int(b))
        #expect(found.scalarType == .bool)
        #expect(try found.elements(Bool.self) == [expected])
    }

    @Test func `neighbours beyond what a double can tell are told apart`() throws {
        let found = try result(.lt, .int(Int.max - 1), .int(Int.max))
        #expect(try found.elements(Bool.self) == [true])
    }

    @Test(arguments: [
        (ScalarOperation.neg, -7), (.ceil, 7), (.floor, 7), (.toInt, 7), (.round, 7), (.trunc, 7),
    ])
    func `operations of one number`(operation: ScalarOperation, expected: Int) throws {
        #expect(try result(operation, .value("n")).elements(Int.self) == [expected])
    }

    @Test(arguments: [
        (ScalarOperation.ceil, 3), (.floor, 2), (.toInt, 2), (.round, 2), (.trunc, 2),
    ])
    func `rounding goes where its name says, halves to even`(
        operation: ScalarOperation, expected: Int
    ) throws {
        #expect(try result(operation, .double(2.5)).elements(Int.self) == [expected])
    }

    @Test(arguments: [
        (ScalarOperation.floordiv, 0), (.truediv, 0), (.mod, 0), (.mul, Int.max), (.pow, 100),
    ])
    func `what has no result is refused`(operation: ScalarOperation, b: Int) {
        let error = #expect(throws: ProgramError.self) {
            try result(operation, .value("n"), .int(b))
        }
        #expect(error?.kind == .execution)
        #expect(error?.description.contains("scalar.\(operation.rawValue).default") ?? false)
    }

    @Test func `sizes that are computed have types of their own`() throws {
        let nodes = [
            Node("aten.sym_size.int", ["self": .value("x"), "dim": .int(0)], outputs: ["n"]),
            Node("scalar.add.default", ["a": .value("n"), "b": .int(1)], outputs: ["m"]),
            Node("scalar.floordiv.default", ["a": .value("m"), "b": .int(2)], outputs: ["h"]),
            Node(
                "aten.new_zeros.default",
                ["self": .value("x"), "size": .list([.value("m"), .int(3)])],
                outputs: ["y"]),
        ]
        let program = try Program(
            inputs: ["x"], nodes: nodes, outputs: [.result("y"), .result("h")], tensors: [:],
            types: ["x": .tensor(TensorType(.float32, [.dimension("n")]))],
            dimensions: ["n": 1...Int.max]
        ).propagated()
        #expect(program.type(of: "y")?.description == "float32 [n + 1, 3]")
        // Half of it, rounded down, follows no straight line.
        #expect(program.type(of: "h")?.description == "scalar ?")
    }
}
