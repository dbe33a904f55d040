/// How a table of comma-separated values is read; the defaults find out from the file.
public struct CSVOptions: Sendable, Equatable {
    /// Whether the first row names the columns.
    public enum Header: String, Sendable {
        /// It does where it has no number and the row after it has one.
        case detected
        /// It does.
        case present
        /// It does not; columns are named `column1` and so on.
        case absent
    }

    /// The character between cells.
    public enum Separator: String, Sendable, CaseIterable {
        case comma = ","
        case semicolon = ";"
        case tab = "\t"

        var byte: UInt8 {
            switch self {
            case .comma: UInt8(ascii: ",")
            case .semicolon: UInt8(ascii: ";")
            case .tab: UInt8(ascii: "\t")
            }
        }
    }

    /// Whether the first row names the columns.
    public var header: Header
    /// The character between cells; nil for the one that the first row has most of.
    public var separator: Separator?
    /// The columns that are kept as text; nil for those whose first cell that is not empty is not a
    /// number.
    public var textColumns: [String]?
    /// Cells that stand for a missing number and are read as NaN, `?` or the empty text for
    /// example.
    public var missing: Set<String>
    /// Lines before the table that are not read.
    public var skippedLines: Int
    /// The most bytes that gzip data may inflate to.
    public var limit: Int

    /// Makes options; every default finds out from the file, and no number may be missing.
    public init(
        header: Header = .detected, separator: Separator? = nil, textColumns: [String]? = nil,
        missing: Set<String> = [], skippedLines: Int = 0, limit: Int = Gzip.defaultLimit
    ) {
        self.header = header
        self.separator = separator
        self.textColumns = textColumns
        self.missing = missing
        self.skippedLines = skippedLines
        self.limit = limit
    }
}
