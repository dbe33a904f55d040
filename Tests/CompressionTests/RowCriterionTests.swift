import Compression
import Datasets
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Criteria that weigh the rows of weights.
@Suite struct RowCriterionTests {
    /// A convolution and a linear layer with batch norm, its statistics drawn, and a head without.
    private func network() throws -> Program {
        let network = try Program(input: [3, 8, 8]) { x in
            x.convolution("a", outputs: 12, kernel: 3).batchNorm("n").relu().flattened()
                .linear("b", outputs: 10).batchNorm("m").relu().linear("head", outputs: 8)
        }.initialized(seed: 1)
        var drawn: [String: Tensor] = [:]
        for (name, tensor) in network.tensors where name.hasPrefix("n.") || name.hasPrefix("m.") {
            guard tensor.type.scalarType.isFloatingPoint else { continue }
            drawn[name] = try random(tensor.shape, seed: UInt64(drawn.count)).magnitude() + 0.1
        }
        return try network.replacing(drawn)
    }

    private func images(_ count: Int, labels: Bool = true) throws -> Examples {
        Examples(
            inputs: try random([count, 3, 8, 8]),
            labels: labels ? Tensor((0..<count).map { $0 % 8 }) : nil, preprocessing: .none)
    }

    /// γ / √(σ² + ε) as a column.
    private func scale(_ network: Program, _ norm: String) throws -> Tensor {
        let variance = try network.tensor("\(norm).running_var").converted(to: .float64)
        let gain = try network.tensor("\(norm).weight").converted(to: .float64)
        return try (gain / (variance + 1e-5).squareRoot()).reshaped(to: [-1, 1])
    }

    private func site(_ network: Program, _ name: String) throws -> WeightSite {
        try #require(network.weightSites.first { $0.name == name })
    }

    @Test(arguments: [("a", "n"), ("b", "m")])
    func `folded values are those of the weight with the norm in it`(layer: String, norm: String)
        throws
    {
        let network = try network()
        let site = try site(network, "\(layer).weight")
        let matrix = try site.matrices(in: network).converted(to: .float64)
        let found = try NormFoldedCriterion().decomposition(
            of: site, in: network, profile: nil)
        let folded = try matrix * scale(network, norm)
        let wanted = try folded.singularValueDecomposition().values.elements(Double.self)
        expectClose(found.values, wanted, within: 1e-6)
        try expectClose(matmul(found.left, found.right), matrix, within: 1e-9)
        // What is left out is the error of the norm's result.
        let kept = try found.truncated(3)
        let error = try ((matrix - kept) * scale(network, norm)).energy
        expectClose(error, energy(wanted.dropFirst(3)), within: 1e-6)
    }

    @Test func `a transposed convolution has its norm folded in too`() throws {
        let network = try Program(input: [3, 5, 5]) { x in
            let weight = x.builder.stored(
                "up.weight",
                StoredTensor(.parameter, shape: [3, 7, 2, 2], initially: .normal(deviation: 1)))
            return x.builder.call(
                "aten.conv_transpose2d.input",
                ["input": .value(x.value), "weight": .value(weight)]
            ).batchNorm("n")
        }.initialized(seed: 1)
        let scale = try random([7], seed: 3).magnitude() + 0.5
        let scaled = try network.replacing(["n.weight": scale])
        let found = try NormFoldedCriterion().decomposition(
            of: site(scaled, "up.weight"), in: scaled, profile: nil)
        let folded = try network.replacing([
            "up.weight": network.tensor("up.weight") * scale.reshaped(to: [1, 7, 1, 1])
        ])
        let wanted = try RawCriterion().decomposition(
            of: site(folded, "up.weight").matrices(in: folded), profile: nil)
        expectClose(found.values, wanted.values, within: 1e-4)
    }

    @Test func `a norm over another dimension than the outputs is not folded in`() throws {
        // The norm's channels are the second of three dimensions, as many as the layer has outputs.
        let network = try Program(input: [6, 4]) { x in
            x.linear("a", outputs: 6).batchNorm("n")
        }.initialized(seed: 1)
        let scaled = try network.replacing([
            "n.weight": random([6], seed: 3).magnitude() + 0.5
        ])
        let found = try NormFoldedCriterion().decomposition(
            of: site(scaled, "a.weight"), in: scaled, profile: nil)
        let raw = try RawCriterion().decomposition(
            of: site(scaled, "a.weight").matrices(in: scaled), profile: nil)
        #expect(found.values == raw.values)
    }

    @Test func `a layer that no norm follows is ranked as it is`() throws {
        let network = try network()
        let site = try site(network, "head.weight")
        let found = try NormFoldedCriterion().decomposition(of: site, in: network, profile: nil)
        let raw = try RawCriterion().decomposition(
            of: site.matrices(in: network), profile: nil)
        #expect(found.values == raw.values)
    }

    @Test func `whitened and folded, the error is that of the norm's results on the examples`()
        throws
    {
        let (network, images) = (try network(), try images(64))
        let profile = try Profile(of: network, on: images)
        let site = try site(network, "a.weight")
        let criterion = NormFoldedCriterion(WhitenedCriterion())
        let found = try criterion.decomposition(
            of: site, in: network, profile: profile.layers[site.name])
        let kept = try found.truncated(4)
        let matrix = try site.matrices(in: network).converted(to: .float64)
        let difference = try ((matrix - kept) * scale(network, "n")).reshaped(to: [12, 27])
        let moments = try #require(profile.layers[site.name]).matrix
        let error = try (matmul(difference, moments) * difference).sum().item()
        expectClose(error, energy(found.values.dropFirst(4)), within: 1e-6)
    }

    @Test func `squared gradients are those of autograd, summed over rows`() throws {
        let (network, images) = (try network(), try images(12))
        let profile = try Profile(of: network, on: images)
            .addingGradients(of: network, on: images, batchSize: 6)
        for name in ["a.weight", "b.weight", "head.weight"] {
            let leaf = try network.tensor(name).trainable()
            var wanted: Tensor?
            for start in [0, 6] {
                let batch = try images.batch(start..<(start + 6))
                var generator = Generator(seed: 0)
                let run = try Runner(network).run(
                    batch.all, mode: .inference, tensors: [name: leaf], generator: &generator)
                let loss = try crossEntropy(run.results[0], #require(batch.labels))
                let gradient = try #require(try gradients(of: loss, with: [leaf])[0])
                let rows = try gradient.converted(to: .float64).reshaped(to: [leaf.shape[0], -1])
                    .power(2).sum(along: [1])
                wanted = try wanted.map { try $0 + rows } ?? rows
            }
            let found = try #require(profile.layers[name]?.squaredGradients)
            #expect(found.shape == [1, leaf.shape[0]])
            try expectClose(
                found.reshaped(to: [-1]), #require(wanted) * 0.5, within: 1e-6)
        }
    }

    @Test func `Fisher's values are those of the weight with rows scaled`() throws {
        let gradients = try random([1, 9], type: .float64).power(2)
        let profile = LayerProfile(
            moments: .full(try .identity(7, type: .float64).reshaped(to: [1, 7, 7])),
            applications: 1, squaredGradients: gradients)
        let matrix = try random([1, 9, 7], seed: 4, type: .float64)
        let scaled = try matrix * gradients.squareRoot().reshaped(to: [1, 9, 1])
        let wanted = try scaled.singularValueDecomposition().values.elements(Double.self)
        for criterion in [FisherCriterion(), FisherCriterion(WhitenedCriterion())] {
            let found = try criterion.decomposition(of: matrix, profile: profile)
            expectClose(found.values, wanted, within: 1e-6)
            try expectClose(matmul(found.left, found.right), matrix, within: 1e-9)
        }
    }

    @Test func `rows without gradients or norm count for little, not for nothing`() throws {
        let matrix = try random([1, 9, 7], seed: 4, type: .float64)
        let zero = try LayerProfile(
            moments: .full(.identity(7, type: .float64).reshaped(to: [1, 7, 7])), applications: 1,
            squaredGradients: .zeros([1, 9], type: .float64))
        let found = try FisherCriterion().decomposition(of: matrix, profile: zero)
        #expect(found.values == (try RawCriterion().decomposition(of: matrix, profile: nil)).values)
        let network = try network()
        let dead = try network.replacing(["n.weight": .zeros([12])])
        let site = try site(dead, "a.weight")
        let folded = try NormFoldedCriterion().decomposition(of: site, in: dead, profile: nil)
        try expectClose(
            matmul(folded.left, folded.right), site.matrices(in: dead).converted(to: .float64),
            within: 1e-6)
    }

    @Test func `gradients without labels, and Fisher without gradients, are refused`() throws {
        let network = try network()
        let images = try images(4, labels: false)
        let profile = try Profile(of: network, on: images)
        expectError(.data, "gradients need labels, and the examples have none: use whitened") {
            _ = try profile.addingGradients(of: network, on: images)
        }
        expectError(
            .data,
            "the criterion fisher needs labelled examples: pass --data with labels, or use whitened"
        ) { _ = try Plan(for: network, keeping: .rank(2), by: FisherCriterion(), from: profile) }
    }

    @Test(arguments: Criteria.known.map(\.name))
    func `every criterion plans every layer`(name: String) throws {
        let (network, images) = (try network(), try images(24))
        let profile = try Profile(of: network, on: images)
            .addingGradients(of: network, on: images)
        let criterion = try #require(Criteria.named(name))
        let plan = try Plan(for: network, keeping: .parameters(0.5), by: criterion, from: profile)
        #expect(plan.keptFraction <= 0.5)
        let small = try Truncate(plan).apply(to: network).program
        #expect(try Runner(small)(images.batch(0..<2).all[0]).isFinite())
    }
}

extension Decomposition {
    /// The matrices of a rank.
    fileprivate func truncated(_ rank: Int) throws -> Tensor {
        try matmul(left.sliced(0..<rank, along: 2), right.sliced(0..<rank, along: 1))
    }
}
