package import Datasets
import OrderedCollections
package import Programs

extension Examples {
    /// How many examples a network takes at once: `preferred` of them, or as many as its export has fixed.
    ///
    /// - Throws: where that many do not divide the examples.
    package func batchSize(_ preferred: Int, for program: Program) throws -> Int {
        let size = program.batchSize(preferred)
        guard !program.hasFixedBatch || count % size == 0 else {
            throw TrainingError(
                .unusable,
                "the network takes \(size) examples at once and no other number, and there are \(count): "
                    + "export it with a free batch, or give a multiple of \(size)")
        }
        return size
    }

    /// The examples, as many at once as the network takes: `preferred` of them, or as many as its export has fixed.
    ///
    /// Where an export has fixed it, those that do not fill a batch are left out.
    package func batches(_ preferred: Int, for program: Program) -> [Range<Int>] {
        let size = program.batchSize(preferred)
        let all = stride(from: 0, to: count, by: size).map { $0..<min($0 + size, count) }
        return program.hasFixedBatch ? all.filter { $0.count == size } : all
    }
}

extension Program {
    /// How many examples the network takes at once: `preferred` of them where its export left that free.
    package func batchSize(_ preferred: Int) -> Int {
        guard let size = firstSize else { return preferred }
        if let fixed = size.fixed { return max(fixed, 1) }
        guard case .affine(1, let name, 0) = size, let range = dimensions[name] else {
            return preferred
        }
        return min(max(preferred, range.lowerBound), range.upperBound)
    }

    /// Whether the network takes one number of examples alone.
    package var hasFixedBatch: Bool {
        guard let size = firstSize else { return false }
        if size.fixed != nil { return true }
        guard case .affine(1, let name, 0) = size, let range = dimensions[name] else {
            return false
        }
        return range.lowerBound == range.upperBound
    }

    private var firstSize: Size? {
        inputs.first.flatMap { type(of: $0)?.tensor?.sizes.first }
    }
}
