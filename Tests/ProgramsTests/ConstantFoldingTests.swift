import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct ConstantFoldingTests {
    /// `x · (W2 · W1)ᵀ`, the product marked.
    private func product() throws -> Program {
        let tensors: OrderedDictionary = [
            "a": StoredTensor(.parameter, try random([200, 30], seed: 1)),
            "b": StoredTensor(.parameter, try random([20, 200], seed: 2)),
        ]
        var product = try program(
            [.dimension("batch"), 30], tensors: tensors,
            [
                Node(
                    "aten.matmul.default", ["self": .value("b"), "other": .value("a")],
                    outputs: ["w"]),
                Node(
                    "aten.linear.default", ["input": .value("x"), "weight": .value("w")],
                    outputs: ["y"]),
            ], results: ["y"])
        product.marks = ["composed": ["w"], "kept": ["y"]]
        return product
    }

    @Test func `a product becomes a parameter of its own name`() throws {
        let folded = try product().folding(["w"])
        #expect(folded.operatorNames == ["linear"])
        #expect(Array(folded.tensors.keys) == ["w"])
        #expect(folded.tensors["w"]?.role == .parameter)
        #expect(folded.tensors["w"]?.type.description == "float32 [20, 30]")
        #expect(folded.marks == ["kept": ["y"]])
        #expect(folded.types["w"] == nil && folded.type(of: "w") != nil)
        try folded.validate()
        let x = try random([5, 30], seed: 3)
        try expectClose(Runner(folded)(x), Runner(product())(x), within: 1e-5)
    }

    @Test func `a product is computed in double and rounded once`() throws {
        let source = try product()
        let exact = try matmul(
            source.tensor("b").converted(to: .float64), source.tensor("a").converted(to: .float64)
        ).converted(to: .float32)
        let folded = try source.folding(["w"]).tensor("w")
        #expect(try folded.elements(Float.self) == exact.elements(Float.self))
        let single = try source.folding(["w"], in: .float32).tensor("w")
        #expect(try single.elements(Float.self) != exact.elements(Float.self))
        try expectClose(single, exact, within: 1e-5)
        #expect(folded.isContiguous)
    }

    @Test func `a value that depends on an input is refused`() throws {
        let source = try product()
        expectError(.invalid, "x cannot be folded: it depends on the input of a run") {
            _ = try source.folding(["w", "y"])
        }
        expectError(.invalid, "nope cannot be folded: it depends on the input of a run") {
            _ = try source.folding(["nope"])
        }
    }

    @Test func `folding nothing, or what is stored already, changes nothing`() throws {
        let source = try product()
        #expect(try source.folding([]).description == source.description)
        #expect(try source.folding(["a"]).description == source.description)
    }

    @Test func `one result of several is folded, the others are still computed`() throws {
        let tensors: OrderedDictionary = ["w": StoredTensor(.parameter, try random([4, 3]))]
        let nodes = [
            Node("aten.sort.default", ["self": .value("w")], outputs: ["sorted", "order"]),
            Node(
                "aten.mul.Tensor", ["self": .value("x"), "other": .value("sorted")], outputs: ["y"]),
            Node(
                "aten.add.Tensor", ["self": .value("y"), "other": .value("order")], outputs: ["z"]),
        ]
        let source = try program([4, 3], tensors: tensors, dimensions: [:], nodes, results: ["z"])
        let x = try random([4, 3], seed: 9)
        for value in ["sorted", "order"] as [Value] {
            let folded = try source.folding([value])
            try folded.validate()
            try expectClose(Runner(folded)(x), Runner(source)(x), within: 0)
        }
        let both = try source.folding(["sorted", "order"])
        #expect(both.operatorNames == ["mul", "add"])
        try expectClose(Runner(both)(x), Runner(source)(x), within: 0)
    }

    @Test func `a failure names the node`() throws {
        var source = try product()
        source.nodes[0]["other"] = .value("b")
        let error = #expect(throws: ProgramError.self) { try source.folding(["w"]) }
        #expect(
            error?.description
                == "aten::matmul on float64 [20, 200], float64 [20, 200]: mat1 and mat2 "
                + "shapes cannot be multiplied (20x200 and 20x200) (check the operands' shapes, types "
                + "and devices), in the node w = aten.matmul.default(self: b, other: b)")
    }

    @Test func `values of parameters alone are those that others meet`() throws {
        let source = try product()
        #expect(source.valuesOfParametersAlone == ["w"])
        var chain = source
        chain.nodes.insert(
            Node("aten.relu.default", ["self": .value("a")], outputs: ["positive"]), at: 0)
        chain.nodes[1]["other"] = .value("positive")
        #expect(chain.valuesOfParametersAlone == ["w"])
        chain.outputs.append(.result("positive"))
        #expect(chain.valuesOfParametersAlone == ["positive", "w"])
        #expect(
            try Program(input: [3]) { $0.linear("a", outputs: 2) }.valuesOfParametersAlone == [])
    }
}
