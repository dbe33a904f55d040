import OrderedCollections
import Tensors

/// What two networks have in common and where they differ, without running them.
public struct Comparison: Sendable, Codable {
    /// What became of a stored tensor.
    public enum Fate: String, Sendable, Codable {
        /// The same elements.
        case same
        /// The same shape, other elements.
        case changed
        /// Another shape or type under the same name.
        case reshaped
        /// A product of factors stands in its place.
        case factored
        /// It is in the first network alone.
        case removed
        /// It is in the second network alone.
        case added
    }

    /// One stored tensor of either network.
    public struct TensorChange: Sendable, Codable {
        /// The name.
        public let name: String
        /// What became of it.
        public let fate: Fate
        /// The first network's type and shape.
        public let before: String?
        /// The second network's types and shapes: of the tensor, or of its factors in the order in which they apply.
        public let after: [String]
        /// The rank that its factors leave it; nil where it has none.
        public let rank: Int?
        /// ‖second - first‖ / ‖first‖ in the Frobenius norm, where the shapes are equal.
        public let relativeDifference: Double?
    }

    /// How often an operator is called.
    public struct OperatorCount: Sendable, Codable {
        /// The operator.
        public let name: String
        /// Calls in the first network.
        public let before: Int
        /// Calls in the second network.
        public let after: Int
    }

    /// The stored tensors: those of the first network in its order, then those that the second has beside them.
    public let tensors: [TensorChange]
    /// The operators that one network calls more often than the other, by name.
    public let operators: [OperatorCount]

    /// Compares two networks.
    ///
    /// - Throws: where a tensor has no elements yet.
    public init(of first: Program, with second: Program) throws {
        var factors: Set<String> = []
        var changes: [TensorChange] = []
        for (name, stored) in first.tensors {
            let parts = second.factors(inPlaceOf: name)
            factors.formUnion(parts)
            changes.append(try Self.change(name, stored, parts, first, second))
        }
        for (name, stored) in second.tensors
        where first.tensors[name] == nil && !factors.contains(name) {
            changes.append(
                TensorChange(
                    name: name, fate: .added, before: nil, after: ["\(stored.type)"], rank: nil,
                    relativeDifference: nil))
        }
        tensors = changes
        let counts = (first.operatorCounts, second.operatorCounts)
        operators = Set(counts.0.keys).union(counts.1.keys).sorted().compactMap { name in
            let (before, after) = (counts.0[name] ?? 0, counts.1[name] ?? 0)
            return before == after
                ? nil : OperatorCount(name: name, before: before, after: after)
        }
    }

    private static func change(
        _ name: String, _ stored: StoredTensor, _ parts: [String], _ first: Program,
        _ second: Program
    ) throws -> TensorChange {
        func change(_ fate: Fate, _ after: [StoredTensor], _ rank: Int? = nil, _ by: Double? = nil)
            -> TensorChange
        {
            TensorChange(
                name: name, fate: fate, before: "\(stored.type)", after: after.map { "\($0.type)" },
                rank: rank, relativeDifference: by)
        }
        guard let other = second.tensors[name] else {
            let tensors = parts.compactMap { second.tensors[$0] }
            guard tensors.count > 1 else { return change(.removed, []) }
            // The first axis of what applies first is the rank.
            return change(.factored, tensors, tensors[0].shape.first)
        }
        guard other.type.scalarType == stored.type.scalarType, other.shape == stored.shape else {
            return change(.reshaped, [other])
        }
        let distance = try relativeDistance(first.tensor(name), second.tensor(name))
        return change(distance == 0 ? .same : .changed, [other], nil, distance)
    }

    private static func relativeDistance(_ first: Tensor, _ second: Tensor) throws -> Double {
        guard first.count > 0, try first.bytes() != second.bytes() else { return 0 }
        let a = try first.converted(to: .float64)
        let b = try second.converted(to: .float64)
        let norm = try a.power(2).sum().item().squareRoot()
        let distance = try (b - a).power(2).sum().item().squareRoot()
        return norm > 0 ? distance / norm : distance
    }
}

extension Program {
    /// The tensors that stand in the place of a weight that was split: `fc.0.weight` and `fc.1.weight` for `fc.weight`, or
    /// the factors `fc.factors.0` and so on.
    fileprivate func factors(inPlaceOf name: String) -> [String] {
        guard tensors[name] == nil, name.hasSuffix(".weight") else { return [] }
        let stem = name.dropLast(".weight".count)
        func run(_ spell: (Int) -> String) -> [String] {
            Array((0...).lazy.map(spell).prefix { tensors[$0] != nil })
        }
        let split = run { "\(stem).\($0).weight" }
        return split.isEmpty ? run { "\(stem).factors.\($0)" } : split
    }

    fileprivate var operatorCounts: [String: Int] {
        nodes.reduce(into: [:]) { $0["\($1.operation)", default: 0] += 1 }
    }
}
