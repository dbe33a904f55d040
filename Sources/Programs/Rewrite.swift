import OrderedCollections

/// What a rewrite did with one stored tensor.
public struct Change: Hashable, Sendable {
    /// The sort of change.
    public enum Kind: Hashable, Sendable {
        /// The elements are as they were.
        case kept
        /// Only these positions along an axis are left.
        case sliced(axis: Int, indices: [Int])
        /// A linear map of the elements stands under the same name: that of ``Rewritten/projections``.
        case projected
        /// Other tensors stand in its place.
        case replaced(by: [String])
        /// Nothing stands in its place.
        case dropped
    }

    /// The tensor's name before the rewrite.
    public let tensor: String
    /// What was done.
    public let kind: Kind
    /// Why.
    public let reason: String

    /// Makes a change.
    public init(_ tensor: String, _ kind: Kind, reason: String) {
        self.tensor = tensor
        self.kind = kind
        self.reason = reason
    }
}

/// What a rewrite gives back.
public struct Rewritten: Sendable {
    /// The new Program.
    public let program: Program
    /// What became of each stored tensor of the old one, in its order.
    public let changes: [Change]
    /// The maps of the tensors whose change is ``Change/Kind/projected``, by name.
    public let projections: [String: Projection]

    /// Makes a result; tensors without a change of their own are kept, or dropped where they are gone.
    public init(
        _ program: Program, from old: Program, changes: [Change],
        projections: [String: Projection] = [:]
    ) {
        self.projections = projections
        let known = Dictionary(changes.map { ($0.tensor, $0) }) { first, _ in first }
        self.program = program
        self.changes = old.tensors.keys.map { name in
            known[name]
                ?? (program.tensors[name] == nil
                    ? Change(name, .dropped, reason: "no node reads it")
                    : Change(name, .kept, reason: "not concerned"))
        }
    }
}

/// A change of a model: a pure function from Program to Program.
public protocol Rewrite: Sendable {
    /// The changed Program; the old one stays as it is.
    func apply(to program: Program) throws -> Rewritten
}
