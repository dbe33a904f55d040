import Compression
import Datasets
import Programs
import Tensors
import Testing
import Training

@Suite struct BestPlanTests {
    /// A layer whose large components see no input: raw keeps the wrong ones, whitened the right.
    private func misleading() throws -> (network: Program, data: Examples) {
        let weight = Tensor(
            [
                100, 0, 0, 0, 0, 0, 0, 0,
                0, 100, 0, 0, 0, 0, 0, 0,
                0, 0, 1, 0, 0, 0, 0, 0,
                0, 0, 0, 1, 0, 0, 0, 0,
                0, 0, 0, 0, 0.1, 0, 0, 0,
                0, 0, 0, 0, 0, 0.1, 0, 0,
                0, 0, 0, 0, 0, 0, 0.1, 0,
                0, 0, 0, 0, 0, 0, 0, 0.1,
            ] as [Float], shape: [8, 8])
        var rows = [Float](repeating: 0, count: 20 * 8)
        for row in 0..<20 { rows[8 * row + 2 + row % 2] = 3 }
        let data = examples(Tensor(rows, shape: [20, 8]), labels: (0..<20).map { 2 + $0 % 2 })
        return (try layer(weight, bias: false), data)
    }

    @Test func `validation picks the criterion that does best`() throws {
        let (network, data) = try misleading()
        let best = try BestPlan(
            for: network, keeping: .rank(2), from: Profile(of: network, on: data),
            validating: data)
        #expect(best.candidates.map(\.plan.criterion) == ["raw", "relative", "whitened"])
        #expect(best.best.plan.criterion == "whitened")
        #expect(best.best.evaluation.accuracy == 1)
        #expect(best.candidates[0].evaluation.accuracy < 0.9)
        let again = try Truncate(best.best.plan).apply(to: network).program
        #expect(try Evaluation(of: again, on: data) == best.best.evaluation)
    }

    @Test func `of equal accuracies the lower loss wins`() throws {
        struct Named: Criterion {
            let name: String
            let kept: Int
            let needsProfile = false
            func decomposition(of matrices: Tensor, profile: LayerProfile?) throws -> Decomposition
            {
                let rows = matrices.shape[1]
                let order = Tensor([kept] + (0..<rows).filter { $0 != kept })
                let left = try Tensor.identity(rows, type: .float64).selecting(order, along: 1)
                    .unsqueezed(at: 0)
                let right = try matrices.converted(to: .float64).selecting(order, along: 1)
                return Decomposition(
                    left: left, right: right, values: [Double](repeating: 1, count: rows))
            }
            func scores(_ values: [Double]) -> [Double] { values }
        }
        let weight = Tensor([1, 0, 0, 0, 2, 0, 0, 0, 1] as [Float], shape: [3, 3])
        let network = try layer(weight, bias: false)
        // Rank 1 keeps one row; both criteria get half of the examples right, with other losses.
        let data = examples(
            Tensor([0, 1, 0, 0, 0, 1] as [Float], shape: [2, 3]), labels: [1, 2])
        let best = try BestPlan(
            for: network, keeping: .rank(1),
            trying: [Named(name: "second", kept: 2), Named(name: "first", kept: 1)],
            from: Profile(of: network, on: data), validating: data)
        let losses = best.candidates.map(\.evaluation.loss)
        #expect(losses[1] < losses[0])
        if best.candidates[0].evaluation.accuracy == best.candidates[1].evaluation.accuracy {
            #expect(best.best.plan.criterion == "first")
        } else {
            Issue.record("accuracies differ: \(best.candidates.map(\.evaluation))")
        }
    }

    @Test func `without criteria there is nothing to choose`() throws {
        let (network, data) = try misleading()
        expectError(.program, "there is no criterion to try") {
            _ = try BestPlan(
                for: network, keeping: .rank(2), trying: [], from: Profile(of: network, on: data),
                validating: data)
        }
    }
}
