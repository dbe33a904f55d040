import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Images lie in memory as convolutions take them fastest, and nobody sees it.
@Suite struct ImageLayoutTests {
    /// A convolution over images, then `nodes` from its result `c` to `y`.
    private func network(_ channels: Int, _ nodes: [Node]) throws -> Program {
        try program(
            [.dimension("batch"), .fixed(channels), 5, 6],
            tensors: [
                "w": StoredTensor(.parameter, try random([4, channels, 3, 3], seed: 2)),
                "v": StoredTensor(.parameter, try random([3, 4 * 3 * 4], seed: 3)),
            ],
            [
                Node(
                    "aten.conv2d.default", ["input": .value("x"), "weight": .value("w")],
                    outputs: ["c"])
            ] + nodes, results: ["y"])
    }

    private func convolved(_ program: Program, _ x: Tensor) throws -> Tensor {
        try call(
            "aten::conv2d", "", .tensor(x), .tensor(program.tensor("w")), .null, .standard,
            .standard, .standard, .standard)
    }

    @Test(arguments: [3, 256, 257])
    func `outputs have the shape and the elements of a plain run`(channels: Int) throws {
        let source = try network(
            channels, [Node("aten.relu.default", ["self": .value("c")], outputs: ["y"])])
        let x = try random([2, channels, 5, 6])
        let wanted = try call("aten::relu", "", .tensor(convolved(source, x)))
        try expectClose(Runner(source)(x), wanted, within: 1e-5)
    }

    @Test(arguments: ["aten.view.default", "aten._unsafe_view.default"] as [OperatorName])
    func `a view of a convolution's result sees its elements in order`(operation: OperatorName)
        throws
    {
        let source = try network(
            3,
            [
                Node(
                    operation, ["self": .value("c"), "size": .ints([-1, 48])], outputs: ["flat"]),
                Node(
                    "aten.linear.default", ["input": .value("flat"), "weight": .value("v")],
                    outputs: ["y"]),
            ])
        let x = try random([2, 3, 5, 6])
        let flat = try convolved(source, x).reshaped(to: [2, 48])
        try expectClose(
            Runner(source)(x), matmul(flat, source.tensor("v").transposed()), within: 1e-5)
    }

    @Test func `steps through memory by hand are those of row-major order`() throws {
        let source = try network(
            3,
            [
                Node(
                    "aten.as_strided.default",
                    [
                        "self": .value("c"), "size": .ints([2, 48]), "stride": .ints([48, 1]),
                    ], outputs: ["y"])
            ])
        let x = try random([2, 3, 5, 6])
        try expectClose(
            Runner(source)(x), convolved(source, x).reshaped(to: [2, 48]), within: 1e-5)
    }

    @Test func `two convolutions of one input share its layout`() throws {
        let source = try network(
            3,
            [
                Node(
                    "aten.conv2d.default", ["input": .value("x"), "weight": .value("w")],
                    outputs: ["d"]),
                Node(
                    "aten.add.Tensor", ["self": .value("c"), "other": .value("d")], outputs: ["y"]),
            ])
        let x = try random([2, 3, 5, 6])
        try expectClose(Runner(source)(x), convolved(source, x) * 2, within: 1e-5)
    }
}
