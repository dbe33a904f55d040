import Foundation

/// A strict reader of the small texts that stand at the head of array files.
struct HeaderScanner {
    let bytes: [UInt8]
    let file: String
    /// The byte to be read next.
    private(set) var position = 0

    /// Reads `header`; throws `malformed` unless it is UTF-8.
    init(_ header: Data, file: String) throws {
        guard String(validating: header, as: UTF8.self) != nil else {
            throw FileFormatError(
                .malformed, file: file, "its header is not UTF-8; fetch the file again")
        }
        bytes = [UInt8](header)
        self.file = file
    }

    /// The next byte; nil at the end.
    var next: UInt8? { position < bytes.count ? bytes[position] : nil }

    /// Skips spaces, tabs and line ends.
    mutating func skipBlanks() {
        while let byte = next, byte == 0x20 || byte == 0x09 || byte == 0x0A || byte == 0x0D {
            position += 1
        }
    }

    /// Reads the next byte.
    mutating func advance() -> UInt8? {
        guard position < bytes.count else { return nil }
        position += 1
        return bytes[position - 1]
    }

    /// Skips blanks and then this character, if it is there; returns whether it was.
    mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipBlanks()
        guard let byte = next, byte == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    /// Skips blanks and then this character; throws `malformed` where it is not there.
    mutating func expect(_ character: Unicode.Scalar) throws {
        guard take(character) else { throw failure("“\(character)”") }
    }

    /// Skips blanks and then this word, if it is there; returns whether it was.
    mutating func take(word: String) -> Bool {
        skipBlanks()
        guard bytes.dropFirst(position).starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    /// Reads a whole number that is not negative; throws `malformed` where there is none or it is
    /// over 2⁶³ - 1.
    mutating func integer() throws -> Int {
        skipBlanks()
        let start = position
        var value = 0
        while let byte = next, (0x30...0x39).contains(byte) {
            let (tens, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = tens.addingReportingOverflow(Int(byte - 0x30))
            guard !overflow, !carry else { throw failure("a smaller number") }
            value = sum
            position += 1
        }
        let hasLeadingZero = position > start + 1 && bytes[start] == 0x30
        guard position > start, !hasLeadingZero else { throw failure("a whole number") }
        return value
    }

    /// Reads items up to `close`, with commas between them; the opening bracket was read.
    mutating func items(
        until close: Unicode.Scalar, allowingTrailingComma: Bool = false,
        _ item: (inout HeaderScanner) throws -> Void
    ) throws {
        if take(close) { return }
        while true {
            try item(&self)
            if take(close) { return }
            try expect(",")
            if allowingTrailingComma, take(close) { return }
        }
    }

    /// The error for the byte at hand.
    func failure(_ expected: String) -> FileFormatError {
        FileFormatError(
            .malformed, file: file,
            "its header is damaged at byte \(position), where \(expected) is expected; "
                + "fetch the file again")
    }
}
