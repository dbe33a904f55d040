public import Programs

/// Of how many factors each weight is a product while it trains.
///
/// ``standard`` holds for the weights that ``selection`` names; then each of ``rules`` for those that it names, a later
/// one before an earlier. What none names stays as it is.
public struct FactorCounts: Hashable, Sendable, Codable {
    /// A number of factors for the weights that a pattern names, in text `PATTERN=N`.
    public struct Rule: Hashable, Sendable, Codable {
        /// The weights.
        public let pattern: LayerPattern
        /// The number of factors, in ``FactorCounts/range``.
        public let factors: Int

        /// Reads `PATTERN=N`.
        ///
        /// - Throws: where it has another form, or N is out of range.
        public init(parsing text: String) throws {
            guard let sign = text.lastIndex(of: "="), let number = Int(text[sign...].dropFirst())
            else {
                throw CompressionError(
                    .text, "\(text) is not of the form PATTERN=N, such as head=2")
            }
            pattern = try LayerPattern(parsing: String(text[..<sign]))
            factors = number
            try FactorCounts.check(number, in: text)
        }
    }

    /// The numbers of factors that a weight may have; 1 is the plain weight.
    public static let range = 1...6

    /// The number for the weights that are selected.
    public var standard: Int
    /// The weights that it holds for.
    public var selection: LayerSelection
    /// Numbers for some of the weights, selected or not.
    public var rules: [Rule]

    /// Makes counts; the numbers are checked where they are used.
    public init(_ standard: Int, for selection: LayerSelection = .all, rules: [Rule] = []) {
        self.standard = standard
        self.selection = selection
        self.rules = rules
    }

    /// Whether no weight is a product.
    public var isPlain: Bool { standard == 1 && rules.allSatisfy { $0.factors == 1 } }

    /// The numbers of factors by parameter, those of 1 left out.
    ///
    /// - Throws: where a pattern names no weight that can be factored, or a number is out of range.
    public func counts(in program: Program) throws -> [String: Int] {
        try Self.check(standard, in: "\(standard)")
        var counts: [String: Int] = [:]
        for name in try selection.parameters(of: program) { counts[name] = standard }
        let names = rules.isEmpty ? nil : LayerNames(program)
        for rule in rules {
            for name in try names?.weights(rule.pattern, of: program) ?? [] {
                counts[name] = rule.factors
            }
        }
        return counts.filter { $0.value > 1 }
    }

    /// As it is told before a run.
    public var description: String {
        var parts = ["\(standard) factor\(standard == 1 ? "" : "s")"]
        if !selection.only.isEmpty {
            parts[0] += " for \(selection.only.map(\.description).joined(separator: ", "))"
        }
        if !selection.except.isEmpty {
            parts[0] += " but \(selection.except.map(\.description).joined(separator: ", "))"
        }
        parts += rules.map { "\($0.factors) for \($0.pattern)" }
        return parts.joined(separator: ", ")
    }

    private static func check(_ number: Int, in text: String) throws {
        guard range.contains(number) else {
            throw CompressionError(
                .text,
                "a weight is a product of \(range.lowerBound) to \(range.upperBound) factors, not of "
                    + "\(number)" + (text == "\(number)" ? "" : ": \(text)"))
        }
    }
}
