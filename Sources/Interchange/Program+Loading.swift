import FileFormats
import OrderedCollections
public import Programs
import Tensors

/// A Program with the weights of a file, and what was done to put them in.
public struct LoadedWeights: Sendable {
    /// The Program.
    public let program: Program
    /// What was taken off the beginning of every name in the file, `module.` for example; often
    /// empty.
    public let prefix: String
    /// How many tensors were converted to the Program's type, by the type that they have in the file.
    public let converted: [String: Int]
    /// The `num_batches_tracked` that the file lacks, now 0.
    public let zeroed: [String]
}

extension Program {
    /// The Program with all its parameters and buffers from a state dict: all of them, or none.
    ///
    /// Prefixes come off as ``StateDict/withoutPrefixes(for:)`` says. Floating-point numbers are
    /// converted to the Program's type, whole numbers likewise: weights in half precision become
    /// `float32`, those in double precision are rounded to it. `num_batches_tracked`, which
    /// checkpoints before PyTorch 0.4.1 lack, becomes 0 where it is not there. Constants are the
    /// Program's own.
    ///
    /// - Throws: one sentence with every tensor that is missing, not expected, or of another shape or
    ///   sort of type, of each the first eight; and what reading the file throws.
    public func loading(_ weights: StateDict) throws -> LoadedWeights {
        let own = tensors.filter { $0.value.role != .constant }
        let weights = weights.withoutPrefixes(for: own.keys)
        var misfits = Misfits()
        var elements: [String: Tensor] = [:]
        var zeroed: [String] = []
        var sources: [(name: String, type: ScalarType)] = []
        for (name, stored) in own {
            guard let entry = weights.entries[name] else {
                guard stored.isBatchCount(name) else {
                    misfits.missing.append(name)
                    continue
                }
                elements[name] = try .zeros(stored.shape, type: stored.type.scalarType)
                zeroed.append(name)
                continue
            }
            guard let type = misfits.check(entry, stored, name) else { continue }
            sources.append((name, type))
        }
        misfits.unexpected = weights.names.filter { own[$0] == nil }
        if let sentence = misfits.sentence {
            throw FileFormatError(.unsupported, file: weights.file, sentence)
        }
        var converted: [String: Int] = [:]
        for (name, type) in sources {
            let wanted = own[name]?.type.scalarType ?? type
            if type != wanted { converted[type.description, default: 0] += 1 }
            elements[name] = try weights.tensor(name).converted(to: wanted)
        }
        return LoadedWeights(
            program: try replacing(elements), prefix: weights.prefix, converted: converted,
            zeroed: zeroed)
    }
}

extension StoredTensor {
    /// Whether it counts the batches that a norm has seen, which changes nothing that is computed
    /// with a fixed momentum.
    fileprivate func isBatchCount(_ name: String) -> Bool {
        role == .buffer && name.hasSuffix("num_batches_tracked")
    }
}

/// What does not fit between a file and a network.
private struct Misfits {
    var missing: [String] = []
    var unexpected: [String] = []
    /// With the shape or type in the file and that of the network.
    var different: [String] = []
    private var hasOtherType = false

    /// The type of a tensor that fits; notes one that does not.
    mutating func check(
        _ entry: StateDict.Entry, _ stored: StoredTensor, _ name: String
    ) -> ScalarType? {
        guard entry.shape == stored.shape else {
            different.append("\(name.shown) is \(entry.shape.shown), not \(stored.shape.shown)")
            return nil
        }
        let wanted = stored.type.scalarType
        guard let type = entry.elementType.flatMap({ ScalarType($0) }), type.isLike(wanted) else {
            hasOtherType = true
            different.append("\(name.shown) is \(entry.typeName), not \(wanted)")
            return nil
        }
        return type
    }

    /// What is wrong, and what would help; nil where nothing is.
    var sentence: String? {
        var parts: [String] = []
        if !missing.isEmpty {
            parts.append("\(missing.count) missing (\(missing.listed()))")
        }
        if !unexpected.isEmpty {
            parts.append("\(unexpected.count) not expected (\(unexpected.listed()))")
        }
        if !different.isEmpty {
            parts.append("\(different.count) different (\(different.listed()))")
        }
        guard !parts.isEmpty else { return nil }
        return "its tensors are not those of the network: \(parts.joined(separator: ", ")); "
            + remedy
    }

    private var remedy: String {
        if let prefix = commonPrefix {
            return "take the prefix \(prefix.shown) off the names before saving"
        }
        if !missing.isEmpty || !unexpected.isEmpty {
            return "check that --model names the network that these weights are of"
        }
        return hasOtherType
            ? "save the weights as floating-point numbers"
            : "check --input, --class-count and --width against these shapes"
    }

    /// What stands before the name of every missing tensor in the file; nil where that is not all.
    private var commonPrefix: String? {
        guard let first = missing.first,
            let longer = unexpected.first(where: { $0.hasSuffix(".\(first)") })
        else { return nil }
        let prefix = String(longer.dropLast(first.count))
        let found = Set(unexpected)
        return missing.allSatisfy { found.contains(prefix + $0) } ? prefix : nil
    }
}

extension ScalarType {
    /// Whether values of one type may be converted to the other: both with fractions, or both
    /// without.
    fileprivate func isLike(_ other: ScalarType) -> Bool {
        self == other || isFloatingPoint && other.isFloatingPoint
            || isWhole && other.isWhole
    }

    private var isWhole: Bool {
        switch self {
        case .uint8, .int8, .int16, .int32, .int64: true
        default: false
        }
    }
}

extension [Int] {
    /// The shape, cut where it is long.
    fileprivate var shown: String {
        count > 8 ? "[\(prefix(8).map { String($0) }.joined(separator: ", ")), …]" : "\(self)"
    }
}
