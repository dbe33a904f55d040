import Foundation

/// Where text goes: results to stdout, everything else to stderr.
enum Console {
    /// A line for people about what goes on.
    ///
    /// With `--json`, stdout is for programs alone.
    static func note(_ text: String) { write(text + "\n", to: FileHandle.standardError) }

    /// A line that the next one replaces on a terminal; elsewhere only the last is printed.
    static func progress(_ text: String, isLast: Bool) {
        if isatty(FileHandle.standardError.fileDescriptor) == 1 {
            write("\r\u{1B}[K\(text)\(isLast ? "\n" : "")", to: FileHandle.standardError)
        } else if isLast {
            note(text)
        }
    }

    /// A sentence about what went wrong.
    static func error(_ text: String) { note("swiftlet: \(text)") }

    /// A result.
    static func result(_ text: String) { write(text, to: FileHandle.standardOutput) }

    /// One JSON object on stdout.
    static func json(_ value: some Encodable) throws {
        result(String(decoding: try encoded(value), as: UTF8.self) + "\n")
    }

    /// JSON with sorted keys.
    static func encoded(_ value: some Encodable) throws -> Data {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        return try encoder.encode(value)
    }

    private static func write(_ text: String, to file: FileHandle) {
        // NB: a reader that has gone away is no reason to crash.
        try? file.write(contentsOf: Data(text.utf8))
    }
}
