import FileFormats
import Interchange
import Programs
import Tensors

extension WeightPlan {
    /// Writes the tensors as planned, one after the other, as safetensors: all of it or nothing.
    ///
    /// Factors are computed in double precision and written in the type of their weight. The names of shared tensors
    /// are texts in the file, from each other name to the one that is written, as `safetensors.torch.save_model` has
    /// them.
    ///
    /// - Parameters:
    ///   - path: where; see ``FileFormats/Safetensors/write(_:metadata:to:maximumShardBytes:)`` for the names of shards.
    ///   - maximumShardBytes: the most bytes of elements in one file; nil for one file.
    ///   - observe: is told the name of each tensor before it is written; what it throws ends the work.
    /// - Returns: the paths that were written, an index last.
    /// - Throws: what reading and writing throw.
    @discardableResult
    public func write(
        to path: String, maximumShardBytes: Int? = nil,
        observing observe: @escaping (String) throws -> Void = { _ in }
    ) throws -> [String] {
        var metadata = weights.metadata
        metadata["format"] = metadata["format"] ?? "pt"
        var arrays: [PendingArray] = []
        for entry in entries {
            switch entry.outcome {
            case .kept: arrays.append(unchanged(entry, as: entry.name, observe))
            case .renamed(let name): arrays.append(unchanged(entry, as: name, observe))
            case .shared(let first): metadata[entry.name] = first
            case .replaced: arrays += factors(entry, observe)
            }
        }
        return try Safetensors.write(
            arrays, metadata: metadata, to: path, maximumShardBytes: maximumShardBytes)
    }

    private func unchanged(
        _ entry: Entry, as name: String, _ observe: @escaping (String) throws -> Void
    ) -> PendingArray {
        PendingArray(name, type(of: entry), shape: entry.shape) {
            try observe(entry.name)
            return try weights.array(entry.name)
        }
    }

    private func type(of entry: Entry) -> ElementType {
        guard let type = weights.elementType(of: entry.name) else {
            preconditionFailure("\(entry.name) was read before")
        }
        return type
    }

    private func factors(
        _ entry: Entry, _ observe: @escaping (String) throws -> Void
    ) -> [PendingArray] {
        let type = type(of: entry)
        let pair = FactorPair {
            try observe(entry.name)
            return try factors(entry)
        }
        return entry.factors.enumerated().map { index, factor in
            PendingArray(factor.name, type, shape: factor.shape) {
                try RawArray(pair.take(index).reshaped(to: factor.shape))
            }
        }
    }

    /// The two factors of a tensor as matrices, `[1, rank, inputs]` and `[1, outputs, rank]`.
    private func factors(_ entry: Entry) throws -> [Tensor] {
        guard case .replaced(_, _, let rank) = entry.outcome else { return [] }
        let weight = try weights.tensor(entry.name)
        let matrices = Self.matrix(ofShape: entry.shape)
        let decomposition = try ranking.decomposition(
            of: weight.reshaped(to: [1, matrices.rows, matrices.columns]), profile: nil)
        let factors = try decomposition.factors(rank: rank, type: weight.scalarType)
        return [factors.first, factors.second]
    }
}

extension WeightPlan.Entry {
    /// The names and shapes of the factors, the one next to the input first; none where it is not replaced.
    public var factors: [(name: String, shape: [Int])] {
        guard case .replaced(let first, let second, let rank) = outcome else { return [] }
        let ones = [Int](repeating: 1, count: shape.count - 2)
        return [(first, [rank] + shape.dropFirst()), (second, [shape[0], rank] + ones)]
    }
}

/// Two factors that are written one after the other: computed when the first is asked for, dropped with the last.
private final class FactorPair {
    private let compute: () throws -> [Tensor]
    private var factors: [Tensor] = []
    private var left: Set<Int> = []

    init(_ compute: @escaping () throws -> [Tensor]) { self.compute = compute }

    func take(_ index: Int) throws -> Tensor {
        if factors.isEmpty {
            factors = try compute()
            left = Set(factors.indices)
        }
        let factor = factors[index]
        left.remove(index)
        if left.isEmpty { factors = [] }
        return factor
    }
}
