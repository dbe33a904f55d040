import OrderedCollections
import Programs
import Tensors
import Testing

@Suite struct WeightSiteTests {
    private func linear(_ input: Value, _ weight: Value, _ output: Value) -> Node {
        Node(
            "aten.linear.default", ["input": .value(input), "weight": .value(weight)],
            outputs: [output])
    }

    private func sites(
        _ nodes: [Node], results: [Value], role: StoredTensor.Role = .parameter
    ) throws -> [WeightSite] {
        let weight = StoredTensor(role, shape: [3, 3], initially: .constant(0))
        let tensors: OrderedDictionary = ["w": weight, "v": weight]
        return try program(
            [.dimension("batch"), 3], tensors: tensors, nodes, results: results
        ).weightSites
    }

    @Test func `every linear layer is a site, in order, biases and norms are none`() throws {
        let network = try Program(input: [5]) {
            $0.linear("a", outputs: 4).batchNorm("n").relu().linear("b", outputs: 2, bias: false)
        }
        let found = network.weightSites
        #expect(found.map(\.parameter) == ["a.weight", "b.weight"])
        #expect(found.map(\.nodes) == [[0], [3]])
        #expect(found.map(\.shape) == [[4, 5], [2, 4]])
        #expect(found.map(\.matrices.rows) == [4, 2] && found.map(\.matrices.columns) == [5, 4])
        #expect(found.map(\.form.name) == ["linear", "linear"])
        #expect(
            found.map(\.matrices.fullRank) == [4, 2] && found.map(\.matrices.count) == [20, 8])
    }

    @Test func `a shared weight is one site with all its uses`() throws {
        let found = try sites(
            [linear("x", "w", "a"), linear("a", "v", "b"), linear("b", "w", "c")], results: ["c"])
        #expect(found.map(\.parameter) == ["w", "v"])
        #expect(found.map(\.nodes) == [[0, 2], [1]])
    }

    @Test func `a weight that is read in another way too is left out`() throws {
        let other = Node("aten.relu.default", ["self": .value("w")], outputs: ["r"])
        let added = Node(
            "aten.add.Tensor", ["self": .value("a"), "other": .value("r")], outputs: ["s"])
        #expect(
            try sites([linear("x", "w", "a"), other], results: ["a", "r"]).isEmpty)
        #expect(
            try program(
                [3, 3],
                tensors: ["w": StoredTensor(.parameter, shape: [3, 3], initially: .constant(0))],
                dimensions: [:], [linear("x", "w", "a"), other, added], results: ["s"]
            ).weightSites.isEmpty)
        // As the input of a layer, of its own too, or as a result.
        #expect(try sites([linear("w", "v", "a")], results: ["a"]).map(\.parameter) == ["v"])
        #expect(try sites([linear("w", "w", "a")], results: ["a"]).isEmpty)
        #expect(try sites([linear("x", "w", "a")], results: ["a", "w"]).isEmpty)
    }

    @Test(arguments: [StoredTensor.Role.buffer, .constant])
    func `what is not trained is no site`(role: StoredTensor.Role) throws {
        #expect(try sites([linear("x", "w", "a")], results: ["a"], role: role).isEmpty)
    }

    @Test(arguments: [
        [784, 784], [10, 784], [2, 2], [3, 6], [1, 9], [1, 1], [4, 4], [300, 100],
    ])
    func `the break-even rank saves, one above does not`(size: [Int]) throws {
        let network = try Program(input: [size[1]]) {
            $0.linear("a", outputs: size[0], bias: false)
        }
        let site = try #require(network.weightSites.first)
        func factored(_ rank: Int) throws -> Int {
            try Program(input: [size[1]]) {
                $0.linear("a.0", outputs: rank, bias: false)
                    .linear("a.1", outputs: size[0], bias: false)
            }.cost.parameters
        }
        let rank = site.matrices.breakEvenRank
        #expect(rank < site.matrices.fullRank || rank == 0)
        if rank > 0 {
            #expect(try factored(rank) < network.cost.parameters)
            #expect(try factored(rank) == site.matrices.count(atRank: rank))
        }
        #expect(try factored(rank + 1) >= network.cost.parameters)
    }

    // MARK: What is left dense

    private func reasons(
        _ nodes: [Node], results: [Value], weight: [Int] = [4, 3], sizes: [Size] = [3]
    ) throws -> [String] {
        let network = try program(
            [.dimension("batch")] + sizes,
            tensors: [
                "w": StoredTensor(.parameter, shape: weight, initially: .constant(0)),
                "bias": StoredTensor(.parameter, shape: [4], initially: .constant(0)),
            ], nodes, results: results)
        #expect(network.weightSites.isEmpty)
        #expect(network.denseWeights.allSatisfy { $0.parameter == "w" && $0.shape == weight })
        return network.denseWeights.map(\.reason)
    }

    @Test func `every matrix that is no site has its reason`() throws {
        let w = Argument.value("w")
        let x = Argument.value("x")
        func node(_ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>) -> Node {
            Node(operation, arguments, outputs: ["y"])
        }
        #expect(
            try reasons([node("aten.relu.default", ["self": x])], results: ["y"])
                == ["no node reads it"])
        #expect(
            try reasons([linear("x", "w", "y")], results: ["y", "w"])
                == ["it is a result of the network itself"])
        #expect(
            try reasons(
                [node("aten.add.Tensor", ["self": x, "other": w])], results: ["y"],
                sizes: [4, 3]) == ["read by aten.add.Tensor, which is no weight form"])
        #expect(
            try reasons(
                [
                    linear("x", "w", "v"),
                    Node("aten.sum.default", ["self": w], outputs: ["s"]),
                    node("aten.mul.Tensor", ["self": .value("v"), "other": .value("s")]),
                ], results: ["y"]) == ["read by aten.sum.default, which is no weight form"])
        #expect(
            try reasons(
                [node("aten.bilinear.default", ["input1": x, "input2": x, "weight": w])],
                results: ["y"], weight: [4, 3, 3])
                == ["read by aten.bilinear.default, which is no weight form"])
        #expect(
            try reasons(
                [
                    node(
                        "aten.einsum.default",
                        ["equation": .string("bi,oi->b"), "tensors": .list([x, w])])
                ], results: ["y"])
                == ["the equation bi,oi->b is no plain contraction of an input with it"])
        #expect(
            try reasons(
                [
                    node(
                        "aten.addmm.default",
                        ["self": .value("bias"), "mat1": x, "mat2": w, "alpha": .int(2)])
                ], results: ["y"], weight: [3, 4])
                == ["aten.addmm.default scales the product"])
    }

    @Test func `uses that disagree are named`() throws {
        func slice(_ range: Range<Int>, _ dimension: Int, _ output: Value) -> Node {
            Node(
                "aten.slice.Tensor",
                [
                    "self": .value("w"), "dim": .int(dimension), "start": .int(range.lowerBound),
                    "end": .int(range.upperBound),
                ], outputs: [output])
        }
        func sum(_ a: Value, _ b: Value) -> Node {
            Node(
                "aten.cat.default", ["tensors": .list([.value(a), .value(b)]), "dim": .int(-1)],
                outputs: ["y"])
        }
        let two = [linear("x", "w1", "a"), linear("x", "w2", "b"), sum("a", "b")]
        #expect(
            try reasons([slice(0..<2, 0, "w1"), slice(3..<4, 0, "w2")] + two, results: ["y"])
                == ["its rows 2..<3 are not read"])
        #expect(
            try reasons([slice(0..<2, 0, "w1"), slice(1..<4, 0, "w2")] + two, results: ["y"])
                == ["its rows 1..<2 are read twice"])
        #expect(
            try reasons([slice(0..<2, 0, "w1"), linear("x", "w1", "y")], results: ["y"])
                == ["its rows 2..<4 are not read"])
        let narrow = Node(
            "aten.slice.Tensor",
            ["self": .value("x"), "dim": .int(1), "start": .int(0), "end": .int(2)],
            outputs: ["x1"])
        #expect(
            try reasons(
                [narrow, slice(0..<2, 1, "w1"), linear("x1", "w1", "y")], results: ["y"])
                == ["linear reads a part that is not whole rows"])
        // Whole by one, in part by another.
        #expect(
            try reasons(
                [
                    slice(0..<2, 0, "w1"), linear("x", "w", "a"), linear("x", "w1", "b"),
                    sum("a", "b"),
                ],
                results: ["y"]) == ["its rows 0..<2 are read twice"])
    }

    @Test func `a view that does not rearrange is no way to a weight`() throws {
        let scaled = Node(
            "aten.mul.Scalar", ["self": .value("w"), "other": .double(2)], outputs: ["v"])
        #expect(
            try reasons([scaled, linear("x", "v", "y")], results: ["y"])
                == ["read by aten.mul.Scalar, which is no weight form"])
        let expanded = Node(
            "aten.expand.default", ["self": .value("w"), "size": .ints([4, 3])], outputs: ["v"])
        #expect(
            try reasons([expanded, linear("x", "v", "y")], results: ["y"])
                == ["read by aten.expand.default, which is no weight form"])
        // A view that is a result too.
        let turned = Node("aten.t.default", ["self": .value("w")], outputs: ["v"])
        let product = Node(
            "aten.mm.default", ["self": .value("x"), "mat2": .value("v")], outputs: ["y"])
        #expect(
            try reasons([turned, product], results: ["y", "v"])
                == ["it is a result of the network itself"])
    }

    @Test func `vectors and buffers need no reason`() throws {
        let network = try Program(input: [3, 6, 6]) {
            $0.convolution("c", outputs: 4, kernel: 3).batchNorm("n").flattened()
                .linear("fc", outputs: 2)
        }
        #expect(network.denseWeights.isEmpty)
        #expect(network.weightSites.count == 2)
    }
}
