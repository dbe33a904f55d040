import Compression
import Datasets
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Convolutions cut into two layers in each of the ways that there are.
@Suite struct ConvolutionSplitTests {
    /// A convolution's case and a split that it can be cut by.
    struct Case: CustomTestStringConvertible {
        let test: WeightCase
        let split: ConvolutionSplit
        var testDescription: String { "\(test.name) \(split.rawValue)" }

        static let all = WeightCase.convolutions.flatMap { test in
            ((try? test.program().weightSites[0].splits) ?? []).map { Case(test: test, split: $0) }
        }
    }

    private func spectra(
        _ program: Program, _ split: ConvolutionSplit, by criterion: any Criterion = .raw,
        from profile: Profile? = nil
    ) throws -> Spectra {
        try Spectra(
            of: program, by: criterion, from: profile,
            splits: [program.weightSites[0].name: split])
    }

    private func kernel(
        _ program: Program, _ split: ConvolutionSplit, rank: Int
    ) throws -> Tensor {
        let site = try program.weightSites[0].cut(by: split)
        let factors = try RawCriterion().decomposition(
            of: site.matrices(in: program), profile: nil
        ).factors(rank: rank, type: .float64)
        return try site.layout.tensor(of: matmul(factors.second, factors.first), shape: site.shape)
    }

    @Test func `planar kernels have three splits, others fewer`() throws {
        let found = try WeightCase.convolutions.map { test in
            "\(test.name) \(try test.program().weightSites[0].splits.map(\.rawValue))"
        }
        #expect(
            found == [
                #"conv1d ["channel", "input-channel"]"#,
                #"conv2d ["channel", "spatial", "input-channel"]"#,
                #"conv2d-multiplied ["channel", "spatial", "input-channel"]"#,
                #"conv3d ["channel", "input-channel"]"#,
                #"convolution-grouped ["channel", "spatial", "input-channel"]"#,
            ])
        for test in WeightCase.all
        where !WeightCase.convolutions.contains(where: { $0.name == test.name }) {
            #expect(try test.program().weightSites.allSatisfy { $0.splits == [.channel] })
        }
    }

    @Test(arguments: Case.all, [1, 2])
    func `what was cut computes what a kernel of that rank computes`(
        each: Case, rank: Int
    ) throws {
        let network = try each.test.program()
        let site = try network.weightSites[0].cut(by: each.split)
        #expect(
            site.split == each.split && site.matrices.count == network.weightSites[0].matrices.count
        )
        guard rank <= site.matrices.breakEvenRank else { return }
        let plan = try Plan(for: network, keeping: .rank(rank), from: spectra(network, each.split))
        #expect(plan.layers[0].split == each.split && plan.layers[0].rank == rank)
        let small = try Truncate(plan).apply(to: network).program
        #expect(small.cost.parameters == plan.parametersAfter)
        let kernel = try kernel(network, each.split, rank: rank)
        let wanted = try network.replacing(["w.weight": kernel.converted(to: .float32)])
        let inputs = try each.test.inputs(batch: 4)
        try expectClose(Runner(small)(inputs), Runner(wanted)(inputs), within: 1e-5)
        // What is left out is the energy of the values that are.
        let difference = try network.tensor("w.weight").converted(to: .float64) - kernel
        let values = try site.matrices(in: network).converted(to: .float64)
        let energy = try values.energy
        try expectClose(
            difference.energy, (1 - plan.layers[0].energy) * energy, within: 1e-5 * energy)
        // And multiplied out again it is the kernel.
        let whole = try Truncate(plan).multiplyingOut(small, into: network)
        try expectClose(whole.tensor("w.weight").converted(to: .float64), kernel, within: 1e-5)
    }

    @Test(arguments: Case.all)
    func `a network depends on the product of the two alone`(each: Case) throws {
        let network = try each.test.program()
        // Of rank 1 the parts of a grouped convolution are depthwise, which is no weight to factor.
        let plan = try Plan(for: network, keeping: .rank(2), from: spectra(network, each.split))
        guard plan.layers[0].rank != nil else { return }
        let small = try Truncate(plan).apply(to: network).program
        let chains = small.factorChains
        #expect(chains.count == 1 && chains.first?.factors.count == 2)
        let chain = try #require(chains.first)
        let matrices = try chain.factors.map {
            try $0.storage.layout.matrices(of: small.tensor($0.value.name)).converted(to: .float64)
        }
        let product = try matmul(matrices[1], matrices[0])
        let kernel = try kernel(network, each.split, rank: 2)
        try expectClose(product.energy, kernel.energy, within: 1e-5 * kernel.energy)
    }

    @Test(arguments: ConvolutionSplit.allCases)
    func `moments are means over the places that are rows`(split: ConvolutionSplit) throws {
        let network = try #require(WeightCase.convolutions.first { $0.name == "conv2d" }).program()
        let reading = network.weightSites[0].uses[0].reading
        let sizes = Array(reading.sizes.dropFirst(2))
        let count = sizes.reduce(1, *)
        let samples = try random([1, 50, count], type: .float64)
        let found = try split.moments(matmul(samples.transposed(), samples), of: reading)
        // The same from the samples themselves, each taken apart.
        let parts = try samples.reshaped(to: [50] + sizes)
        let columns: Tensor
        var places = 1
        switch split {
        case .channel: columns = try parts.reshaped(to: [50, count])
        case .spatial:
            columns = try parts.permuted([0, 3, 1, 2]).reshaped(to: [-1, sizes[0] * sizes[1]])
            places = sizes[2]
        case .inputChannel:
            columns = try parts.permuted([0, 2, 3, 1]).reshaped(to: [-1, sizes[0]])
            places = sizes[1] * sizes[2]
        }
        let wanted = try matmul(columns.transposed(), columns) * (1 / Double(places))
        try expectClose(found, wanted.unsqueezed(at: 0), within: 1e-9)
    }

    /// A convolution of a kernel with few components by one split, beside noise.
    @Test func `every choice has a name of its own`() {
        let names = SplitChoice.allCases.map(\.rawValue)
        #expect(names == ["channel", "spatial", "input-channel", "best"])
        #expect(names.compactMap(SplitChoice.init) == SplitChoice.allCases)
        #expect(SplitChoice(rawValue: "other") == nil)
    }

    private func network(lowIn split: ConvolutionSplit) throws -> Program {
        let plain = try Program(input: [6, 9, 9]) {
            $0.convolution("conv", outputs: 8, kernel: 3, padding: 1)
        }.initialized(seed: 3)
        let site = try plain.weightSites[0].cut(by: split)
        let low = try matmul(
            random([1, site.matrices.rows, 2], seed: 1),
            random([1, 2, site.matrices.columns], seed: 2))
        let kernel = try site.layout.tensor(of: low, shape: site.shape)
        return try plain.replacing([
            site.parameter: kernel + random(site.shape, seed: 4) * 0.01
        ])
    }

    @Test(arguments: ConvolutionSplit.allCases, [CostTable.Measure.parameters, .macs])
    func `the best split is the one in which a kernel is low`(
        split: ConvolutionSplit, measure: CostTable.Measure
    ) throws {
        let network = try network(lowIn: split)
        let data = examples(try random([40, 6, 9, 9], seed: 5))
        for profile in [nil, try Profile(of: network, on: data)] {
            let criterion: any Criterion = profile == nil ? .raw : .whitened
            let found = try SplitChoice.best.splits(
                of: network, by: criterion, from: profile, counting: measure, standard: 0.4)
            #expect(found == ["conv.weight": split])
        }
        let fixed = try SplitChoice.fixed(.spatial).splits(
            of: network, by: .raw, from: nil, counting: measure, standard: 0.4)
        #expect(fixed == ["conv.weight": .spatial])
    }

    @Test(arguments: ConvolutionSplit.allCases)
    func `rows that a norm scales are scaled wherever they lie`(split: ConvolutionSplit) throws {
        let network = try Program(input: [3, 8, 8]) {
            $0.convolution("conv", outputs: 5, kernel: 3).batchNorm("norm")
        }.initialized(seed: 1)
        let scale = try random([5], seed: 7).magnitude() + 0.5
        let scaled = try network.replacing(["norm.weight": scale])
        let found = try spectra(scaled, split, by: NormFoldedCriterion())
        let plan = try Plan(for: scaled, keeping: .rank(1), from: found)
        // The norm's variance is one: the folded kernel is the kernel times the scale.
        let weight = try network.tensor("conv.weight")
        let folded = try network.replacing([
            "conv.weight": weight * scale.reshaped(to: [5, 1, 1, 1])
        ])
        let other = try Plan(for: folded, keeping: .rank(1), from: spectra(folded, split))
        expectClose(plan.layers[0].energy, other.layers[0].energy, within: 1e-4)
    }

    @Test func `shares of the second look are counted in what the budget counts`() throws {
        // With stride 4 the factors of the other splits have most of their work before it: at the same rank a far larger share of
        // the multiply-accumulates than of the parameters.
        let network = try Program(input: [8, 16, 16]) {
            $0.convolution("conv", outputs: 24, kernel: 3, stride: 4, padding: 1)
        }.initialized(seed: 3)
        var seen: [[Int]] = []
        for measure in [CostTable.Measure.parameters, .macs] {
            var ranks: [Int] = []
            _ = try SplitChoice.best.plan(
                for: network, by: .raw, from: nil, counting: measure, standard: 0.5
            ) { spectra in
                let plan = try Plan(for: network, keeping: .rank(3), from: spectra)
                ranks.append(plan.layers[0].rank ?? 0)
                let shares = plan.shares(in: network, spectra, counting: measure)
                let site = try #require(network.weightSites.first).cut(by: plan.layers[0].split)
                let small = try Truncate(plan).apply(to: network).program
                let kept =
                    measure == .macs
                    ? Double(small.cost.macs ?? 0) / Double(network.cost.macs ?? 1)
                    : Double(site.matrices.count(atRank: 3)) / Double(site.matrices.count)
                expectClose(try #require(shares["conv.weight"]), kept, within: 1e-6)
                return plan
            }
            seen.append(ranks)
        }
        #expect(seen == [[3, 3], [3, 3]])
    }

    @Test func `a split that a layer does not have is refused`() throws {
        let network = try layer(random([5, 7]))
        #expect(throws: ProgramError.self) { try network.weightSites[0].cut(by: .spatial) }
        #expect(
            try SplitChoice.fixed(.spatial).splits(
                of: network, by: .raw, from: nil, counting: .parameters, standard: 0.5
            ).isEmpty)
    }
}
