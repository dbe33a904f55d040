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
}
