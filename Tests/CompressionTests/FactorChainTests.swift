import Compression
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Which parameters of a Program are factors of one weight.
@Suite struct FactorChainTests {
    private func names(_ program: Program) -> [[String]] {
        program.factorChains.map { $0.factors.map(\.value.name) }
    }

    private func truncated(_ program: Program, rank: Int) throws -> Program {
        try Truncate(Plan(for: program, keeping: .rank(rank), by: .raw)).apply(to: program).program
    }

    @Test func `what a truncation cut in two is found again, and multiplies to what was cut`()
        throws
    {
        let network = try smallResNet(blocks: 1, classes: 10, input: [3, 16, 16])
            .initialized(seed: 1)
        let plan = try Plan(for: network, keeping: .rank(4), by: .raw)
        let small = try Truncate(plan).apply(to: network).program
        let cut = plan.layers.filter { $0.rank != nil }
        let stems = cut.map { String($0.weight.dropLast(".weight".count)) }
        #expect(!cut.isEmpty)
        #expect(names(small) == stems.map { ["\($0).0.weight", "\($0).1.weight"] })
        for (chain, layer) in zip(small.factorChains, cut) {
            let factors = try chain.factors.map {
                try $0.storage.layout.matrices(of: small.tensor($0.value.name))
            }
            let site = try #require(network.weightSites.first { $0.name == layer.weight })
            let product = try matmul(factors[1], factors[0])
            let matrix = try site.matrices(in: network)
            let values = try matrix.converted(to: .float64).singularValueDecomposition().values
                .elements(Double.self)
            expectClose(
                try (product - matrix).energy, energy(values.dropFirst(4)), within: 1e-3)
        }
    }

    @Test func `a dense network has none, and a composed one all its factors`() throws {
        let network = try fullyConnected(layers: 3, width: 8, classes: 3, input: [6])
            .initialized(seed: 1)
        #expect(names(network).isEmpty)
        let composed = try Compose(factors: 3).apply(to: network).program
        let expected = ["layers.0.linear", "layers.1.linear", "head"].map { stem in
            (0..<3).map { "\(stem).factors.\($0)" }
        }
        #expect(names(composed) == expected)
        #expect(names(try Merge().apply(to: composed).program).isEmpty)
    }

    @Test func `three layers with nothing between them are one chain`() throws {
        let network = try Program(input: [6]) { x in
            x.linear("a", outputs: 5, bias: false).linear("b", outputs: 4, bias: false)
                .linear("c", outputs: 3)
        }.initialized(seed: 1)
        #expect(names(network) == [["a.weight", "b.weight", "c.weight"]])
    }

    @Test func `a bias, an activation, a second reader and a result part layers`() throws {
        let biased = try Program(input: [6]) {
            $0.linear("a", outputs: 5).linear("b", outputs: 3)
        }
        let active = try Program(input: [6]) {
            $0.linear("a", outputs: 5, bias: false).relu().linear("b", outputs: 3)
        }
        let read = try Program(input: [6]) { x in
            let h = x.linear("a", outputs: 6, bias: false)
            return h.linear("b", outputs: 6) + h
        }
        var given = try Program(input: [6]) {
            $0.linear("a", outputs: 5, bias: false).linear("b", outputs: 3)
        }
        #expect(names(given).count == 1)
        let inner = try #require(given.nodes[0].output)
        given.outputs.append(.result(inner))
        for network in [biased, active, read, given] { #expect(names(network).isEmpty) }
    }

    @Test func `a weight that is read twice is no factor`() throws {
        let network = try Program(input: [6]) { x in
            x.linear("a", outputs: 6, bias: false).linear("b", outputs: 6, bias: false)
        }.initialized(seed: 1)
        var shared = network
        for index in shared.nodes.indices where shared.nodes[index].value("weight") == "b.weight" {
            shared.nodes[index]["weight"] = .value("a.weight")
        }
        #expect(names(network).count == 1)
        #expect(names(shared.withoutUnused()).isEmpty)
    }

    @Test(arguments: WeightCase.all)
    func `every weight form's factors are found, or are products before an operator`(
        _ kind: WeightCase
    ) throws {
        let program = try kind.program()
        let small = try truncated(program, rank: 1)
        let factors = Set(names(small).joined())
        #expect(factors.count == names(small).joined().count)
        #expect(factors.isSubset(of: small.parameterNames))
    }
}
