import Datasets
import Foundation
import Programs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct EvaluationTests {
    // Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I.
    @Test(arguments: [
        (81, 263, 0.2553, 0.3662), (15, 148, 0.0624, 0.1605), (0, 20, 0, 0.1611),
        (1, 29, 0.0061, 0.1718), (29, 29, 0.8830, 1),
    ])
    func `the interval is Wilson's`(correct: Int, examples: Int, low: Double, high: Double) {
        let evaluation = Evaluation(correct: correct, examples: examples, loss: 0)
        #expect(evaluation.accuracy == Double(correct) / Double(examples))
        #expect(abs(evaluation.accuracyLow - low) < 5e-5)
        #expect(abs(evaluation.accuracyHigh - high) < 5e-5)
    }

    @Test func `without examples nothing is known`() {
        let evaluation = Evaluation(correct: 0, examples: 0, loss: 0)
        #expect(evaluation.accuracy == 0)
        #expect(evaluation.accuracyLow == 0 && evaluation.accuracyHigh == 1)
    }

    /// Three examples whose logits are their inputs.
    private func identity() throws -> (network: Program, data: Examples) {
        let network = try Program(input: [2]) { $0.linear("fc", outputs: 2, bias: false) }
            .initialized(seed: 1)
            .replacing(["fc.weight": Tensor([1, 0, 0, 1] as [Float], shape: [2, 2])])
        let ln3 = Float(1.0986122886681098)
        let inputs = Tensor([ln3, 0, 0, ln3, 0, ln3], shape: [3, 2])
        return (network, examples(inputs, labels: [0, 1, 0]))
    }

    @Test func `accuracy and loss by hand`() throws {
        let (network, data) = try identity()
        let evaluation = try Evaluation(of: network, on: data)
        #expect(evaluation.examples == 3)
        #expect(evaluation.accuracy == 2.0 / 3)
        // The right classes have 3/4, 3/4 and 1/4.
        let loss = -(2 * log(0.75) + log(0.25)) / 3
        #expect(abs(evaluation.loss - loss) < 1e-6)
    }

    @Test func `the size of batches makes no difference`() throws {
        let (network, data) = (try normed(), try blobs(37))
        let whole = try Evaluation(of: network, on: data)
        for size in [1, 5, 36, 37] {
            let parts = try Evaluation(of: network, on: data, batchSize: size)
            #expect(parts.accuracy == whole.accuracy && parts.examples == 37)
            #expect(abs(parts.loss - whole.loss) < 1e-6)
        }
    }

    @Test func `logits come in the examples' order`() throws {
        let (network, data) = (try normed(), try blobs(37))
        let found = try logits(of: network, on: data, batchSize: 10)
        try expectClose(found, Runner(network)(data.inputs), within: 1e-6)
    }

    @Test func `preprocessing is applied`() throws {
        let (network, data) = try identity()
        let flipped = data.with(Preprocessing(scale: -1, mean: [0, 0], deviation: [1, 1]))
        #expect(try Evaluation(of: network, on: flipped).accuracy == 1.0 / 3)
    }
}
