import FileFormats
import Programs

/// Whether the operators of a graph are read here.
enum ONNXSupport {
    /// Checks all nodes, before any is translated.
    ///
    /// - Throws: naming every operator that is not supported, how often it is there, and the first node.
    static func check(_ items: [ONNXFlatGraph.Item]) throws {
        var counts: [(name: String, count: Int, first: String)] = []
        for node in items.map(\.node) where ONNXReaders.translation(of: node) == nil {
            let name = node.domain.isEmpty ? node.operation : "\(node.domain).\(node.operation)"
            if let index = counts.firstIndex(where: { $0.name == name }) {
                counts[index].count += 1
            } else {
                counts.append((name, 1, node.name.isEmpty ? node.outputs.first ?? "" : node.name))
            }
        }
        guard !counts.isEmpty else { return }
        let most = 20
        let list = counts.prefix(most).map { item in
            let times = item.count == 1 ? "once" : "\(item.count) times, first"
            return "\(ONNXNames.shown(item.name)) (\(times), \(item.first.shownName))"
        }
        let rest = counts.count > most ? " and \(counts.count - most) others" : ""
        throw ProgramError(
            .unsupported,
            "operators that are not supported: \(list.joined(separator: ", "))\(rest); export the "
                + "model without them")
    }
}

extension ONNXNames {
    /// An operator's name without marks around it.
    static func shown(_ name: String) -> String { String(name.shownName.dropFirst().dropLast()) }
}
