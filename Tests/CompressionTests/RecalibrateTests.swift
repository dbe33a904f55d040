import Compression
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct RecalibrateTests {
    private func network() throws -> Program {
        try Program(input: [6]) {
            $0.linear("a", outputs: 5).batchNorm("n").relu().linear("b", outputs: 3)
        }.initialized(seed: 1)
    }

    @Test func `statistics become those of the examples`() throws {
        let x = try random([64, 6], seed: 2)
        let result = try Recalibrate(on: examples(x), batchSize: 64).apply(to: network())
        let program = result.program
        let weight = try program.tensor("a.weight")
        let inputs = try (matmul(x, weight.transposed()) + program.tensor("a.bias"))
            .converted(to: .float64)
        let mean = try inputs.sum(along: [0]) * (1.0 / 64)
        let difference = try inputs - mean
        let variance = try (difference * difference).sum(along: [0]) * (1.0 / 63)
        try expectClose(program.tensor("n.running_mean"), mean, within: 1e-5)
        try expectClose(program.tensor("n.running_var"), variance, within: 1e-5)
        for name in program.tensors.keys where !name.contains("running") {
            #expect(try program.tensor(name).bytes() == network().tensor(name).bytes())
        }
        #expect(program.description == (try network().description))
        let change = try #require(result.changes.first { $0.tensor == "n.running_var" })
        #expect(change.reason == "measured anew on 64 examples")
        #expect(change.kind == .replaced(by: ["n.running_var"]))
        #expect(result.changes.first { $0.tensor == "n.weight" }?.kind == .kept)
    }

    @Test func `several batches count alike, and a single example is left out`() throws {
        let x = try random([33, 6], seed: 2)
        let program = try Recalibrate(on: examples(x), batchSize: 16).apply(to: network()).program
        let parts = try [0..<16, 16..<32].map { range in
            try Recalibrate(on: examples(x.sliced(range)), batchSize: 16).apply(to: network())
                .program.tensor("n.running_mean")
        }
        try expectClose(
            program.tensor("n.running_mean"), (parts[0] + parts[1]) * 0.5, within: 1e-6)
    }

    @Test func `dropout does not disturb the statistics`() throws {
        func network(_ rate: Double) throws -> Program {
            try Program(input: [6]) { x in
                let dropped = x.builder.call(
                    "aten.dropout.default",
                    ["input": .value(x.value), "p": .double(rate), "train": .bool(true)])
                return dropped.linear("a", outputs: 5).batchNorm("n")
            }.initialized(seed: 1)
        }
        let x = examples(try random([32, 6], seed: 2))
        let found = try [0.0, 0.5].map {
            try Recalibrate(on: x).apply(to: network($0)).program.tensor("n.running_var").bytes()
        }
        #expect(found[0] == found[1])
    }

    @Test func `dropout in attention does not disturb the statistics`() throws {
        func network(_ rate: Double) throws -> Program {
            try Program(input: [4, 6]) { x in
                x.builder.call(
                    "aten.scaled_dot_product_attention.default",
                    [
                        "query": .value(x.value), "key": .value(x.value), "value": .value(x.value),
                        "dropout_p": .double(rate),
                    ]
                ).flattened().linear("a", outputs: 5).batchNorm("n")
            }.initialized(seed: 1)
        }
        let x = examples(try random([32, 4, 6], seed: 2))
        let found = try [0.0, 0.5].map {
            try Recalibrate(on: x).apply(to: network($0)).program.tensor("n.running_var").bytes()
        }
        #expect(found[0] == found[1])
    }

    @Test func `a batch that the export fixed is kept to`() throws {
        let x = try random([22, 6], seed: 2)
        var fixed = try network()
        let name = try #require(fixed.dimensions.keys.first)
        fixed.dimensions[name] = 8...8
        let found = try Recalibrate(on: examples(x)).apply(to: fixed).program
        let wanted = try Recalibrate(on: examples(x.sliced(0..<16)), batchSize: 8)
            .apply(to: network()).program
        try expectClose(
            found.tensor("n.running_mean"), wanted.tensor("n.running_mean"), within: 1e-6)
        fixed.dimensions[name] = 1...1
        expectError(
            .data,
            "the network takes one example at once, and one has no variance: export it with a free batch"
        ) { _ = try Recalibrate(on: examples(x)).apply(to: fixed) }
    }

    @Test func `what cannot be measured is refused`() throws {
        expectError(
            .program, "the network has no batch norm whose statistics could be measured anew"
        ) { _ = try Recalibrate(on: examples(random([4, 5]))).apply(to: layer(random([3, 5]))) }
        expectError(.data, "1 examples are too few to measure statistics on") {
            _ = try Recalibrate(on: examples(random([1, 6]))).apply(to: network())
        }
    }
}
