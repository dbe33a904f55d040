import Foundation
import OrderedCollections
public import Programs

/// Multiplies composed weights out again: the network has its old structure, and no factors.
///
/// The products are computed in double precision and rounded once.
public struct Merge: Rewrite {
    /// Makes the rewrite.
    public init() {}

    /// Folds the values that ``Compose`` marked; where a file has lost the marks, the values that are
    /// computed from parameters alone, but for those that ``Truncate`` marked.
    public func apply(to program: Program) throws -> Rewritten {
        let marked = program.marks[Compose.mark] ?? []
        let values = marked.isEmpty ? Self.products(in: program) : marked
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

    /// The values of parameters alone, but for mere views of them and for those that ``Truncate`` marked.
    private static func products(in program: Program) -> [Value] {
        let context = WeightContext(program)
        let truncated = Set(program.marks[Truncate.mark] ?? [])
        var found: OrderedSet<Value> = []
        for value in program.valuesOfParametersAlone {
            let views = context.views(behind: value)
            guard let root = views.last, program.tensors[root.name] == nil,
                truncated.isDisjoint(with: views)
            else { continue }
            // The network's own views of a weight stand after the value that has the weight's name.
            let name = name(program.sources(of: value))
            found.append(views.first { $0.name == name } ?? value)
        }
        return Array(found)
    }

    /// `fc.weight` for the factors `fc.factors.0`, `fc.factors.1` and so on, and for `fc.0.factors.0`,
    /// `fc.1.factors.0` and so on, where the weight holds several matrices.
    private static func name(_ factors: [String]) -> String? {
        let stems = factors.compactMap { name in
            name.range(of: ".factors.").map { String(name[..<$0.lowerBound]) }
        }
        guard stems.count == factors.count, let first = stems.first else { return nil }
        if stems.allSatisfy({ $0 == first }) { return weight(first) }
        let parents = Set(
            stems.map { $0.split(separator: ".").dropLast().joined(separator: ".") })
        return parents.count == 1 ? parents.first.map(weight) : nil
    }

    /// `fc.weight` for the stem `fc`; `rnn.weight_ih_l0` is a parameter's whole name.
    private static func weight(_ stem: String) -> String {
        stem.split(separator: ".").last?.contains("weight") ?? false ? stem : "\(stem).weight"
    }
}
