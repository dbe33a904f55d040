import Compression
import Datasets
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Networks that read whole numbers, and more than one input.
@Suite struct TokenNetworkTests {
    /// `[batch, 5]` tokens and what each is weighted by, through a table and a layer: `[batch, 5, 4]`.
    private func network(batch: Int? = nil) throws -> Program {
        var program = try Program(inputs: [("tokens", .int64, [5]), ("weights", .float32, [5, 1])])
        {
            let looked = $0[0].embedded("embed", count: 50, width: 12)
            let weighted = looked.builder.call(
                "aten.mul.Tensor", ["self": .value(looked.value), "other": .value($0[1].value)])
            return [weighted.linear("hidden", outputs: 16).relu().linear("head", outputs: 4)]
        }.initialized(seed: 4)
        if let batch { program.dimensions["batch"] = batch...batch }
        return program
    }

    private func data(_ count: Int = 60) throws -> Examples {
        Examples(
            inputs: Tensor((0..<5 * count).map { $0 * 17 % 50 }, shape: [count, 5]),
            others: [try random([count, 5, 1], seed: 3)], labels: nil, preprocessing: .none)
    }

    @Test func `are profiled: the moments are those of what a layer reads`() throws {
        let (network, data) = (try network(), try data())
        let profile = try Profile(of: network, on: data, batchSize: 7)
        #expect(profile.examples == 60)
        #expect(profile.layers.keys.sorted() == ["embed.weight", "head.weight", "hidden.weight"])
        let rows = try network.tensor("embed.weight").selecting(data.inputs.flattened())
        let read = try (rows * data.others[0].reshaped(to: [300, 1])).converted(to: .float64)
        let moments = try matmul(read.transposed(0, 1), read) * (1 / 300.0)
        let layer = try #require(profile.layers["hidden.weight"])
        #expect(layer.applications == 300)
        try expectClose(layer.matrix, moments, within: 1e-6)
    }

    @Test func `at full rank whitening changes no result, below it beats the raw criterion`() throws
    {
        let (network, data) = (try network(), try data())
        let profile = try Profile(of: network, on: data)
        func error(_ rank: Int, _ criterion: any Criterion) throws -> Double {
            let plan = try Plan(for: network, keeping: .rank(rank), by: criterion, from: profile)
            let small = try Truncate(plan).apply(to: network).program
            return try Agreement(between: network, and: small, on: data).relativeError
        }
        #expect(try error(50, .whitened) < 1e-5)
        let (whitened, raw) = (try error(2, .whitened), try error(2, .raw))
        #expect(whitened > 0.01 && whitened < raw)
    }

    @Test func `are timed, on examples and on numbers drawn at random`() throws {
        let network = try network()
        let plan = try Plan(for: network, keeping: .rank(2), by: .raw)
        let read = try data().batch(filling: 8).all
        #expect(read.map { $0.shape[0] } == [8, 8])
        for given in [read, nil] {
            let times = try LayerTiming.measured(plan, of: network, batch: 8, reading: given)
            #expect(Set(times.map(\.weight)).isSuperset(of: ["hidden.weight"]))
            #expect(times.allSatisfy { $0.dense > 0 && $0.split > 0 })
        }
        #expect(
            try Latency.measured(of: [network], batch: 70, on: data(), rounds: 2)[0].batch == 70)
    }

    @Test func `a batch that the export fixed is kept to`() throws {
        let fixed = try network(batch: 4)
        #expect(try Profile(of: fixed, on: data(8)).examples == 8)
        let agreement = try Agreement(between: fixed, and: fixed, on: data(8))
        #expect(agreement.examples == 8 && agreement.sameClass == 1)
    }

    // MARK: Agreement

    @Test func `agreement of vectors by hand`() throws {
        let network = try layer(Tensor([1, 0, 0, 1] as [Float], shape: [2, 2]), bias: false)
        let turned = try layer(Tensor([0, -1, 1, 0] as [Float], shape: [2, 2]), bias: false)
        let doubled = try layer(Tensor([2, 0, 0, 2] as [Float], shape: [2, 2]), bias: false)
        let data = examples(try random([40, 2]))
        let same = try Agreement(between: network, and: network, on: data)
        #expect(same.relativeError == 0 && abs(same.cosine - 1) < 1e-6)
        let twice = try Agreement(between: network, and: doubled, on: data)
        #expect(abs(twice.relativeError - 1) < 1e-6 && abs(twice.cosine - 1) < 1e-6)
        #expect(twice.sameClass == 1)
        let quarter = try Agreement(between: network, and: turned, on: data)
        #expect(abs(quarter.relativeError - 2.0.squareRoot()) < 1e-6 && abs(quarter.cosine) < 1e-6)
    }

    @Test func `results of other shapes are an error`() throws {
        let one = try layer(random([2, 3]), bias: false)
        let two = try layer(random([4, 3]), bias: false)
        expectError(
            .program,
            "the networks' first results are float32 [5, 2] and float32 [5, 4], which cannot be compared"
        ) { _ = try Agreement(between: one, and: two, on: examples(random([5, 3]))) }
    }

    @Test func `calibration on what is not a number is an error that names the weight`() throws {
        var values = [Float](repeating: 1, count: 30)
        values[7] = .nan
        let network = try layer(random([4, 3]))
        expectError(
            .data,
            "what fc.weight reads is not finite on the calibration examples; look for NaNs in the data, or "
                + "at the network with swiftlet verify"
        ) { _ = try Profile(of: network, on: examples(Tensor(values, shape: [10, 3]))) }
    }
}
