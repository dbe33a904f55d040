import Compression
import Datasets
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// What holds for every way of reading weights.
@Suite struct WeightFormTests {
    private func run(_ program: Program, _ test: WeightCase, batch: Int = 4) throws -> Tensor {
        try Runner(program)(test.inputs(batch: batch))
    }

    private func truncated(_ program: Program, rank: Int) throws -> Program {
        try Truncate(Plan(for: program, keeping: .rank(rank), by: .raw)).apply(to: program).program
    }

    @Test(arguments: WeightCase.all)
    func `each weight is a site, and none is left over`(test: WeightCase) throws {
        let network = try test.program()
        let found = network.weightSites.map { "\($0.name) \($0.form.name) \($0.matrices)" }
        #expect(found == test.sites)
        #expect(network.denseWeights.allSatisfy { $0.reason.hasSuffix("adds it to a product") })
    }

    @Test(arguments: WeightCase.all, Compose.Layout.allCases)
    func `composed weights compute what they did, and merge back`(
        test: WeightCase, layout: Compose.Layout
    ) throws {
        let network = try test.program()
        for factors in [2, 3] {
            let composed = try Compose(factors: factors, layout: layout).apply(to: network).program
            #expect(
                composed.parameterNames.allSatisfy {
                    !network.parameterNames.contains($0) || $0.contains("bias")
                })
            try expectClose(run(composed, test), run(network, test), within: 1e-4)
            #expect(composed.weightSites.isEmpty)
            let merged = try Merge().apply(to: composed).program
            #expect(merged.description == network.description)
            for name in network.tensors.keys {
                try expectClose(merged.tensor(name), network.tensor(name), within: 1e-5)
            }
            // PyTorch's own load and save loses the marks.
            var unmarked = composed
            unmarked.marks = [:]
            let again = try Merge().apply(to: unmarked).program
            #expect(again.description == network.description)
        }
    }

    /// The network with every weight's matrices replaced by the best of a rank.
    private func approximated(_ network: Program, rank: Int) throws -> Program {
        var parts: [String: [(axis: Int, tensor: Tensor)]] = [:]
        for site in network.weightSites {
            let found = try RawCriterion().decomposition(
                of: site.matrices(in: network), profile: nil)
            let factors = try found.factors(rank: rank, type: .float64)
            let best = try matmul(factors.second, factors.first).converted(to: .float32)
            parts[site.parameter, default: []].append(
                (site.partAxis, try site.layout.tensor(of: best, shape: site.shape)))
        }
        return try network.replacing(
            parts.mapValues { parts in
                try Tensor.concatenated(parts.map(\.tensor), along: parts[0].axis)
            })
    }

    @Test(arguments: WeightCase.all, [1, 2])
    func `what was cut computes what weights of that rank compute`(
        test: WeightCase, rank: Int
    ) throws {
        let network = try test.program()
        let small = try truncated(network, rank: rank)
        let plan = try Plan(for: network, keeping: .rank(rank), by: .raw)
        #expect(plan.layers.allSatisfy { $0.rank == rank })
        #expect(small.cost.parameters == plan.parametersAfter)
        let weights = network.weightSites.map(\.parameter)
        #expect(small.parameterNames.allSatisfy { !weights.contains($0) })
        try expectClose(
            run(small, test), run(approximated(network, rank: rank), test), within: 1e-4)
        try small.validate()
        // Cutting is not undone by merging, and does not hang on the batch.
        let merged = try Merge().apply(to: small).program
        #expect(merged.description == small.description)
        try expectClose(
            run(small, test, batch: 1), run(approximated(network, rank: rank), test, batch: 1),
            within: 1e-4)
    }

    @Test(arguments: WeightCase.all.filter { !WeightCase.recurrent.map(\.name).contains($0.name) })
    func `cutting saves multiply-accumulates too`(test: WeightCase) throws {
        let network = try test.program()
        guard test.name != "embedding" else { return }
        #expect(try #require(truncated(network, rank: 1).cost.macs) < #require(network.cost.macs))
    }

    @Test(arguments: WeightCase.recurrent)
    func `a product before a recurrent layer saves bytes and no multiply-accumulates`(
        test: WeightCase
    ) throws {
        let network = try test.program()
        let small = try truncated(network, rank: 1)
        #expect(small.cost.bytes < network.cost.bytes)
        let products = small.nodes.filter { $0.operation.name == "matmul" }
        #expect(products.count == test.sites.count)
        let macs = products.compactMap { small.macs(of: $0) }.reduce(0, +)
        #expect(small.cost.macs == network.cost.macs.map { $0 + macs })
        #expect(small.marks[Truncate.mark]?.count == test.sites.count)
        #expect(
            small.denseWeights.map(\.reason)
                == Array(
                    repeating:
                        "aten.matmul.default combines it with parameters alone: it is part of a weight",
                    count: 2 * test.sites.count))
    }

    @Test(arguments: WeightCase.all.filter(\.isOneLayer), 1...2)
    func `the outputs' error is the energy of the whitened values left out`(
        test: WeightCase, rank: Int
    ) throws {
        let network = try test.program()
        let x = try test.inputs(batch: 30)
        let profile = try Profile(of: network, on: examples(x), batchSize: 7)
        let layer = try #require(profile.layers["w.weight"])
        let plan = try Plan(for: network, keeping: .rank(rank), by: .whitened, from: profile)
        let found = try WhitenedCriterion().decomposition(
            of: network.weightSites[0].matrices(in: network), profile: layer)
        let small = try Truncate(plan).apply(to: network).program
        let error = try (Runner(small)(x) - Runner(network)(x)).energy
        expectClose(
            error, energy(found.values.dropFirst(rank)) * Double(layer.applications), within: 1e-3)
        // No other choice of that rank does better.
        let raw = try (Runner(truncated(network, rank: rank))(x) - Runner(network)(x)).energy
        #expect(raw > error * 0.999)
    }

    @Test(arguments: WeightCase.all, Compose.Layout.allCases)
    func `every order of the product gives the same outputs and gradients`(
        test: WeightCase, layout: Compose.Layout
    ) throws {
        let composed = try Compose(factors: 3, layout: layout).apply(to: test.program()).program
        let names = composed.parameterNames
        func outputAndGradients(_ program: Program) throws -> [Tensor] {
            let leaves = try names.map { try program.tensor($0).trainable() }
            var generator = Generator(seed: 0)
            let output = try Runner(program).run(
                [test.inputs(batch: 4)], mode: .training,
                tensors: Dictionary(uniqueKeysWithValues: zip(names, leaves)),
                generator: &generator
            ).results[0]
            return try [output]
                + gradients(of: output.power(2).sum(), with: leaves).map { try #require($0) }
        }
        let wanted = try outputAndGradients(composed)
        #expect(try wanted.dropFirst().allSatisfy { try $0.magnitude().maximum().item() > 0 })
        for batch in [1, 2, 20, 4_000] {
            let ordered = try ProductOrder(batch: batch).apply(to: composed).program
            #expect(ordered.parameterNames == names)
            for (found, expected) in zip(try outputAndGradients(ordered), wanted) {
                try expectClose(found, expected, within: 1e-3)
            }
        }
    }

    @Test(arguments: WeightCase.products + WeightCase.einsums + WeightCase.transposedConvolutions)
    func `a small batch applies one factor after the other`(test: WeightCase) throws {
        // Wide on both sides, so that squares cost little.
        let composed = try Compose(factors: 2).apply(to: test.program()).program
        let ordered = try ProductOrder(batch: 0).apply(to: composed).program
        let weights = ordered.weightSites.map(\.parameter)
        #expect(weights == ["w.factors.0", "w.factors.1"])
    }

    // MARK: Shared weights

    @Test func `a shared table is cut once, and both sides' inputs count`() throws {
        let test = try #require(WeightCase.shared.first { $0.name == "tied" })
        let network = try test.program()
        let small = try truncated(network, rank: 2)
        #expect(small.parameterNames == ["w.0.weight", "w.1.weight", "w.bias"])
        #expect(try small.tensor("w.0.weight").shape == [11, 2])
        #expect(try small.tensor("w.1.weight").shape == [7, 2])
        #expect(small.cost.parameters == 2 * (11 + 7) + 11)
        // They are shared weights again.
        #expect(small.weightSites.map(\.nodes.count) == [2, 2])
        #expect(network.weightSites[0].uses.map(\.isTransposed) == [false, true])
        #expect(network.weightSites[0].uses.map(\.form.name) == ["embedding", "linear"])
    }

    @Test func `a weight that is read transposed too has moments on both sides`() throws {
        let test = try #require(WeightCase.shared.first { $0.name == "autoencoder" })
        let network = try test.program()
        let x = try test.inputs(batch: 9)
        let profile = try Profile(of: network, on: examples(x), batchSize: 4)
        let layer = try #require(profile.layers["w.weight"])
        let hidden = try call(
            "aten::relu", "", .tensor(matmul(x, network.tensor("w.weight").transposed()))
        ).converted(to: .float64)
        let inputs = try x.converted(to: .float64)
        try expectClose(
            layer.matrix, matmul(inputs.transposed(), inputs) * (1.0 / 9), within: 1e-6)
        guard case .full(let other)? = layer.transposedMoments else {
            Issue.record("moments of the wrong kind")
            return
        }
        try expectClose(
            other.reshaped(to: [9, 9]), matmul(hidden.transposed(), hidden) * (1.0 / 9),
            within: 1e-6)
        let plan = try Plan(for: network, keeping: .rank(3), by: .whitened, from: profile)
        let small = try Truncate(plan).apply(to: network).program
        #expect(small.parameterNames == ["w.0.weight", "w.1.weight"])
        let raw = try truncated(network, rank: 3)
        func error(_ program: Program) throws -> Double {
            try (Runner(program)(x) - Runner(network)(x)).energy
        }
        #expect(try error(small) < error(raw))
    }

    @Test func `a weight that is used twice has the moments of both uses`() throws {
        let test = try #require(WeightCase.shared.first { $0.name == "twice" })
        let network = try test.program()
        let x = try test.inputs(batch: 9)
        let profile = try Profile(of: network, on: examples(x))
        let layer = try #require(profile.layers["w.weight"])
        let weight = try network.tensor("w.weight")
        let hidden = try call("aten::tanh", "", .tensor(matmul(x, weight.transposed())))
        let all = try Tensor.concatenated([x, hidden]).converted(to: .float64)
        try expectClose(layer.matrix, matmul(all.transposed(), all) * (1.0 / 18), within: 1e-6)
        #expect(layer.applications == 18 && layer.transposedMoments == nil)
        #expect(try truncated(network, rank: 2).cost.parameters == 2 * 16)
    }

    @Test func `the metric of both sides is that of each where the other is one`() throws {
        let matrices = try random([1, 6, 4], type: .float64)
        let inputs = try random([50, 4], seed: 2, type: .float64)
        let outputs = try random([50, 6], seed: 3, type: .float64)
        let (c, s) = try (
            matmul(inputs.transposed(), inputs), matmul(outputs.transposed(), outputs)
        )
        let found = try WhitenedCriterion().decomposition(
            of: matrices,
            profile: LayerProfile(
                moments: .full(c.unsqueezed(at: 0)), applications: 50,
                transposedMoments: .full(s.unsqueezed(at: 0))))
        // At full rank it is the matrix.
        try expectClose(matmul(found.left, found.right), matrices, within: 1e-8)
        // The values are those of Rᵀ·W·Q with R·Rᵀ and Q·Qᵀ the moments over their mean plus one.
        func damped(_ moments: Tensor) throws -> Tensor {
            let identity = try Tensor.identity(moments.shape[0], type: .float64)
            let mean = try (moments * identity).sum().item() / Double(moments.shape[0])
            return try (moments * (1 / mean) + identity).choleskyFactor()
        }
        let scaled = try matmul(
            matmul(damped(s).transposed(), matrices.reshaped(to: [6, 4])), damped(c))
        expectClose(
            found.values, try scaled.singularValues().elements(Double.self), within: 1e-8)
    }
}
