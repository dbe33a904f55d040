import Foundation
public import Programs

/// Multiplies composed weights out again: the network has its old structure, and no factors.
///
/// The products are computed in double precision and rounded once.
public struct Merge: Rewrite {
    /// Makes the rewrite.
    public init() {}

    /// Folds the values that ``Compose`` marked; where a file has lost the marks, the values that are
    /// computed from parameters alone.
    public func apply(to program: Program) throws -> Rewritten {
        let marked = program.marks[Compose.mark] ?? []
        let values = marked.isEmpty ? program.valuesOfParametersAlone : marked
        let sources = Dictionary(uniqueKeysWithValues: values.map { ($0, program.sources(of: $0)) })
        var names: [Value: String] = [:]
        for value in values where marked.isEmpty { names[value] = Self.name(sources[value] ?? []) }
        let merged = try program.folding(values, naming: names)
        let changes = values.flatMap { value in
            (sources[value] ?? []).map { name in
                Change(name, .replaced(by: [names[value] ?? value.name]), reason: "multiplied out")
            }
        }
        return Rewritten(merged, from: program, changes: changes)
    }

    /// `fc.weight` for the factors `fc.factors.0`, `fc.factors.1` and so on.
    private static func name(_ factors: [String]) -> String? {
        guard let first = factors.first, let range = first.range(of: ".factors.") else {
            return nil
        }
        let stem = first[..<range.lowerBound]
        return factors.allSatisfy { $0.hasPrefix("\(stem).factors.") } ? "\(stem).weight" : nil
    }
}
