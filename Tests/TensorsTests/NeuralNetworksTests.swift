import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct NeuralNetworksTests {
    private let logits: [[Double]] = [[1, 2, 0.5], [-1, 0, 3], [0.25, 0.25, 0.25], [4, -4, 1]]
    private let labels = [1, 0, 2, 0]

    /// `-Σ q log p` with q = (1 - s) at the label plus s / classes everywhere.
    private func losses(smoothing: Double) -> [Double] {
        zip(logits, labels).map { row, label in
            let total = log(row.map(exp).reduce(0, +))
            return row.enumerated().reduce(0) { sum, entry in
                let target = (entry.offset == label ? 1 - smoothing : 0) + smoothing / 3
                return sum - target * (entry.element - total)
            }
        }
    }

    @Test(arguments: [0, 0.1, 0.5, 1])
    func `cross entropy agrees with the sum written out`(smoothing: Double) throws {
        let input = Tensor(logits.flatMap { $0 }, shape: [4, 3])
        let expected = losses(smoothing: smoothing)
        func loss(_ reduction: Reduction) throws -> Tensor {
            try crossEntropy(
                input, Tensor(labels), labelSmoothing: smoothing, reduction: reduction)
        }
        let total = expected.reduce(0, +)
        try expectClose(loss(.each), Tensor(expected), within: 1e-14)
        try expectClose(loss(.sum), Tensor(total), within: 1e-14)
        try expectClose(loss(.mean), Tensor(total / 4), within: 1e-14)
        let plain = try crossEntropy(input, Tensor(labels), labelSmoothing: smoothing)
        try expectClose(plain, Tensor(total / 4), within: 1e-14)
    }

    @Test func `a label that is no class is refused`() throws {
        let input = Tensor(logits.flatMap { $0 }, shape: [4, 3])
        let failure = #expect(throws: TensorError.self) {
            try crossEntropy(input, Tensor([0, 1, 2, 3]))
        }
        #expect(failure?.kind == .index)
        #expect(failure?.operands == ["float64 [4, 3]", "int64 [4]"])
    }

    @Test func `the softmax of every row sums to one and keeps the differences`() throws {
        let input = Tensor(logits.flatMap { $0 }, shape: [4, 3])
        let logarithms = try input.logSoftmax()
        try expectClose(
            logarithms.exponential().sum(along: [1]), .ones([4], type: .float64), within: 1e-14)
        let (after, before) = (
            try logarithms.elements(Double.self), try input.elements(Double.self)
        )
        for row in 0..<4 {
            let (found, wanted) = (
                after[row * 3] - after[row * 3 + 1], before[row * 3] - before[row * 3 + 1]
            )
            #expect((found - wanted).magnitude < 1e-13)
        }
    }
}
