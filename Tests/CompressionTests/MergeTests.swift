import Compression
import Foundation
import Interchange
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct MergeTests {
    private let network: Program
    private let composed: Program

    init() throws {
        network = try fullyConnected(layers: 3, width: 10, classes: 4, input: [7])
            .initialized(seed: 1)
        composed = try Compose(factors: 3, initialization: .standard(seed: 2)).apply(to: network)
            .program
    }

    @Test func `merging computes what the composed network computes`() throws {
        let merged = try Merge().apply(to: composed).program
        let x = try random([6, 7])
        try expectClose(Runner(merged)(x), Runner(composed)(x), within: 1e-5)
        #expect(merged.cost.parameters == network.cost.parameters)
    }

    @Test func `products are computed in double precision and rounded once`() throws {
        let merged = try Merge().apply(to: composed).program
        let factors = try (0..<3).map {
            try composed.tensor("head.factors.\($0)").converted(to: .float64)
        }
        let product = try matmul(matmul(factors[2], factors[1]), factors[0])
        #expect(
            try merged.tensor("head.weight").bytes()
                == product.converted(to: .float32).contiguous().bytes())
    }

    @Test func `without marks the values of parameters alone are folded`() throws {
        var unmarked = composed
        unmarked.marks = [:]
        let merged = try Merge().apply(to: unmarked).program
        let wanted = try Merge().apply(to: composed).program
        #expect(merged.description == wanted.description)
        #expect(try merged.contents == wanted.contents)
    }

    @Test func `without marks and names the weight is named by its factors`() throws {
        var renamed = try Compose(factors: 2).apply(to: layer(random([3, 2]))).program
        renamed.marks = [:]
        renamed.nodes[0].outputs = ["matmul"]
        renamed.nodes[1]["weight"] = .value("matmul")
        renamed = try renamed.propagated()
        let merged = try Merge().apply(to: renamed).program
        #expect(merged.parameterNames == ["fc.weight", "fc.bias"])
        #expect(merged.nodes.map(\.operation.name) == ["linear"])
        #expect(merged.nodes[0].value("weight") == "fc.weight")
    }

    @Test func `every factor is replaced by the weight, all else is kept`() throws {
        let changes = try Merge().apply(to: composed).changes
        #expect(changes.map(\.tensor) == Array(composed.tensors.keys))
        for change in changes {
            guard let range = change.tensor.range(of: ".factors.") else {
                #expect(change == Change(change.tensor, .kept, reason: "not concerned"))
                continue
            }
            let weight = "\(change.tensor[..<range.lowerBound]).weight"
            #expect(
                change
                    == Change(change.tensor, .replaced(by: [weight]), reason: "multiplied out"))
        }
    }

    @Test func `a plain network stays as it is`() throws {
        let result = try Merge().apply(to: network)
        #expect(result.program.description == network.description)
        #expect(try result.program.contents == network.contents)
        #expect(result.changes.allSatisfy { $0.kind == .kept })
    }

    @Test func `a composed file that is read back merges to the same bits`() throws {
        try withTemporaryFolder { folder in
            let file = try composed.write(to: "\(folder)/composed.pt2")
            #expect(file.program.description == composed.description)
            #expect(file.program.marks == composed.marks)
            let merged = try Merge().apply(to: file.program).program
            #expect(try merged.contents == Merge().apply(to: composed).program.contents)
        }
    }
}
