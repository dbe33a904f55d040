import Compression
import Programs
import Tensors
import TestSupport

/// Layers of random sizes with random falling values, by seed.
func randomLayers(
    _ count: Int = 4, seed: UInt64, largest: Int = 14
) throws -> [LayerSpectrum] {
    var random = SeededGenerator(state: seed)
    return try (0..<count).map { index in
        let (rows, columns) = (
            Int.random(in: 2...largest, using: &random), Int.random(in: 2...largest, using: &random)
        )
        let values = try TestSupport.random([min(rows, columns)], seed: seed + UInt64(index) + 100)
            .magnitude().elements(Float.self).map(Double.init).sorted(by: >)
        return LayerSpectrum(
            name: "layer\(index)", matrices: MatrixShape(rows: rows, columns: columns),
            values: values, scores: values.map { $0 * $0 })
    }
}

/// The problem of cutting layers to a budget, in parameters unless a table is given.
func problem(
    _ layers: [LayerSpectrum], _ budget: Budget, others: Int = 0, costs: CostTable? = nil,
    multiple: Int = 1
) -> AllocationProblem {
    AllocationProblem(
        layers, costs: costs ?? .parameters(of: layers, others: others), budget: budget,
        rankMultiple: multiple)
}

extension AllocationProblem {
    /// Whether ranks are those of the layers' choices, or leave a layer as it is.
    func has(_ ranks: [Int]) -> Bool {
        ranks.indices.allSatisfy { layer in
            !costs.layers[layer].saves(atRank: ranks[layer])
                || options(of: layer).contains { $0.rank == ranks[layer] }
        }
    }

    /// The sum of the layers' errors at ranks.
    func lost(_ ranks: [Int]) -> Double {
        ranks.indices.reduce(0) { sum, layer in
            sum + (options(of: layer).first { $0.rank >= ranks[layer] }?.error ?? .infinity)
        }
    }

    /// All choices of ranks.
    var combinations: [[Int]] {
        layers.indices.reduce([[]]) { combinations, layer in
            let ranks = options(of: layer).map(\.rank)
            return combinations.flatMap { before in ranks.map { before + [$0] } }
        }
    }
}

/// An objective that is a sum over the layers, and that counts how often it is asked.
struct SumObjective: RankObjective {
    let problem: AllocationProblem
    /// What each layer's error is multiplied with.
    let weights: [Double]
    var examples = 10

    func score(_ ranks: [Int], on range: Range<Int>) throws -> Double {
        ranks.indices.reduce(0) { sum, layer in
            let error = problem.options(of: layer).first { $0.rank >= ranks[layer] }?.error ?? 0
            return sum + weights[layer] * error
        }
    }
}
