import Compression
import Datasets
import Models
import Programs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct AllocatorChoiceTests {
    private func network() throws -> Program {
        try fullyConnected(layers: 3, width: 24, classes: 6, input: [20]).initialized(seed: 1)
    }

    @Test func `the iterative mode goes by the loss where there are labels, the search never`() {
        #expect(AllocatorChoice.greedy.measure(hasLabels: true) == .loss)
        #expect(AllocatorChoice.greedy.measure(hasLabels: false) == .divergence)
        #expect(AllocatorChoice.evolutionary.measure(hasLabels: true) == .divergence)
    }

    @Test func `limits that cannot be shared out are refused`() throws {
        for choice in AllocatorChoice.allCases {
            for budget in [
                Budget.parameters(0.5), .macs(0.5), .bytes(9_000), .latency(1), .drop(1),
            ] {
                try choice.check(budget)
            }
        }
        try AllocatorChoice.uniform.check(.rank(3))
        try AllocatorChoice.energy.check(.energy(0.9))
        expectError(
            .text,
            "rank:3 is no limit that threshold could share out: use uniform or dynamic, or a budget such "
                + "as parameters:0.5"
        ) { try AllocatorChoice.threshold.check(.rank(3)) }
        expectError(
            .text,
            "energy:0.9 is no limit that uniform could share out: use energy or dynamic, or a budget such "
                + "as parameters:0.5"
        ) { try AllocatorChoice.uniform.check(.energy(0.9)) }
    }

    @Test func `searches without examples are refused`() throws {
        let network = try network()
        let context = AllocatorChoice.Context(network, try Spectra(of: network, by: .raw))
        expectError(
            .data,
            "the allocator greedy runs the network and needs examples: name them with --data"
        ) { _ = try AllocatorChoice.greedy.allocator(for: .parameters(0.5), in: context) }
    }

    @Test(arguments: [Budget.rank(6), .energy(0.8)])
    func `dynamic takes less for no more loss than the rule that it stands in for`(budget: Budget)
        throws
    {
        let network = try network()
        let spectra = try Spectra(of: network, by: .relative)
        let context = AllocatorChoice.Context(network, spectra)
        let plain = try Plan(for: network, keeping: budget, from: spectra)
        let dynamic = try Plan(
            for: network, keeping: budget, from: spectra,
            allocator: AllocatorChoice.dynamic.allocator(for: budget, in: context))
        #expect(dynamic.parametersAfter <= plain.parametersAfter)
    }

    // MARK: The accuracy that may be lost

    @Test func `a drop is kept to, and more may be lost where more is allowed`() throws {
        // Classes that the network itself gives, so that cutting can only lose.
        let network = try network()
        let inputs = try random([200, 20])
        let classes = try logits(of: network, on: examples(inputs)).argmax(along: 1)
        let data = examples(inputs, labels: try classes.elements())
        let spectra = try Spectra(of: network, by: .relative)
        let searches = try [0.0, 10, 40, 100].map {
            try DropSearch(losing: $0, of: network, from: spectra, validating: data)
        }
        for (search, points) in zip(searches, [0.0, 10, 40, 100]) {
            let small = try Truncate(search.plan).apply(to: network).program
            let found = try Evaluation(of: small, on: data)
            #expect(search.reference.accuracy == 1)
            #expect(search.evaluation.accuracy == found.accuracy)
            #expect((1 - found.accuracy) * 100 <= points)
        }
        let kept = searches.map(\.plan.parametersAfter)
        #expect(kept == kept.sorted(by: >) && kept[0] > kept[3])
        // With all to lose, what is left is the least there is.
        #expect(searches[3].plan.ranks == [1, 1, 1])
        #expect(!searches[1].tried.isEmpty)
    }

    @Test func `a plan for a drop asks for a validation split`() throws {
        expectError(
            .data, "drop:1.0 is looked for on a validation split: use a DropSearch"
        ) { _ = try Plan(for: network(), keeping: .drop(1), by: .raw) }
    }
}
