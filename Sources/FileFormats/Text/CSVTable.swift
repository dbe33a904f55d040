public import Foundation

/// A table of comma-separated values: columns of numbers, and columns of text such as labels.
public struct CSVTable: Sendable, Equatable {
    /// The names of all columns in the file's order.
    public let names: [String]
    /// The names of the columns of numbers in the file's order.
    public let numericNames: [String]
    /// The number of rows, without the header.
    public let rowCount: Int
    /// The numbers, `[row, numeric column]` in C order.
    public let numbers: [Double]
    /// The texts of every other column by its name, one a row.
    public let texts: [String: [String]]

    /// Reads the table at `path`, plain or gzip; see `init(_:file:options:)`.
    public init(contentsOf path: String, options: CSVOptions = CSVOptions()) throws {
        try self.init(InputFile.map(path), options)
    }

    /// Reads a table held in memory: RFC 4180 in UTF-8, with any end of line; `file` is what errors
    /// name.
    ///
    /// Blanks around cells are dropped and blank lines passed over. Throws `malformed` with the
    /// line, and where it applies the column, for rows of another length, cells that are not
    /// numbers and quotation marks without a partner; for names that are given twice and for tables
    /// without rows; `missing` for a text column that is not there; `unsupported` for UTF-16; and
    /// what gzip data throw.
    public init(_ data: Data, file: String, options: CSVOptions = CSVOptions()) throws {
        try self.init(ByteView(data: data, file: file), options)
    }

    private init(_ packed: ByteView, _ options: CSVOptions) throws {
        let view = try packed.gunzipped(limit: options.limit)
        if let impostor = view.impostor(expected: "the table") { throw impostor }
        var scanner = try CSVScanner(view)
        for _ in 0..<max(0, options.skippedLines) { scanner.skipLine() }
        scanner.separator = (options.separator ?? scanner.detectedSeparator()).byte
        let layout = try CSVLayout(of: scanner, options: options)
        var reader = CSVReader(layout: layout, missing: options.missing)
        var cells: [CSVScanner.Cell] = []
        if layout.hasHeader { _ = try scanner.nextRow(into: &cells) }
        while let line = try scanner.nextRow(into: &cells) {
            try reader.append(cells, line: line, from: scanner)
        }
        guard reader.rowCount > 0 else {
            throw view.error(.malformed, "the table has no rows; check that the file is complete")
        }
        names = layout.names
        numericNames = layout.numericNames
        rowCount = reader.rowCount
        numbers = reader.numbers
        texts = Dictionary(uniqueKeysWithValues: zip(layout.textNames, reader.texts))
    }

    /// The numbers of one column, one a row; nil where there is no column of numbers of this name.
    public func numbers(of name: String) -> [Double]? {
        guard let column = numericNames.firstIndex(of: name) else { return nil }
        return (0..<rowCount).map { numbers[$0 * numericNames.count + column] }
    }
}
