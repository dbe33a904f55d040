import Compression
import Datasets
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct NetworkObjectiveTests {
    /// Networks of linear layers, of convolutions and of weights of several matrices, with examples.
    private func subjects() throws -> [(program: Program, data: Examples)] {
        let linear = try fullyConnected(layers: 3, width: 24, classes: 6, input: [20])
        let vit = try #require(ZooModel.named("vit-l4-h8")).program(
            ZooModel.Options(input: [3, 32, 32], classes: 10))
        return [
            (
                try linear.initialized(seed: 1),
                try examples(random([30, 20]), labels: (0..<30).map { $0 % 6 })
            ),
            (
                try vit.initialized(seed: 2),
                try examples(random([6, 3, 32, 32]), labels: Array(0..<6))
            ),
        ]
    }

    @Test func `a choice scores what the truncated network does`() throws {
        for (program, data) in try subjects() {
            let spectra = try Spectra(of: program, by: .raw)
            let divergence = try NetworkObjective(
                of: program, from: spectra, on: data, batchSize: 4)
            let loss = try NetworkObjective(
                of: program, from: spectra, on: data, measure: .loss, batchSize: 4)
            for share in [0.5, 0.8] {
                let plan = try Plan(for: program, keeping: .parameters(share), from: spectra)
                let small = try Truncate(plan).apply(to: program).program
                let all = 0..<data.count
                let agreement = try Agreement(between: program, and: small, on: data)
                expectClose(
                    try divergence.score(plan.ranks, on: all), agreement.divergence, within: 1e-3)
                expectClose(
                    try loss.score(plan.ranks, on: all), try Evaluation(of: small, on: data).loss,
                    within: 1e-4)
            }
        }
    }

    @Test func `a batch that the export fixed is kept to, and windows are widened to it`() throws {
        let (free, data) = try subjects()[0]
        var fixed = free
        let name = try #require(free.dimensions.keys.first)
        fixed.dimensions[name] = 10...10
        let spectra = try Spectra(of: free, by: .raw)
        let ranks = try Plan(for: free, keeping: .parameters(0.5), from: spectra).ranks
        let (one, other) = (
            try NetworkObjective(of: free, from: spectra, on: data),
            try NetworkObjective(of: fixed, from: spectra, on: data)
        )
        for (range, whole) in [(0..<30, 0..<30), (4..<12, 0..<20), (25..<26, 20..<30)] {
            let wanted = try one.score(ranks, on: whole)
            expectClose(try other.score(ranks, on: range), wanted, within: 1e-5)
            expectClose(try other.scoreBase(ranks, on: range), wanted, within: 1e-5)
        }
        #expect(throws: TrainingError.self) {
            try NetworkObjective(of: fixed, from: spectra, on: data.prefix(25))
        }
    }

    @Test func `the network as it is diverges from itself by nothing`() throws {
        for (program, data) in try subjects() {
            let spectra = try Spectra(of: program, by: .raw)
            let full = spectra.fullRanks
            let objective = try NetworkObjective(of: program, from: spectra, on: data)
            #expect(abs(try objective.score(full, on: 0..<data.count)) < 1e-6)
            let loss = try NetworkObjective(of: program, from: spectra, on: data, measure: .loss)
            expectClose(
                try loss.score(full, on: 0..<data.count),
                try Evaluation(of: program, on: data).loss,
                within: 1e-6)
        }
    }

    @Test func `a search ends where it is asked to`() throws {
        let (program, data) = try subjects()[0]
        let spectra = try Spectra(of: program, by: .raw)
        let objective = try NetworkObjective(
            of: program, from: spectra, on: data, shouldStop: { true })
        let search = EvolutionarySearch(objective, from: [GlobalThreshold()])
        #expect(throws: TrainingError.self) {
            _ = try Plan(
                for: program, keeping: .parameters(0.6), from: spectra, allocator: search)
        }
    }

    @Test func `parts of the examples weigh as they count`() throws {
        let (program, data) = try subjects()[0]
        let spectra = try Spectra(of: program, by: .raw)
        let objective = try NetworkObjective(of: program, from: spectra, on: data, batchSize: 8)
        let ranks = try Plan(for: program, keeping: .parameters(0.6), from: spectra).ranks
        let (first, rest) = (
            try objective.score(ranks, on: 0..<11), try objective.score(ranks, on: 11..<30)
        )
        expectClose(
            try objective.score(ranks, on: 0..<30), (11 * first + 19 * rest) / 30, within: 1e-5)
    }

    @Test func `beginning in the middle gives what the whole run gives`() throws {
        let residual = try #require(ZooModel.named("resnet20")).program(
            ZooModel.Options(input: [3, 32, 32], classes: 10)
        ).initialized(seed: 3)
        let images = try examples(random([5, 3, 32, 32]))
        for (program, data) in try subjects() + [(residual, images)] {
            let spectra = try Spectra(of: program, by: .raw)
            func objective() throws -> NetworkObjective {
                try NetworkObjective(of: program, from: spectra, on: data, batchSize: 2)
            }
            let (whole, based) = (try objective(), try objective())
            let range = 0..<5
            let ranks = try Plan(for: program, keeping: .parameters(0.6), from: spectra).ranks
            #expect(try based.scoreBase(ranks, on: range) == whole.score(ranks, on: range))
            for layer in [0, ranks.count / 2, ranks.count - 1] {
                var other = ranks
                other[layer] = 1
                let found = try based.score(other, on: range)
                expectClose(found, try whole.score(other, on: range), within: 1e-4)
                expectClose(
                    try based.score(other, on: 1..<4), try whole.score(other, on: 1..<4),
                    within: 1e-5)
            }
        }
    }

    @Test func `a search on a network does better than its start`() throws {
        let (program, data) = try subjects()[0]
        let spectra = try Spectra(of: program, by: .raw)
        let objective = try NetworkObjective(of: program, from: spectra, on: data)
        let budget = Budget.parameters(0.5)
        let context = AllocatorChoice.Context(
            program, spectra, objective: objective, seed: 3, effort: .init(generations: 15))
        func score(_ choice: AllocatorChoice) throws -> Double {
            let allocator = try choice.allocator(for: budget, in: context)
            let plan = try Plan(for: program, keeping: budget, from: spectra, allocator: allocator)
            #expect(plan.keptFraction <= 0.5)
            return try objective.score(plan.ranks, on: 0..<30)
        }
        let found = try score(.evolutionary)
        for choice in [AllocatorChoice.threshold, .perParameter, .dynamic] {
            #expect(try found < score(choice), "\(choice)")
        }
        #expect(try score(.greedy) < score(.uniform))
        #expect(try score(.evolutionary) == found)
    }

    @Test func `a loss without labels is refused`() throws {
        let (program, data) = try subjects()[0]
        let bare = Examples(inputs: data.inputs, labels: nil, preprocessing: data.preprocessing)
        expectError(
            .data, "the examples have no labels, and the loss needs them: use the divergence"
        ) {
            _ = try NetworkObjective(
                of: program, from: Spectra(of: program, by: .raw), on: bare, measure: .loss)
        }
    }

    @Test func `examples that give no finite answers are refused`() throws {
        let (program, _) = try subjects()[0]
        let bad = examples(try Tensor.full([4, 20], .nan))
        expectError(
            .data, "the network's answers on the examples are not finite: check the examples"
        ) {
            _ = try NetworkObjective(of: program, from: Spectra(of: program, by: .raw), on: bad)
        }
    }
}
