/// What is wrong with a file: which file, why, and what to do about it.
public struct FileFormatError: Error, Equatable, CustomStringConvertible {
    /// The sort of failure, to match on.
    public enum Kind: String, Sendable, CaseIterable {
        /// The bytes end before the format says that they do.
        case truncated
        /// The bytes break a rule of the format.
        case malformed
        /// The bytes are valid, but hold what is refused here.
        case unsupported
        /// A size is over the stated limit.
        case tooLarge
        /// A file, folder, entry or column is not there.
        case missing
        /// The file cannot be opened.
        case unreadable
        /// The file cannot be written.
        case unwritable
    }

    /// The sort of failure.
    public let kind: Kind
    /// The file's path or name, as it is shown to people.
    public let file: String
    /// The reason, then the remedy after a semicolon.
    public let message: String

    /// Makes an error from its parts; `message` reads “reason; remedy”.
    public init(_ kind: Kind, file: String, _ message: String) {
        self.kind = kind
        self.file = file
        self.message = message
    }

    /// One sentence: “file: reason; remedy”.
    public var description: String { "\(file): \(message)" }
}

extension String {
    /// The text between quotation marks on one line, cut where it is long: names in files may be
    /// anything.
    var quoted: String {
        let longest = 80
        var shown = ""
        for scalar in unicodeScalars.prefix(longest) {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            shown += isControl ? "\\u{\(String(scalar.value, radix: 16))}" : String(scalar)
        }
        return "“\(shown)\(unicodeScalars.dropFirst(longest).isEmpty ? "" : "…")”"
    }
}
