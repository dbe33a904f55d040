/// Why a Program cannot be built, changed or run.
public struct ProgramError: Error, Equatable, CustomStringConvertible {
    /// The sort of failure, to match on.
    public enum Kind: Sendable {
        /// The Program contradicts itself.
        case invalid
        /// A node's operator failed, or its operands do not fit.
        case execution
        /// What was passed to a run does not fit the Program's inputs.
        case input
        /// A name that the Program does not have, or has already.
        case name
        /// A pattern that cannot be read, or that names no layer, or none that fits.
        case selection
        /// An operator or form that is not supported here.
        case unsupported
        /// A parameter that has no elements yet.
        case uninitialized
    }

    /// The sort of failure.
    public let kind: Kind
    /// One sentence with the node, the operands and the remedy.
    public let description: String

    /// Makes an error from its parts.
    public init(_ kind: Kind, _ description: String) {
        self.kind = kind
        self.description = description
    }
}
