public import Datasets
public import Programs
import Synchronization
import Tensors
import Training

/// What cutting a network does to its answers on examples.
///
/// The network's structure stays: a layer of rank r is the product of its first r components in the weight's place,
/// made once for each layer and rank that is asked for, so that a choice costs one run and no decomposition.
public final class NetworkObjective: RankObjective {
    /// What is measured.
    public enum Measure: Sendable {
        /// The mean Kullback–Leibler divergence from the classes that the network as it is gives, in nats; needs no labels.
        case divergence
        /// The mean cross entropy, in nats.
        case loss
    }

    private let runner: Runner
    private let data: Examples
    private let measure: Measure
    private let batchSize: Int
    /// Whether the network takes that many examples at once and no other number.
    private let isBatchFixed: Bool
    private let shouldStop: @Sendable () -> Bool
    /// The logarithms of the class probabilities that the network as it is gives, `[examples, classes]`.
    private let reference: Tensor
    private let weights: ProductCache
    private let checkpoints: Checkpoints
    private let base = Mutex<Base?>(nil)

    /// The number of examples.
    public var examples: Int { data.count }

    /// Runs the network as it is.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - spectra: the components of its weights.
    ///   - examples: what to run, training examples that no result is reported on.
    ///   - measure: what is measured; the loss needs labels.
    ///   - batchSize: how many examples run at once, where the network's export has not fixed it.
    ///   - shouldStop: asked before every choice is measured; where it says so, that throws.
    public init(
        of program: Program, from spectra: Spectra, on examples: Examples,
        measure: Measure = .divergence, batchSize: Int = 256,
        shouldStop: @escaping @Sendable () -> Bool = { false }
    ) throws {
        guard measure == .divergence || examples.labels != nil else {
            throw CompressionError(
                .data, "the examples have no labels, and the loss needs them: use the divergence")
        }
        self.measure = measure
        self.batchSize = try examples.batchSize(batchSize, for: program)
        isBatchFixed = program.hasFixedBatch
        self.shouldStop = shouldStop
        data = examples
        runner = try Runner(program)
        reference = try logits(of: program, on: examples, batchSize: batchSize).logSoftmax()
        guard try reference.isFinite() else {
            throw CompressionError(
                .data, "the network's answers on the examples are not finite: check the examples")
        }
        weights = ProductCache(program, spectra)
        checkpoints = try Checkpoints(program, spectra)
    }

    /// The mean divergence or loss; infinite where an answer is not a number.
    ///
    /// Where the choice differs from the base in late layers alone, only the rest of the network runs.
    public func score(_ ranks: [Int], on range: Range<Int>) throws -> Double {
        let range = wholeBatches(of: range)
        let base = base.withLock { $0 }
        guard let base, base.range == range else { return try score(ranks, on: range, nil).mean }
        let changed = ranks.indices.filter { ranks[$0] != base.ranks[$0] }
        guard let place = checkpoints.last(before: changed) else {
            return try score(ranks, on: range, nil).mean
        }
        try stopIfAsked()
        let tensors = try weights.tensors(ranks)
        let sums = try parts(of: range).enumerated().map { index, part in
            let run = try answer(
                checkpoints.places[place].runner, [base.values[index][place]], tensors)
            return try sum(run.results[0], data.labels?.sliced(part), part)
        }
        return Self.mean(sums, of: range)
    }

    /// The score; what the network computes on the way is kept until the next base.
    public func scoreBase(_ ranks: [Int], on range: Range<Int>) throws -> Double {
        let range = wholeBatches(of: range)
        let (mean, values) = try score(ranks, on: range, checkpoints.places.map(\.value))
        base.withLock { $0 = Base(ranks: ranks, range: range, values: values) }
        return mean
    }

    /// What the network computed for a choice at the checkpoints, for each batch.
    private struct Base {
        let ranks: [Int]
        let range: Range<Int>
        let values: [[Tensor]]
    }

    private func score(
        _ ranks: [Int], on range: Range<Int>, _ wanted: [Value]?
    ) throws -> (mean: Double, values: [[Tensor]]) {
        try stopIfAsked()
        let tensors = try weights.tensors(ranks)
        var values: [[Tensor]] = []
        let sums = try parts(of: range).map { part in
            let batch = try data.batch(part)
            let run = try answer(runner, batch.all, tensors, wanted ?? [])
            values.append((wanted ?? []).compactMap { run.values[$0] })
            return try sum(run.results[0], batch.labels, part)
        }
        return (Self.mean(sums, of: range), values)
    }

    private func stopIfAsked() throws {
        if shouldStop() {
            throw TrainingError(.interrupted, "stopped while ranks were searched for")
        }
    }

    /// The range, widened to whole batches where the network takes no others.
    private func wholeBatches(of range: Range<Int>) -> Range<Int> {
        guard isBatchFixed else { return range }
        let first = range.lowerBound / batchSize
        let last = (range.upperBound + batchSize - 1) / batchSize
        return first * batchSize..<min(last * batchSize, data.count)
    }

    private func parts(of range: Range<Int>) -> [Range<Int>] {
        stride(from: range.lowerBound, to: range.upperBound, by: batchSize).map {
            $0..<min($0 + batchSize, range.upperBound)
        }
    }

    private func answer(
        _ runner: Runner, _ inputs: [Tensor], _ tensors: [String: Tensor], _ wanted: [Value] = []
    ) throws -> RunResult {
        var generator = Generator(seed: 0)
        return try withoutGradients {
            try runner.run(
                inputs, mode: .inference, tensors: tensors, wanted: wanted, generator: &generator)
        }
    }

    private static func mean(_ sums: [Double], of range: Range<Int>) -> Double {
        let mean = sums.reduce(0, +) / Double(max(range.count, 1))
        return mean.isFinite ? mean : .infinity
    }

    private func sum(_ logits: Tensor, _ labels: Tensor?, _ range: Range<Int>) throws -> Double {
        if measure == .loss, let labels {
            // Positions of examples lie one after the other.
            let flat = try logits.reshaped(to: [-1, logits.shape[logits.rank - 1]])
            return try crossEntropy(flat, labels.flattened(), reduction: .sum).item()
        }
        return try klDivergence(from: reference.sliced(range), to: logits.logSoftmax()).item()
    }
}
