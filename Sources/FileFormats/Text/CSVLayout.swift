import Foundation

/// The columns of a table: their names, and which are text.
struct CSVLayout {
    /// Rows that are looked at to tell numbers from text.
    private static let sampleCount = 100

    let names: [String]
    /// For each column, whether it is kept as text.
    let isText: [Bool]
    let hasHeader: Bool

    var numericNames: [String] { zip(names, isText).filter { !$0.1 }.map(\.0) }
    var textNames: [String] { zip(names, isText).filter(\.1).map(\.0) }

    /// Looks at the first rows of `source`, which stays where it is.
    init(of source: CSVScanner, options: CSVOptions) throws {
        var scanner = source
        var rows: [[CSVScanner.Cell]] = []
        var cells: [CSVScanner.Cell] = []
        while rows.count <= Self.sampleCount, try scanner.nextRow(into: &cells) != nil {
            rows.append(cells)
        }
        func isNumber(_ cell: CSVScanner.Cell) -> Bool { scanner.number(of: cell) != nil }
        switch options.header {
        case .present: hasHeader = true
        case .absent: hasHeader = false
        case .detected:
            hasHeader =
                rows.count > 1 && !rows[0].contains(where: isNumber)
                && rows[1].contains(where: isNumber)
        }
        let first = rows.first ?? []
        names =
            hasHeader
            ? try Self.names(first, in: source)
            : first.indices.map { "column\($0 + 1)" }
        if let stated = options.textColumns {
            try Self.check(stated, among: names, file: source.file)
            isText = names.map { stated.contains($0) }
            return
        }
        let body = rows.dropFirst(hasHeader ? 1 : 0)
        isText = names.indices.map { column in
            let cells = body.lazy.filter { $0.count > column }.map { $0[column] }
            let decisive = cells.first { cell in
                !cell.isEmpty && !options.missing.contains(source.text(of: cell) ?? "")
            }
            return decisive.map { !isNumber($0) } ?? false
        }
    }

    private static func names(
        _ cells: [CSVScanner.Cell], in scanner: CSVScanner
    ) throws -> [String] {
        var seen: Set<String> = []
        return try cells.enumerated().map { index, cell in
            guard let name = scanner.text(of: cell) else {
                throw FileFormatError(
                    .malformed, file: scanner.file,
                    "the name of column \(index + 1) is not UTF-8; save the file as UTF-8")
            }
            guard seen.insert(name).inserted else {
                throw FileFormatError(
                    .malformed, file: scanner.file,
                    "two columns are named \(name.quoted); rename one")
            }
            return name
        }
    }

    private static func check(_ stated: [String], among names: [String], file: String) throws {
        for name in stated where !names.contains(name) {
            let known = names.prefix(20).map(\.quoted).joined(separator: ", ")
            throw FileFormatError(
                .missing, file: file,
                "there is no column \(name.quoted); the columns are \(known)")
        }
    }
}
