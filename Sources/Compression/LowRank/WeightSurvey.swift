import FileFormats
import Interchange
import Programs
import Tensors

/// What is found in a file of weights, tensor by tensor, before ranks are chosen.
struct WeightSurvey {
    /// A tensor that can be factored.
    struct Layer {
        let name: String
        /// Its place among the entries.
        let index: Int
        let spectrum: LayerSpectrum
    }

    /// The most axes that a convolution's weight has.
    static let largestRank = 5

    let weights: StateDict
    let criterion: any Criterion
    private let aliases: [String: String]
    /// The names in the file, and those of factors that were promised.
    private var taken: Set<String>
    private var places: [String: Int] = [:]
    private(set) var entries: [WeightPlan.Entry] = []
    private(set) var layers: [Layer] = []
    private(set) var notFinite: [String] = []
    /// Floating-point elements, each once.
    private(set) var parameters = 0

    init(_ weights: StateDict, _ criterion: any Criterion) {
        self.weights = weights
        self.criterion = criterion
        aliases = weights.aliases
        taken = Set(weights.names)
    }

    /// Looks at the next tensor.
    mutating func add(_ name: String, _ observe: (String) throws -> Void) throws {
        let shape = weights.shape(of: name) ?? []
        guard let type = weights.elementType(of: name) else {
            _ = try weights.array(name)  // which says why it cannot be read
            preconditionFailure("\(name) has no type that is known")
        }
        func append(_ outcome: WeightPlan.Outcome, _ reason: String) {
            places[name] = entries.count
            entries.append(
                WeightPlan.Entry(
                    name: name, typeName: type.description, shape: shape, outcome: outcome,
                    reason: reason))
        }
        if let first = aliases[name] {
            return append(.shared(with: first), "another name of \(first), which is written once")
        }
        try count(shape, type, name)
        let reason = Self.reasonToKeep(shape, type)
        guard ScalarType(type)?.isFloatingPoint ?? false else { return append(.kept, reason ?? "") }
        try observe(name)
        let tensor = try weights.tensor(name)
        guard try tensor.isFinite() else {
            notFinite.append(name)
            return append(.kept, "it has values that are not finite")
        }
        if let reason { return append(.kept, reason) }
        let matrices = WeightPlan.matrix(ofShape: shape)
        let elements = try tensor.reshaped(to: [1, matrices.rows, matrices.columns])
        let values = try criterion.values(of: elements, profile: nil)
        layers.append(
            Layer(
                name: name, index: entries.count,
                spectrum: LayerSpectrum(
                    name: name, matrices: matrices, values: values, scores: criterion.scores(values)
                )))
        append(.kept, "dense")
    }

    /// Why a tensor stays without a look at its elements; nil where it may be factored.
    private static func reasonToKeep(_ shape: [Int], _ type: ElementType) -> String? {
        guard let scalar = ScalarType(type) else { return "nothing is computed with \(type)" }
        guard scalar.isFloatingPoint else { return "\(type) is not a floating-point type" }
        guard shape.count >= 2 else { return "a vector or a number, not a matrix" }
        guard shape.count <= largestRank else { return "more than \(largestRank) axes" }
        guard !shape.contains(0) else { return "it has no elements" }
        let matrices = WeightPlan.matrix(ofShape: shape)
        guard matrices.breakEvenRank >= 1 else {
            return "factors of \(matrices) have no fewer parameters at any rank"
        }
        return nil
    }

    private mutating func count(_ shape: [Int], _ type: ElementType, _ name: String) throws {
        guard ScalarType(type)?.isFloatingPoint ?? true else { return }
        let (sum, overflow) = parameters.addingReportingOverflow(shape.reduce(1, *))
        guard !overflow else {
            throw FileFormatError(
                .tooLarge, file: weights.file,
                "its tensors have more than 2^63 elements together; check which file it is")
        }
        parameters = sum
    }

    // MARK: Cutting

    /// Notes the rank that was chosen for a tensor, and what its factors are called.
    mutating func cut(_ layer: Layer, to rank: Int) {
        let matrices = layer.spectrum.matrices
        entries[layer.index].reason = matrices.reason(atRank: rank)
        guard matrices.saves(atRank: rank) else { return }
        let stem = Compose.stem(of: layer.name)
        let names = stem.factorNames(besides: taken)
        taken.formUnion(names)
        let values = layer.spectrum.values
        let total = values.reduce(0) { $0 + $1 * $1 }
        let lost = values.dropFirst(rank).reduce(0) { $0 + $1 * $1 }
        entries[layer.index].outcome = .replaced(first: names[0], second: names[1], rank: rank)
        entries[layer.index].droppedEnergy = total > 0 ? lost / total : 0
        rename("\(stem).bias", to: String(names[1].dropLast("weight".count)) + "bias", layer)
    }

    /// Moves the bias of a layer to its second factor, where it is that layer's alone.
    private mutating func rename(_ bias: String, to new: String, _ layer: Layer) {
        guard layer.name.hasSuffix(".weight"), let index = places[bias],
            entries[index].outcome == .kept,
            entries[index].shape == [layer.spectrum.matrices.rows],
            !aliases.values.contains(bias), taken.insert(new).inserted
        else { return }
        entries[index].outcome = .renamed(new)
        entries[index].reason = "the bias goes with the second factor"
    }
}

extension String {
    /// `fc.0.weight` and `fc.1.weight` for `fc`, or `fc.factors.0.weight` and so on where these are taken.
    fileprivate func factorNames(besides taken: Set<String>) -> [String] {
        let middles =
            ["", ".factors"] + (2...).lazy.prefix(taken.count + 1).map { ".factors\($0)" }
        for middle in middles {
            let names = (0...1).map { "\(self)\(middle).\($0).weight" }
            if taken.isDisjoint(with: names) { return names }
        }
        preconditionFailure("there are more names than those that are taken")
    }
}
