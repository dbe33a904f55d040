public import Datasets
import OrderedCollections
public import Programs
import Tensors
import Training

/// Measures the running statistics of every batch norm anew.
///
/// After a truncation the inputs of a batch norm are no longer those that its statistics were taken from. The mean of
/// the batches' statistics takes their place, as in PyTorch's `update_bn`. It helps where much was cut, and costs a little
/// where little was.
public struct Recalibrate: Rewrite {
    /// What the statistics are taken from: training examples, without augmentation.
    public let examples: Examples
    /// The examples in a batch.
    public let batchSize: Int

    /// Makes the rewrite.
    public init(on examples: Examples, batchSize: Int = 256) {
        self.examples = examples
        self.batchSize = batchSize
    }

    /// Replaces the running means and variances.
    ///
    /// - Throws: where the network has no batch norm, or there is no batch of two examples.
    public func apply(to program: Program) throws -> Rewritten {
        // With a momentum of 1 a run gives the batch's own statistics.
        var measuring = program.withoutDropout
        for index in measuring.nodes.indices
        where measuring.nodes[index].value("running_mean") != nil {
            measuring.nodes[index]["momentum"] = .double(1)
        }
        let runner = try Runner(measuring)
        var sums: [String: Tensor] = [:]
        var batches = 0
        var generator = Generator(seed: 0)
        // A single example has no variance.
        for part in examples.batches(batchSize, for: program) where part.count > 1 {
            let batch = try examples.batch(part)
            let run = try withoutGradients {
                try runner.run(batch.all, mode: .training, generator: &generator)
            }
            for (name, statistics) in run.buffers where statistics.scalarType.isFloatingPoint {
                let wide = try statistics.converted(to: .float64)
                sums[name] = try sums[name].map { try $0 + wide } ?? wide
            }
            batches += 1
        }
        guard batches > 0 else {
            throw CompressionError(
                .data,
                program.batchSize(batchSize) == 1
                    ? "the network takes one example at once, and one has no variance: export it with a "
                        + "free batch"
                    : "\(examples.count) examples are too few to measure statistics on")
        }
        guard !sums.isEmpty else {
            throw CompressionError(
                .program, "the network has no batch norm whose statistics could be measured anew")
        }
        let means = try sums.map { name, sum in
            let type = program.tensors[name]?.type.scalarType ?? .float32
            return (name, try (sum * (1 / Double(batches))).converted(to: type))
        }
        let result = try program.replacing(Dictionary(uniqueKeysWithValues: means))
        return Rewritten(
            result, from: program,
            changes: means.map { name, _ in
                Change(
                    name, .replaced(by: [name]),
                    reason: "measured anew on \(examples.count) examples")
            })
    }
}
