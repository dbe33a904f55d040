/// Why a network cannot be compressed as asked.
public struct CompressionError: Error, Equatable, CustomStringConvertible {
    /// The sort of failure, to match on.
    public enum Kind: Sendable {
        /// A budget that no choice of ranks meets.
        case budget
        /// A criterion that needs data, and there is none.
        case data
        /// Weights that are not finite.
        case weights
        /// A plan for another network, or a network without weights to compress.
        case program
        /// A text that names no budget or criterion.
        case text
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
