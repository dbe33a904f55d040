/// Why training stopped, or cannot begin.
public struct TrainingError: Error, Equatable, CustomStringConvertible {
    /// The sort of failure, to match on.
    public enum Kind: Sendable {
        /// A loss that is not a number.
        case diverged
        /// The user stopped it; a checkpoint of the last epoch may be there.
        case interrupted
        /// A checkpoint that does not fit.
        case checkpoint
        /// Data or options that cannot be trained with.
        case unusable
    }

    /// The sort of failure.
    public let kind: Kind
    /// One sentence with the remedy.
    public let description: String

    /// Makes an error from its parts.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
