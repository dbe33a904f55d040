import Compression
import Datasets
import Interchange
import Models
import Programs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct PlanTests {
    private let network: Program

    init() throws {
        network = try fullyConnected(layers: 3, width: 20, classes: 6, input: [10])
            .initialized(seed: 1)
    }

    @Test func `spectra at hand give the same plan`() throws {
        let spectra = try Spectra(of: network, by: .relative)
        #expect(spectra.criterion == "relative")
        for budget in [Budget.rank(3), .energy(0.8), .parameters(0.6)] {
            let direct = try Plan(for: network, keeping: budget, by: .relative)
            let again = try Plan(for: network, keeping: budget, from: spectra)
            #expect(again.layers.map(\.rank) == direct.layers.map(\.rank))
            #expect(again.parametersAfter == direct.parametersAfter)
            #expect(again.budget == budget && again.criterion == "relative")
        }
    }

    @Test func `a budget that cannot be met names one that can`() throws {
        // Rank 1: 30 + 40 + 26 weights, and 46 biases, 80 of norms: 222 of 806.
        #expect(network.cost.parameters == 846)
        expectError(
            .budget,
            "parameters:0.1 allows 84 of 846 parameters, and the lowest ranks take 222: the "
                + "smallest budget is parameters:0.2625, of which what has no rank takes 126, "
                + "layers.1.linear.weight takes 40, layers.0.linear.weight takes 30"
        ) { _ = try Plan(for: network, keeping: .parameters(0.1), by: .raw) }
        let plan = try Plan(for: network, keeping: .parameters(0.2625), by: .raw)
        #expect(plan.parametersAfter == 222)
        #expect(plan.layers.map(\.rank) == [1, 1, 1])
    }

    @Test func `an allocator of one's own is taken`() throws {
        struct Falling: Allocator {
            func ranks(for problem: AllocationProblem) -> [Int] {
                problem.layers.indices.map { 3 - $0 }
            }
        }
        let plan = try Plan(for: network, keeping: .rank(9), by: .raw, allocator: Falling())
        #expect(plan.layers.map(\.rank) == [3, 2, 1])
    }

    @Test func `a network without weights is refused`() throws {
        let program = try Program(input: [3]) { $0.relu() }
        expectError(.program, "the network has no weights that can be factored") {
            _ = try Plan(for: program, keeping: .rank(1), by: .raw)
        }
    }

    @Test func `weights that are not finite are refused`() throws {
        let program = try layer(Tensor([1, .nan] as [Float], shape: [1, 2]))
        expectError(.weights, "fc.weight has values that are not finite; train the network again") {
            _ = try Plan(for: program, keeping: .rank(1), by: .raw)
        }
    }

    @Test func `a criterion without its profile is refused`() throws {
        expectError(
            .data, "the criterion whitened needs examples: pass --data, or use relative"
        ) { _ = try Plan(for: network, keeping: .rank(1), by: .whitened) }
    }

    // MARK: Layers that measure slower

    /// Timings that call a layer slower, or faster.
    private func timings(_ plan: Plan) throws -> [LayerTiming] {
        try LayerTiming.measured(plan, of: network, batch: 2)
    }

    @Test func `every layer that is split is timed, no other`() throws {
        let plan = try Plan(for: network, keeping: .parameters(0.7), by: .raw)
        let split = plan.layers.filter { $0.rank != nil }.map(\.weight)
        #expect(try timings(plan).map(\.weight) == split)
        let small = try Truncate(plan).apply(to: network).program
        #expect(
            try LayerTiming.measured(small, cutFrom: network, batch: 1).map(\.weight) == split)
        for timing in try timings(plan) {
            #expect(timing.dense > 0 && timing.split > 0)
            #expect(timing.isSlower == (timing.split > timing.dense))
        }
    }

    @Test func `which of the two times is whose`() throws {
        // A thousand times fewer operations are no matter of noise.
        let large = try layer(random([2_048, 2_048]))
        let plan = try Plan(for: large, keeping: .rank(1), by: .raw)
        let timing = try #require(try LayerTiming.measured(plan, of: large, batch: 8).first)
        #expect(timing.dense > timing.split)
    }

    @Test func `layers left dense are counted dense`() throws {
        let plan = try Plan(for: network, keeping: .rank(2), by: .raw)
        let first = try #require(timings(plan).first)
        let other = try plan.leavingDense([first], in: network)
        let layer = plan.layers[0]
        #expect(first.weight == layer.weight)
        #expect(
            other.parametersAfter
                == plan.parametersAfter + layer.matrices.count - layer.matrices.count(atRank: 2))
        #expect(other.layers[0].rank == nil && other.layers[0].energy == 1)
        #expect(
            other.layers[0].reason
                == "dense: measured \(first.split / first.dense) times the time when factored")
        #expect(other.layers.dropFirst().map(\.rank) == plan.layers.dropFirst().map(\.rank))
        #expect(
            try Truncate(other).apply(to: network).program.cost.parameters
                == other.parametersAfter)
        #expect(try plan.leavingDense([], in: network).parametersAfter == plan.parametersAfter)
    }

    @Test func `a budget that dense layers break is refused`() throws {
        let plan = try Plan(for: network, keeping: .parameters(0.5), by: .raw)
        let all = try timings(plan)
        #expect(all.count == 3)
        expectError(
            .budget,
            "without factors that measure slower 1.0000 of the parameters stay, more than "
                + "parameters:0.5 allows; leave out --never-slower or allow more"
        ) { _ = try plan.leavingDense(all, in: network) }
    }

    // MARK: Measuring

    @Test func `latency is told for each network in order`() throws {
        let times = try Latency.measured(of: [network, network], batch: 3, rounds: 5)
        #expect(times.count == 2)
        for time in times {
            #expect(time.batch == 3)
            #expect(time.low > 0 && time.low <= time.seconds && time.seconds <= time.high)
        }
    }

    @Test func `a network agrees with itself`() throws {
        let agreement = try Agreement(
            between: network, and: network, on: examples(random([30, 10])))
        #expect(agreement.examples == 30)
        #expect(agreement.sameClass == 1)
        #expect(agreement.divergence == 0 && agreement.meanSquaredError == 0)
    }

    @Test func `agreement by hand`() throws {
        // Logits (x, 0) against (0, x): with x = ln 3 the classes have 3/4 and 1/4.
        func network(_ weights: [Float]) throws -> Program {
            try layer(Tensor(weights, shape: [2, 1]), bias: false)
        }
        let x = Tensor([Float(1.0986122886681098), 0], shape: [2, 1])
        let agreement = try Agreement(
            between: network([1, 0]), and: network([0, 1]), on: examples(x))
        #expect(agreement.sameClass == 0.5)
        // KL is 3/4 ln 3 − 1/4 ln 3 for the first example, 0 for the second.
        expectClose(agreement.divergence, 1.0986122886681098 / 4, within: 1e-6)
        expectClose(
            agreement.meanSquaredError, 1.0986122886681098 * 1.0986122886681098 / 2, within: 1e-6)
    }

    @Test func `a verdict compares the file with the network before`() throws {
        let labels = (0..<40).map { $0 % 6 }
        let data = try examples(random([40, 10]), labels: labels)
        let plan = try Plan(for: network, keeping: .rank(2), by: .raw)
        let small = try Truncate(plan).apply(to: network).program
        try withTemporaryFolder { folder in
            let file = try small.write(to: "\(folder)/small.pt2")
            let verdict = try Verdict(comparing: network, with: file, on: data)
            #expect(verdict.reference.cost == network.cost)
            #expect(verdict.compressed.cost == small.cost)
            #expect(verdict.fileBytes == file.fileBytes && file.fileBytes > small.cost.bytes)
            #expect(try verdict.reference.evaluation == Evaluation(of: network, on: data))
            #expect(try verdict.compressed.evaluation == Evaluation(of: small, on: data))
            #expect(verdict.compressed.single.batch == 1 && verdict.compressed.batch.batch == 128)
            let lost =
                verdict.reference.evaluation.accuracy - verdict.compressed.evaluation.accuracy
            expectClose([verdict.lostPoints], [lost * 100], within: 1e-12)
            #expect(
                verdict.speedup == verdict.reference.batch.seconds
                    / verdict.compressed.batch.seconds
            )
            let kept = 100 * Double(small.cost.parameters) / Double(network.cost.parameters)
            let start = "keeps \((kept * 10).rounded() / 10) % of the parameters, "
            #expect(verdict.description.hasPrefix(start), "\(verdict)")
        }
    }
}
