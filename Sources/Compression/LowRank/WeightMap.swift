/// What became of every tensor of a file of weights: the JSON that goes with the factored file.
public struct WeightMap: Codable, Sendable {
    /// One tensor of the original file.
    public struct Tensor: Codable, Sendable {
        /// Its name there.
        public let name: String
        /// The type of its elements.
        public let type: String
        /// Its sizes there.
        public let shape: [Int]
        /// `kept`, `renamed`, `replaced` or `shared`.
        public let outcome: String
        /// Why.
        public let reason: String
        /// The names that stand for it in the new file: two factors, the one next to the input first; or one.
        public let tensors: [String]
        /// The sizes of these.
        public let shapes: [[Int]]
        /// The rank of the factors; nil where there are none.
        public let rank: Int?
        /// The share of the sum of its squared singular values that is lost, from 0 to 1, before the factors are rounded.
        public let droppedEnergy: Double
        /// How to get it back, in Python; nil where the new file has it as it was.
        public let product: String?
        /// The name of the same tensor that is written in its place; nil where it is not shared.
        public let sharedWith: String?
        /// What cannot be known without the network.
        public let note: String?
    }

    /// The form of this map.
    public var version = 1
    /// The budget that was met.
    public let budget: String
    /// The criterion by which components were kept.
    public let criterion: String
    /// Floating-point elements before.
    public let parametersBefore: Int
    /// Floating-point elements after.
    public let parameters: Int
    /// Every tensor of the original file, in its order.
    public let tensors: [Tensor]

    /// Tells what a plan does.
    public init(_ plan: WeightPlan) {
        budget = plan.budget.description
        criterion = plan.criterion
        parametersBefore = plan.parametersBefore
        parameters = plan.parametersAfter
        let shapes = Dictionary(plan.entries.map { ($0.name, $0) }) { first, _ in first }
        tensors = plan.entries.map { Tensor($0, sharing: shapes) }
    }
}

extension WeightMap.Tensor {
    fileprivate init(_ entry: WeightPlan.Entry, sharing all: [String: WeightPlan.Entry]) {
        // A shared tensor is what the tensor of its first name is.
        var source = entry
        var sharedWith: String?
        if case .shared(let first) = entry.outcome, let found = all[first] {
            (source, sharedWith) = (found, first)
        }
        self.sharedWith = sharedWith
        let parts = source.parts
        name = entry.name
        type = entry.typeName
        shape = entry.shape
        outcome = entry.outcome.word
        reason = entry.reason
        tensors = parts.map(\.name)
        shapes = parts.map(\.shape)
        droppedEnergy = source.droppedEnergy
        if case .replaced(let first, let second, let rank) = source.outcome {
            self.rank = rank
            product = Self.product(first, second, entry.shape)
        } else {
            rank = nil
            product = nil
        }
        note = parts.count == 2 ? Self.note(entry) : nil
    }

    private static func product(_ first: String, _ second: String, _ shape: [Int]) -> String {
        guard shape.count > 2 else { return "\(second) @ \(first)" }
        let sizes = shape.map { String($0) }.joined(separator: ", ")
        return "(\(second).flatten(1) @ \(first).flatten(1)).reshape(\(sizes))"
    }

    private static func note(_ entry: WeightPlan.Entry) -> String? {
        if entry.shape.count > 2 {
            return "as two convolutions, the second 1x1, only where the layer has groups = 1"
        }
        let words = ["embed", "emb", "wte", "wpe"]
        let parts = entry.name.lowercased().split { $0 == "." || $0 == "_" }
        let isTable = parts.contains { part in
            words.contains { part.hasPrefix($0) }
        }
        return isTable
            ? "by its name a table: rows of the second factor are looked up, then the first multiplies"
            : nil
    }
}

extension WeightPlan.Entry {
    /// The names and shapes under which it is written.
    fileprivate var parts: [(name: String, shape: [Int])] {
        switch outcome {
        case .kept, .shared: [(name, shape)]
        case .renamed(let new): [(new, shape)]
        case .replaced: factors
        }
    }
}

extension WeightPlan.Outcome {
    fileprivate var word: String {
        switch self {
        case .kept: "kept"
        case .renamed: "renamed"
        case .replaced: "replaced"
        case .shared: "shared"
        }
    }
}
