import OrderedCollections

extension Program: CustomStringConvertible {
    /// The Program as text, a line a node.
    public var description: String {
        let given = inputs.map { "\($0): \(type(of: $0)?.description ?? "?")" }
        var lines = ["program (\(given.joined(separator: ", ")))"]
        for (name, range) in dimensions {
            let end = range.upperBound == Int.max ? "" : "\(range.upperBound)"
            lines.append("  dimension \(name) in \(range.lowerBound)...\(end)")
        }
        for (name, stored) in tensors { lines.append("  \(stored.role) \(name): \(stored.type)") }
        for node in nodes {
            let type = node.output.flatMap { self.type(of: $0) }
            lines.append("  \(node)" + (type.map { "  # \($0)" } ?? ""))
        }
        for output in outputs {
            switch output {
            case .result(let value): lines.append("  return \(value)")
            case .buffer(let name, let value): lines.append("  \(name) becomes \(value)")
            }
        }
        return lines.joined(separator: "\n") + "\n"
    }

    /// The lines of the text form that two Programs do not share, in order: `- ` before, `+ ` after.
    public func difference(to other: Program) -> [String] {
        let before = description.split(separator: "\n").map(String.init)
        let after = other.description.split(separator: "\n").map(String.init)
        let difference = after.difference(from: before)
        return (difference.removals + difference.insertions).map { change in
            switch change {
            case .remove(_, let line, _): "- " + line
            case .insert(_, let line, _): "+ " + line
            }
        }
    }
}
