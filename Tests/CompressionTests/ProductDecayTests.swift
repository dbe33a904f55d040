import Compression
import Datasets
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct ProductDecayTests {
    /// Factors `[blocks, rows, columns]` with these inner sizes, the one next to the input first.
    private func factors(_ sizes: [Int], blocks: Int) throws -> [Tensor] {
        try zip(sizes, sizes.dropFirst()).enumerated().map { index, size in
            try random([blocks, size.1, size.0], seed: UInt64(index + 1), type: .float64)
        }
    }

    @Test(arguments: [[7, 5], [7, 2, 5], [7, 9, 5], [6, 3, 2, 5], [4, 4, 4, 4, 4]], [1, 3])
    func `the gradient is that of half the squared norm of the product`(
        sizes: [Int], blocks: Int
    ) throws {
        let leaves = try factors(sizes, blocks: blocks).map { try $0.trainable() }
        let product = try leaves.dropFirst().reduce(leaves[0]) { try matmul($1, $0) }
        let half = try product.power(2).sum() * 0.5
        let expected = try gradients(of: half, with: leaves)
        let found = try withoutGradients { try ProductDecay.gradients(of: leaves) }
        #expect(found.count == leaves.count)
        for (gradient, wanted) in zip(found, expected) {
            try expectClose(gradient, #require(wanted), within: 1e-12)
        }
    }

    @Test func `of one matrix it is ordinary decay`() throws {
        let matrix = try random([1, 5, 7])
        #expect(try ProductDecay.gradients(of: [matrix])[0].bytes() == matrix.bytes())
    }

    /// A hook that leaves nothing of a loss's gradients.
    private struct Still: TrainingHook {
        func beforeStep(
            _ progress: TrainingProgress, parameters: [String: Tensor],
            gradients: [String: Tensor]
        ) throws -> [String: Tensor] { try gradients.mapValues { try $0 * 0 } }
    }

    private func step(_ program: Program, _ coefficient: Double) throws -> Program {
        var options = TrainingOptions()
        (options.learningRate, options.momentum, options.weightDecay) = (0.5, 0, 0.25)
        (options.schedule, options.epochs, options.batchSize) = (.constant, 1, 8)
        let images = Examples(
            inputs: try random([8, 2, 6, 6]), labels: Tensor((0..<8).map { $0 % 3 }),
            preprocessing: .none)
        return try Trainer(options, hooks: [Still(), ProductDecay(coefficient)])
            .fit(program, on: images).program
    }

    /// A convolution and a head, both cut in two, and a layer that is not.
    private func network() throws -> Program {
        let dense = try Program(input: [2, 6, 6]) { x in
            x.convolution("conv", outputs: 8, kernel: 3).batchNorm("norm").relu().flattened()
                .linear("fc", outputs: 12).relu().linear("head", outputs: 3)
        }.initialized(seed: 1)
        let plan = try Plan(for: dense, keeping: .rank(3), by: .raw)
        return try Truncate(plan).apply(to: dense).program
    }

    @Test func `in training, factors decay by their product, and other weights by themselves`()
        throws
    {
        let before = try network()
        let after = try step(before, 0.1)
        let pairs = [["conv.0.weight", "conv.1.weight"], ["fc.0.weight", "fc.1.weight"]]
        #expect(before.tensors["head.weight"] != nil)
        for names in pairs {
            let leaves = try names.map { try before.tensor($0).trainable() }
            let matrices = try leaves.map { try $0.reshaped(to: [$0.shape[0], -1]) }
            let product = try matmul(matrices[1], matrices[0])
            let expected = try gradients(of: product.power(2).sum() * 0.5, with: leaves)
            for (name, gradient) in zip(names, expected) {
                let wanted = try before.tensor(name) + #require(gradient) * -0.05
                try expectClose(after.tensor(name), wanted, within: 1e-5)
            }
        }
        try expectClose(
            after.tensor("head.weight"), before.tensor("head.weight") * 0.875, within: 1e-6)
        for name in ["head.bias", "fc.1.bias", "norm.weight"] {
            #expect(try after.tensor(name).bytes() == before.tensor(name).bytes())
        }
    }

    @Test func `with a coefficient of 0 factors do not decay at all`() throws {
        let before = try network()
        let after = try step(before, 0)
        for name in ["conv.0.weight", "conv.1.weight", "fc.0.weight", "fc.1.weight"] {
            #expect(try after.tensor(name).bytes() == before.tensor(name).bytes())
        }
        #expect(try after.tensor("head.weight").bytes() != before.tensor("head.weight").bytes())
    }
}
