import Compression
import Datasets
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// What holds for linear layers, for all kinds of layers.
@Suite struct ImageNetworkTests {
    /// A network with each kind of layer that has weight sites.
    private static let kinds = [
        "convolution", "grouped", "pointwise", "embedding", "attention", "strided",
    ]

    private func network(_ kind: String) throws -> Program {
        switch kind {
        case "embedding":
            return try Program(input: [5], type: .int64) { x in
                let table = x.builder.stored(
                    "embed.weight",
                    StoredTensor(.parameter, shape: [11, 6], initially: .normal(deviation: 1)))
                return x.builder.call(
                    "aten.embedding.default",
                    ["weight": .value(table), "indices": .value(x.value)])
            }.initialized(seed: 3)
        case "attention":
            return try Program(input: [5, 12]) { x in
                let heads = x.linear("qkv", outputs: 36).reshaped(to: [-1, 5, 3, 3, 4])
                    .permuted([2, 0, 3, 1, 4])
                let parts = (0..<3).map { index in
                    x.builder.call(
                        "aten.select.int",
                        ["self": .value(heads.value), "dim": .int(0), "index": .int(index)])
                }
                return x.builder.call(
                    "aten.scaled_dot_product_attention.default",
                    [
                        "query": .value(parts[0].value), "key": .value(parts[1].value),
                        "value": .value(parts[2].value),
                    ])
            }.initialized(seed: 3)
        default:
            return try Program(input: [6, 7, 8]) { x in
                switch kind {
                case "grouped":
                    x.convolution("c", outputs: 8, kernel: 3, padding: 1, groups: 2, bias: true)
                case "pointwise": x.convolution("c", outputs: 8, kernel: 1, stride: 2)
                case "strided":
                    x.convolution("c", outputs: 9, kernel: 3, stride: 2, padding: 1, bias: true)
                default: x.convolution("c", outputs: 5, kernel: 3, padding: 1, bias: true)
                }
            }.initialized(seed: 3)
        }
    }

    private func input(_ kind: String) throws -> Tensor {
        switch kind {
        case "embedding": Tensor((0..<35).map { $0 * 7 % 11 }, shape: [7, 5])
        case "attention": try random([7, 5, 12])
        default: try random([7, 6, 7, 8])
        }
    }

    private func run(_ program: Program, _ kind: String) throws -> Tensor {
        try Runner(program)(input(kind))
    }

    @Test(arguments: kinds, Compose.Layout.allCases)
    func `composed weights compute what they did, and merge back`(
        kind: String, layout: Compose.Layout
    ) throws {
        let network = try network(kind)
        for factors in [2, 3, 4] {
            let composed = try Compose(factors: factors, layout: layout).apply(to: network).program
            try expectClose(run(composed, kind), run(network, kind), within: 1e-5)
            let merged = try Merge().apply(to: composed).program
            #expect(merged.description == network.description)
            for name in network.tensors.keys {
                try expectClose(merged.tensor(name), network.tensor(name), within: 1e-6)
            }
            var unmarked = composed
            unmarked.marks = [:]
            let again = try Merge().apply(to: unmarked).program
            #expect(again.description == network.description)
        }
    }

    @Test(arguments: kinds, Compose.Layout.allCases)
    func `every order of the product gives the same outputs and gradients`(
        kind: String, layout: Compose.Layout
    ) throws {
        let composed = try Compose(factors: 3, layout: layout).apply(to: network(kind)).program
        func outputAndGradients(_ program: Program) throws -> [Tensor] {
            let leaves = try program.parameterNames.map { try program.tensor($0).trainable() }
            var generator = Generator(seed: 0)
            let output = try Runner(program).run(
                [input(kind)], mode: .training,
                tensors: Dictionary(uniqueKeysWithValues: zip(program.parameterNames, leaves)),
                generator: &generator
            ).results[0]
            return try [output]
                + gradients(of: output.power(2).sum(), with: leaves)
                .map { try #require($0) }
        }
        let wanted = try outputAndGradients(composed)
        for batch in [1, 2, 20, 4_000] {
            let ordered = try ProductOrder(batch: batch).apply(to: composed).program
            #expect(ordered.parameterNames == composed.parameterNames)
            for (found, expected) in zip(try outputAndGradients(ordered), wanted) {
                try expectClose(found, expected, within: 1e-4)
            }
        }
    }

    @Test func `a small batch applies factors one after the other, a large one multiplies them`()
        throws
    {
        for kind in ["strided", "grouped", "embedding"] {
            let composed = try Compose(factors: 3).apply(to: network(kind)).program
            func products(_ batch: Int) throws -> Int {
                try ProductOrder(batch: batch).apply(to: composed).program.nodes
                    .count { $0.operation.name == "matmul" }
            }
            #expect(try products(100_000) == 2)
            #expect(try products(kind == "embedding" ? 1 : 0) == 0)
        }
    }

    @Test func `the paper's factors stand on the output side of kernels, on the input side of 1x1`()
        throws
    {
        func shapes(_ kind: String) throws -> [[Int]] {
            let program = try Compose(factors: 3, layout: .paper).apply(to: network(kind)).program
            return try program.parameterNames.filter { $0.contains("factors") }
                .map { try program.tensor($0).shape }
        }
        #expect(try shapes("strided") == [[9, 6, 3, 3], [9, 9, 1, 1], [9, 9, 1, 1]])
        #expect(try shapes("pointwise") == [[6, 6, 1, 1], [6, 6, 1, 1], [8, 6, 1, 1]])
        #expect(try shapes("grouped") == [[8, 3, 3, 3], [8, 4, 1, 1], [8, 4, 1, 1]])
    }

    @Test(arguments: kinds)
    func `nothing is lost at full rank`(kind: String) throws {
        // Twice as many channels as ranks, so that full rank saves too.
        let network = try network(kind)
        let sites = network.weightSites
        for site in sites {
            let found = try RawCriterion().decomposition(
                of: site.matrices(in: network), profile: nil)
            #expect(found.values.count == site.matrices.fullRank)
        }
        let plan = try Plan(for: network, keeping: .energy(1), by: .raw)
        try expectClose(
            run(Truncate(plan).apply(to: network).program, kind), run(network, kind), within: 1e-5)
    }

    /// Examples that are already what a network reads.
    private func examples(_ inputs: Tensor) -> Examples {
        Examples(
            inputs: inputs, labels: nil,
            preprocessing: Preprocessing(
                scale: 1, mean: [Double](repeating: 0, count: inputs.shape[1]),
                deviation: [Double](repeating: 1, count: inputs.shape[1])))
    }

    @Test(arguments: ["convolution", "grouped", "strided", "pointwise"], 1...3)
    func `the outputs' error is the energy of the whitened values left out`(
        kind: String, rank: Int
    ) throws {
        let network = try network(kind)
        let x = try input(kind)
        let profile = try Profile(of: network, on: examples(x), batchSize: 3)
        let layer = try #require(profile.layers["c.weight"])
        let plan = try Plan(for: network, keeping: .rank(rank), by: .whitened, from: profile)
        let decomposition = try WhitenedCriterion().decomposition(
            of: network.weightSites[0].matrices(in: network), profile: layer)
        let small = try Truncate(plan).apply(to: network).program
        #expect(small.parameterNames.contains("c.1.weight"))
        let error = try (run(small, kind) - run(network, kind)).energy
        expectClose(
            error, energy(decomposition.values.dropFirst(rank)) * Double(layer.applications),
            within: 1e-3)
    }

    @Test func `a truncated convolution has its settings where they belong`() throws {
        let network = try network("strided")
        let small = try Truncate(Plan(for: network, keeping: .rank(2), by: .raw))
            .apply(to: network).program
        #expect(try small.tensor("c.0.weight").shape == [2, 6, 3, 3])
        #expect(try small.tensor("c.1.weight").shape == [9, 2, 1, 1])
        #expect(small.nodes.map { $0.value("bias") } == [nil, "c.1.bias"])
        #expect(small.nodes[0]["stride"] == .ints([2, 2]))
        #expect(small.nodes[1]["stride"] == nil && small.nodes[1]["padding"] == nil)
        // The 1x1 convolution stands at the four by four positions that the stride leaves.
        #expect(small.cost.macs == 4 * 4 * (2 * 54 + 9 * 2))
    }

    @Test func `a truncated embedding is a narrow table and a linear layer`() throws {
        let network = try network("embedding")
        let counts = Tensor([7, 1, 1, 7, 1, 1, 7, 1, 1, 4, 4], shape: [11])
        let profile = LayerProfile(
            moments: .diagonal(try counts.converted(to: .float64)), applications: 35)
        let found = try WhitenedCriterion().decomposition(
            of: network.weightSites[0].matrices(in: network), profile: profile)
        let plan = try Plan(for: network, keeping: .rank(2), by: .raw)
        let small = try Truncate(plan).apply(to: network).program
        #expect(small.parameterNames == ["embed.0.weight", "embed.1.weight"])
        #expect(try small.tensor("embed.0.weight").shape == [11, 2])
        #expect(try small.tensor("embed.1.weight").shape == [6, 2])
        // Entries that are looked up often are kept better under the whitened criterion.
        func error(_ decomposition: Decomposition) throws -> Double {
            let factors = try decomposition.factors(rank: 2, type: .float64)
            let weight = try network.weightSites[0].matrices(in: network).converted(to: .float64)
            let difference = try matmul(factors.second, factors.first) - weight
            return try (difference * difference * counts.converted(to: .float64)).sum().item()
        }
        let raw = try RawCriterion().decomposition(
            of: network.weightSites[0].matrices(in: network), profile: nil)
        #expect(try error(found) < error(raw))
        expectClose(try error(found), energy(found.values.dropFirst(2)), within: 1e-6)
    }

    @Test func `queries, keys and values are cut each to a rank of their own`() throws {
        var network = try network("attention")
        // Queries of rank 1, keys of rank 4, values of full rank.
        let weight = try Tensor.concatenated([
            matmul(random([12, 1], seed: 5), random([1, 12], seed: 6)),
            matmul(random([12, 4], seed: 7), random([4, 12], seed: 8)),
            random([12, 12], seed: 9),
        ])
        network = try network.replacing(["qkv.weight": weight])
        let plan = try Plan(for: network, keeping: .energy(0.9999), by: .raw)
        #expect(
            plan.layers.map(\.weight).map { $0.suffix(8) }
                == ["[0..<12]", "[12..<24]", "[24..<36]"].map { $0.suffix(8) })
        #expect(plan.layers.map(\.rank) == [1, 4, nil])
        let small = try Truncate(plan).apply(to: network).program
        #expect(
            small.parameterNames == [
                "qkv.0.0.weight", "qkv.0.1.weight", "qkv.1.0.weight", "qkv.1.1.weight",
                "qkv.2.weight", "qkv.bias",
            ])
        #expect(small.cost.parameters == plan.parametersAfter)
        try expectClose(run(small, "attention"), run(network, "attention"), within: 1e-4)
    }

    @Test func `a network of a plan for other layers is refused`() throws {
        let plan = try Plan(for: network("attention"), keeping: .rank(2), by: .raw)
        #expect(throws: CompressionError.self) {
            try Truncate(plan).apply(to: network("strided"))
        }
    }

    @Test(arguments: ["lenet5", "vgg13", "resnet20", "vit-l4-h8"])
    func `every weight of a network for images is a site, and composing changes nothing`(
        name: String
    ) throws {
        let model = try #require(ZooModel.named(name))
        let network = try model.program(
            ZooModel.Options(input: model.naturalInput, classes: 10)
        ).initialized(seed: 2)
        let matrices = network.parameterNames.filter {
            (network.tensors[$0]?.shape.count ?? 0) > 1
        }
        #expect(network.weightSites.map(\.name).sorted() == matrices.sorted())
        let x = try random([2] + model.naturalInput)
        let composed = try Compose(factors: 3).apply(to: network).program
        try expectClose(Runner(composed)(x), Runner(network)(x), within: 1e-4)
        let merged = try Merge().apply(to: composed).program
        #expect(merged.description == network.description)
        let plan = try Plan(for: network, keeping: .parameters(0.5), by: .relative)
        let small = try Truncate(plan).apply(to: network).program
        #expect(small.cost.parameters == plan.parametersAfter)
        #expect(Double(small.cost.parameters) <= 0.5 * Double(network.cost.parameters))
        #expect((small.cost.macs ?? 0) < (network.cost.macs ?? 0))
        #expect(try Runner(small)(x).isFinite())
    }
}
