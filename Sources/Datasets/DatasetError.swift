/// Why a data set cannot be had: what is wrong with it and what to do about it.
///
/// What is wrong with a file's bytes comes as FileFormats' error.
public struct DatasetError: Error, Equatable, CustomStringConvertible {
    /// The sort of failure, to match on.
    public enum Kind: Sendable {
        /// There is no data set of that name.
        case unknownName
        /// Files of a known data set are not on this machine.
        case missing
        /// The data contradict themselves or break a rule.
        case malformed
        /// The data are sound, but cannot be used here.
        case unusable
    }

    /// The sort of failure.
    public let kind: Kind
    /// One sentence: the file or data set, the reason, then the remedy after a semicolon.
    public let description: String

    /// Makes an error from its parts.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}

extension String {
    /// The text between quotation marks on one line, cut where it is long: names in files may be
    /// anything.
    var quoted: String {
        let longest = 60
        var shown = String.UnicodeScalarView()
        for scalar in unicodeScalars.prefix(longest) {
            let isControl = scalar.properties.generalCategory == .control
            shown.append(isControl ? "?" : scalar)
        }
        return "“\(String(shown))\(unicodeScalars.dropFirst(longest).isEmpty ? "" : "…")”"
    }
}
