/// Gathers the rows of a table into columns.
struct CSVReader {
    let layout: CSVLayout
    let missing: Set<String>
    private(set) var rowCount = 0
    /// The numbers, row after row.
    private(set) var numbers: [Double] = []
    /// The texts of each text column.
    private(set) var texts: [[String]]

    init(layout: CSVLayout, missing: Set<String>) {
        self.layout = layout
        self.missing = missing
        texts = [[String]](repeating: [], count: layout.isText.count(where: { $0 }))
    }

    /// Appends a row; throws `malformed` with the line where its length or a cell is wrong.
    mutating func append(
        _ cells: [CSVScanner.Cell], line: Int, from scanner: CSVScanner
    ) throws {
        guard cells.count == layout.names.count else {
            throw FileFormatError(
                .malformed, file: scanner.file,
                "line \(line) has \(cells.count) cells and \(layout.names.count) are expected; "
                    + "complete the row or remove it")
        }
        var textColumn = 0
        for column in cells.indices {
            let cell = cells[column]
            if layout.isText[column] {
                guard let text = scanner.text(of: cell) else {
                    throw failure(line, column, scanner, "the text is not UTF-8; save it as UTF-8")
                }
                texts[textColumn].append(text)
                textColumn += 1
            } else if let number = scanner.number(of: cell) {
                numbers.append(number)
            } else {
                numbers.append(try substitute(for: cell, line, column, scanner))
            }
        }
        rowCount += 1
    }

    /// NaN for a cell that stands for a missing number; throws for any other.
    private func substitute(
        for cell: CSVScanner.Cell, _ line: Int, _ column: Int, _ scanner: CSVScanner
    ) throws -> Double {
        let text = scanner.text(of: cell)
        if let text, missing.contains(text) { return .nan }
        if cell.isEmpty {
            throw failure(
                line, column, scanner,
                "the cell is empty; fill it, or name the empty text as missing")
        }
        throw failure(
            line, column, scanner,
            "\(text?.quoted ?? "a cell that is not UTF-8") is not a number; correct it, name it "
                + "as missing, or name the column as text")
    }

    private func failure(
        _ line: Int, _ column: Int, _ scanner: CSVScanner, _ message: String
    ) -> FileFormatError {
        FileFormatError(
            .malformed, file: scanner.file,
            "line \(line), column \(column + 1) (\(layout.names[column].quoted)): \(message)")
    }
}
