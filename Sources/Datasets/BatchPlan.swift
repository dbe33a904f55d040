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
    private let order: BatchLoader.Order
    private let augmentation: Augmentation
    /// The examples' positions in their order; nil where it is the stored one.
    private let positions: [Int]?

    init(
        _ examples: Examples, batchSize: Int, order: BatchLoader.Order, augmentation: Augmentation
    ) {
        self.examples = examples
        self.batchSize = batchSize
        self.order = order
        self.augmentation = augmentation
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
        try augmentation.check(examples)
        let start = index * batchSize
        let end = min(start + batchSize, examples.count)
        let draws = draws(index, count: end - start)
        let step = max(1, elementsOnOneThread / max(1, elementsOfExample))
        let pieces = try stride(from: start, to: end, by: step).map { first in
            let range = first..<min(first + step, end)
            let piece = try chosen(range)
            guard let draws else { return try piece.prepared() }
            let drawn = draws[(range.lowerBound - start)..<(range.upperBound - start)]
            let images = try ImageDraw.apply(drawn, to: piece.inputs)
            return try piece.with(inputs: [images] + piece.others).prepared()
        }
        guard pieces.count > 1 else { return pieces[0] }
        let labels = pieces.compactMap(\.labels)
        return Batch(
            inputs: try .concatenated(pieces.map(\.inputs)),
            others: try pieces[0].others.indices.map { index in
                try .concatenated(pieces.map { $0.others[index] })
            },
            labels: labels.isEmpty ? nil : try .concatenated(labels))
    }

    private func chosen(_ range: Range<Int>) throws -> Examples {
        guard let positions else { return try examples.sliced(range) }
        return try examples.selecting(Tensor(Array(positions[range])))
    }

    /// The elements of an example where it takes most: with its border, if it gets one.
    private var elementsOfExample: Int {
        let shape = examples.exampleShape
        guard augmentation == .standard, shape.count == 3 else { return shape.reduce(1, *) }
        return shape.dropFirst().reduce(shape[0]) { $0 * ($1 + 2 * ImageDraw.border) }
    }

    /// What is drawn for each example of a batch; nil where nothing is.
    private func draws(_ index: Int, count: Int) -> [ImageDraw]? {
        guard augmentation == .standard, case .shuffled(let seed, let epoch) = order else {
            return nil
        }
        // Orders have the streams from 0 on: these begin far from them.
        let stream = 1 << 63 | UInt64(truncatingIfNeeded: epoch) << 32 | UInt64(index)
        var generator = SplitMix64(seed: seed, stream: stream)
        return (0..<count).map { _ in ImageDraw(using: &generator) }
    }
}
