import Compression
import Foundation
import OrderedCollections
import Models
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct FactorCountsTests {
    private func network() throws -> Program {
        try fullyConnected(layers: 3, width: 12, classes: 4, input: [1, 3, 5]).initialized(seed: 1)
    }

    private func counts(
        _ standard: Int, only: [String] = [], except: [String] = [], rules: [String] = []
    ) throws -> FactorCounts {
        FactorCounts(
            standard,
            for: LayerSelection(
                only: try only.map { try LayerPattern(parsing: $0) },
                except: try except.map { try LayerPattern(parsing: $0) }),
            rules: try rules.map { try FactorCounts.Rule(parsing: $0) })
    }

    /// The number of factors of the three weights in a composed network.
    private func factors(_ counts: FactorCounts) throws -> [Int] {
        let composed = try Compose(counts).apply(to: network()).program
        return ["layers.0.linear", "layers.1.linear", "head"].map { stem in
            let count = composed.parameterNames.count { $0.hasPrefix("\(stem).factors.") }
            return count == 0 && composed.tensors["\(stem).weight"] != nil ? 1 : count
        }
    }

    @Test(arguments: [
        (3, [], [], [], [3, 3, 3]), (2, ["layers"], [], [], [2, 2, 1]),
        (6, [], ["head"], [], [6, 6, 1]), (3, [], ["head"], ["head=2"], [3, 3, 2]),
        (1, [], [], ["layers.*=4", "layers.1=5"], [4, 5, 1]), (4, [], [], ["*=1"], [1, 1, 1]),
        (2, ["kind:linear"], [], ["/head/=6"], [2, 2, 6]),
    ])
    func `each weight has its number of factors`(
        standard: Int, only: [String], except: [String], rules: [String], found: [Int]
    ) throws {
        let counts = try counts(standard, only: only, except: except, rules: rules)
        #expect(try factors(counts) == found)
        #expect(!counts.isPlain || found == [1, 1, 1])
        let data = try JSONEncoder().encode(counts)
        #expect(try JSONDecoder().decode(FactorCounts.self, from: data) == counts)
    }

    @Test func `whatever the numbers are, the function stays and merging gives the network back`()
        throws
    {
        let network = try network()
        let counts = try counts(3, except: ["layers.1"], rules: ["head=6"])
        let composed = try Compose(counts).apply(to: network).program
        let x = try random([7, 1, 3, 5])
        try expectClose(Runner(composed)(x), Runner(network)(x), within: 1e-5)
        let merged = try Merge().apply(to: composed).program
        #expect(merged.description == network.description)
        for name in network.tensors.keys {
            try expectClose(merged.tensor(name), network.tensor(name), within: 1e-6)
        }
    }

    @Test(arguments: [0, -1, 7, Int.max])
    func `a number out of range is refused in one sentence`(number: Int) throws {
        let network = try network()
        expectError(.text, "a weight is a product of 1 to 6 factors, not of \(number)") {
            _ = try Compose(factors: number).apply(to: network)
        }
        expectError(
            .text, "a weight is a product of 1 to 6 factors, not of \(number): head=\(number)"
        ) { _ = try FactorCounts.Rule(parsing: "head=\(number)") }
    }

    @Test(arguments: ["head", "head=", "head=two", "=", ""])
    func `a rule of another form is refused`(text: String) {
        expectError(.text, "\(text) is not of the form PATTERN=N, such as head=2") {
            _ = try FactorCounts.Rule(parsing: text)
        }
    }

    @Test func `a rule may name a regular expression with a sign of equality`() throws {
        let rule = try FactorCounts.Rule(parsing: "/a=b/=2")
        #expect(rule.pattern.description == "/a=b/" && rule.factors == 2)
    }

    @Test func `a pattern that names nothing is an error`() throws {
        let network = try network()
        for counts in [try counts(3, only: ["hed"]), try counts(1, rules: ["hed=2"])] {
            let error = #expect(throws: ProgramError.self) {
                try Compose(counts).apply(to: network)
            }
            #expect(error?.description == "no layer is called hed; did you mean head?")
        }
    }

    @Test func `counts are told in words`() throws {
        #expect(try counts(3).description == "3 factors")
        #expect(
            try counts(3, only: ["layers", "kind:linear"], except: ["head"], rules: ["head=2"])
                .description == "3 factors for layers, kind:linear but head, 2 for head")
        #expect(try counts(1, rules: ["head=2"]).description == "1 factor, 2 for head")
    }
}
