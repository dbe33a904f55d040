import Foundation

/// Splits the bytes of a table into rows and cells, by RFC 4180.
struct CSVScanner {
    /// One cell: its bytes without quotation marks and outer blanks.
    struct Cell {
        var range: Range<Int>
        /// Whether it has doubled quotation marks.
        var hasDoubledQuotes = false

        var isEmpty: Bool { range.isEmpty }
    }

    private static let quote = UInt8(ascii: "\"")
    private static let lineFeed: UInt8 = 0x0A
    private static let carriageReturn: UInt8 = 0x0D

    let bytes: [UInt8]
    let file: String
    var separator = UInt8(ascii: ",")
    /// The line at which the next row begins, counted from 1.
    private(set) var line = 1
    private var position: Int

    /// Prepares to read; throws `unsupported` for UTF-16, which editors on Windows write.
    init(_ view: ByteView) throws {
        if view.begins(with: [0xFF, 0xFE]) || view.begins(with: [0xFE, 0xFF]) {
            throw view.error(.unsupported, "it is UTF-16 text; save it as UTF-8")
        }
        bytes = [UInt8](view.data)
        file = view.file
        position = view.begins(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// Skips to the beginning of the next line.
    mutating func skipLine() {
        while position < bytes.count {
            if endLine() { return }
            position += 1
        }
    }

    /// The separator that the row at hand has most of outside of quotation marks; a comma where it
    /// has none.
    func detectedSeparator() -> CSVOptions.Separator {
        var counts: [UInt8: Int] = [:]
        var isQuoted = false
        for byte in bytes[position...] {
            if byte == Self.quote { isQuoted.toggle() }
            if isQuoted { continue }
            if byte == Self.lineFeed || byte == Self.carriageReturn {
                if counts.isEmpty { continue }
                break
            }
            counts[byte, default: 0] += 1
        }
        var best = CSVOptions.Separator.comma
        for candidate in CSVOptions.Separator.allCases
        where counts[candidate.byte, default: 0] > counts[best.byte, default: 0] {
            best = candidate
        }
        return best
    }

    /// Reads a row into `cells`, passing over blank lines; returns the line it begins at, nil at
    /// the end.
    ///
    /// Throws `malformed` for a quotation mark without its partner and for text after a closing
    /// one.
    mutating func nextRow(into cells: inout [Cell]) throws -> Int? {
        cells.removeAll(keepingCapacity: true)
        while endLine() {}
        guard position < bytes.count else { return nil }
        let start = line
        while true {
            skipBlanks()
            let isQuoted = position < bytes.count && bytes[position] == Self.quote
            cells.append(isQuoted ? try quotedCell(number: cells.count + 1) : plainCell())
            if position < bytes.count, bytes[position] == separator {
                position += 1
                continue
            }
            _ = endLine()
            return start
        }
    }

    private func isBlank(_ byte: UInt8) -> Bool {
        (byte == 0x20 || byte == 0x09) && byte != separator
    }

    private mutating func skipBlanks() {
        while position < bytes.count, isBlank(bytes[position]) { position += 1 }
    }

    /// Passes over one end of line, if it is here: LF, CR LF or CR.
    private mutating func endLine() -> Bool {
        guard position < bytes.count else { return false }
        switch bytes[position] {
        case Self.lineFeed: position += 1
        case Self.carriageReturn:
            position += 1
            if position < bytes.count, bytes[position] == Self.lineFeed { position += 1 }
        default: return false
        }
        line += 1
        return true
    }

    private var isAtCellEnd: Bool {
        guard position < bytes.count else { return true }
        let byte = bytes[position]
        return byte == separator || byte == Self.lineFeed || byte == Self.carriageReturn
    }

    private mutating func plainCell() -> Cell {
        let start = position
        while !isAtCellEnd { position += 1 }
        var end = position
        while end > start, isBlank(bytes[end - 1]) { end -= 1 }
        return Cell(range: start..<end)
    }

    private mutating func quotedCell(number: Int) throws -> Cell {
        let firstLine = line
        position += 1
        let start = position
        var cell = Cell(range: start..<start)
        while position < bytes.count {
            guard bytes[position] == Self.quote else {
                if !endLine() { position += 1 }
                continue
            }
            if position + 1 < bytes.count, bytes[position + 1] == Self.quote {
                cell.hasDoubledQuotes = true
                position += 2
                continue
            }
            cell.range = start..<position
            position += 1
            skipBlanks()
            guard isAtCellEnd else {
                throw failure(line, number, "text follows the closing quotation mark")
            }
            return cell
        }
        throw failure(firstLine, number, "a quotation mark is not closed")
    }

    private func failure(_ line: Int, _ column: Int, _ reason: String) -> FileFormatError {
        FileFormatError(
            .malformed, file: file,
            "line \(line), column \(column): \(reason); double the marks within a cell")
    }
}
