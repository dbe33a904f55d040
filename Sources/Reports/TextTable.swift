/// A table for a terminal or a page of text: columns of equal width, numbers on the right.
public struct TextTable: Sendable {
    /// Which side a column's cells stand on.
    public enum Alignment: Sendable {
        case left
        case right
    }

    private let titles: [String]
    private let alignments: [Alignment]
    private var rows: [[String]] = []

    /// Makes a table without rows.
    ///
    /// - Parameter columns: the titles, each with the side its cells stand on.
    public init(_ columns: KeyValuePairs<String, Alignment>) {
        self.init(columns: columns.map { ($0.key, $0.value) })
    }

    /// Makes a table without rows, of columns that are known only now.
    public init(columns: [(title: String, alignment: Alignment)]) {
        titles = columns.map(\.title)
        alignments = columns.map(\.alignment)
    }

    /// Adds a row of as many cells as there are columns.
    public mutating func add(_ cells: [String]) {
        precondition(
            cells.count == titles.count, "\(cells.count) cells for \(titles.count) columns")
        rows.append(cells)
    }

    /// Lines of text with a rule below the titles.
    public var text: String {
        let all = [titles] + rows
        let widths = titles.indices.map { column in all.map { $0[column].count }.max() ?? 0 }
        let line = { (cells: [String]) in
            cells.indices.map { column in
                let space = String(repeating: " ", count: widths[column] - cells[column].count)
                return alignments[column] == .left ? cells[column] + space : space + cells[column]
            }.joined(separator: "  ").trimmingEnd
        }
        let rule = widths.map { String(repeating: "-", count: $0) }.joined(separator: "  ")
        return ([line(titles), rule] + rows.map(line)).joined(separator: "\n") + "\n"
    }

    /// The table in Markdown.
    public var markdown: String {
        let row = { (cells: [String]) in "| " + cells.joined(separator: " | ") + " |" }
        let rule = alignments.map { $0 == .left ? ":--" : "--:" }
        return ([row(titles), row(rule)] + rows.map(row)).joined(separator: "\n") + "\n"
    }
}

extension String {
    /// The text without spaces at its end.
    fileprivate var trimmingEnd: String {
        var text = self[...]
        while text.last == " " { text.removeLast() }
        return String(text)
    }
}
