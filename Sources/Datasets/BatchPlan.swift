import Tensors

/// The most elements on which libtorch works with the calling thread alone.
///
/// NB: from 32,768 on it spreads an operation over all its threads. Called from a second thread it
/// would start a second team of them, which slows the trainer's; and many operations just over the
/// limit crawl where the machine is busy.
let elementsOnOneThread = 32_767

/// Which examples each batch of an epoch has.
struct BatchPlan: Sendable {
    let batchCount: Int
    private let examples: Examples
    private let batchSize: Int
    /// The examples' positions in their order; nil where it is the stored one.
    private let positions: [Int]?

    init(_ examples: Examples, batchSize: Int, order: BatchLoader.Order) {
        self.examples = examples
        self.batchSize = batchSize
        let count = examples.count
        let full = count / batchSize
        let rest = count % batchSize
        switch order {
        case .inOrder:
            positions = nil
            batchCount = full + (rest > 0 ? 1 : 0)
        case .shuffled(let seed, let epoch):
            var generator = SplitMix64(seed: seed, stream: UInt64(bitPattern: Int64(epoch)))
            positions = generator.shuffled(Array(0..<count))
            batchCount = full + (rest > 1 || full == 0 && rest > 0 ? 1 : 0)
        }
    }

    /// The batch at `index`, the same bits whatever thread computes it.
    func batch(_ index: Int) throws -> Batch {
        let start = index * batchSize
        let end = min(start + batchSize, examples.count)
        let step = max(1, elementsOnOneThread * examples.count / max(1, examples.inputs.count))
        let pieces = try stride(from: start, to: end, by: step).map { first in
            try batch(first..<min(first + step, end))
        }
        guard pieces.count > 1 else { return pieces[0] }
        let labels = pieces.compactMap(\.labels)
        return Batch(
            inputs: try .concatenated(pieces.map(\.inputs)),
            labels: labels.isEmpty ? nil : try .concatenated(labels))
    }

    private func batch(_ range: Range<Int>) throws -> Batch {
        guard let positions else { return try examples.batch(range) }
        return try examples.batch(Tensor(Array(positions[range])))
    }
}
