import Compression
import Datasets
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct CorrectBiasTests {
    /// A network with biases in linear layers and a convolution, and a layer with batch norm in place of one.
    private func network() throws -> Program {
        try Program(input: [3, 8, 8]) { x in
            x.convolution("a", outputs: 12, kernel: 3, bias: true).relu()
                .convolution("b", outputs: 10, kernel: 3).batchNorm("n").relu().flattened()
                .linear("c", outputs: 9).relu().linear("d", outputs: 8)
        }.initialized(seed: 1)
    }

    private func images(_ count: Int) throws -> Examples {
        // Inputs of a mean that is not 0, or there is little to correct.
        Examples(
            inputs: try random([count, 3, 8, 8]) + 1, labels: nil, preprocessing: .none)
    }

    private func cut(_ program: Program) throws -> Program {
        try Truncate(Plan(for: program, keeping: .rank(2), by: .raw)).apply(to: program).program
    }

    /// The means of values over examples and positions.
    private func means(_ program: Program, _ values: [Value], _ images: Examples) throws -> [Tensor]
    {
        var generator = Generator(seed: 0)
        let run = try withoutGradients {
            try Runner(program).run(
                images.batch(0..<images.count).all, mode: .inference, wanted: values,
                generator: &generator)
        }
        return try values.map { value in
            let tensor = try #require(run.values[value])
            let others = (0..<tensor.rank).filter { $0 != 1 }
            return try tensor.converted(to: .float64).mean(along: others)
        }
    }

    @Test func `afterwards every corrected layer's mean result is what it was`() throws {
        let (dense, images) = (try network(), try images(64))
        let small = try cut(dense)
        let rewritten = try CorrectBias(towards: dense, on: images, batchSize: 24).apply(to: small)
        let names = ["a.weight", "c.weight", "d.weight"]
        let values = try names.map { name in
            try #require(dense.nodes.first { $0.value("weight")?.name == name }?.output)
        }
        let wanted = try means(dense, values, images)
        let before = try means(small, values, images)
        let after = try means(rewritten.program, values, images)
        for index in values.indices {
            try expectClose(after[index], wanted[index], within: 1e-5)
            let error = try (before[index] - wanted[index]).energy / wanted[index].energy
            #expect(error > 1e-4)
        }
    }

    @Test func `only biases change, and what has none says so`() throws {
        let dense = try network()
        let small = try cut(dense)
        let result = try CorrectBias(towards: dense, on: images(16)).apply(to: small)
        let changed = try small.tensors.keys.filter {
            try small.tensor($0).bytes() != result.program.tensor($0).bytes()
        }
        #expect(Set(changed) == ["a.1.bias", "c.1.bias", "d.1.bias"])
        #expect(result.program.description == small.description)
        let change = try #require(result.changes.first { $0.tensor == "b.1.weight" })
        #expect(change.kind == .kept && change.reason == "no bias to correct: batch norm follows")
        let corrected = try #require(result.changes.first { $0.tensor == "c.1.bias" })
        #expect(corrected.kind == .replaced(by: ["c.1.bias"]))
    }

    @Test func `a network that was not cut, or has no biases, is refused`() throws {
        let sentence =
            "none of the layers that were cut has a bias to correct; where batch norm follows, its "
            + "statistics can be measured anew"
        let dense = try network()
        expectError(.program, sentence) {
            _ = try CorrectBias(towards: dense, on: images(4)).apply(to: dense)
        }
        let bare = try Program(input: [3, 8, 8]) {
            $0.convolution("b", outputs: 12, kernel: 3).batchNorm("n").relu()
        }.initialized(seed: 1)
        let small = try cut(bare)
        #expect(small.tensors["b.1.weight"] != nil)
        expectError(.program, sentence) {
            _ = try CorrectBias(towards: bare, on: images(4)).apply(to: small)
        }
    }
}
