/// How a function that was exported takes its arguments and gives its results, beyond the order of tensors.
///
/// Both may be nested tuples, lists and dictionaries, and may hold things that are no tensors, which the export has fixed.
public struct Interface: Hashable, Sendable {
    /// One leaf of the arguments or of the results.
    public enum Leaf: Hashable, Sendable {
        /// The next of the Program's inputs or results.
        case value
        /// What the export has fixed, with the argument's name; a result has none.
        case fixed(Argument, name: String?)
    }

    /// The leaves of the arguments, in order.
    public var inputs: [Leaf]
    /// The leaves of the results, in order.
    public var outputs: [Leaf]
    /// The structure of the arguments, as `torch.export` writes it.
    public var inputTree: String
    /// The structure of the results, as `torch.export` writes it.
    public var outputTree: String
    /// The names of the function's arguments.
    public var argumentNames: [String]?
    /// The fields of the named tuples in the structures, by the type's name.
    public var namedTuples: [String: [String]]

    /// Makes an interface.
    public init(
        inputs: [Leaf], outputs: [Leaf], inputTree: String, outputTree: String,
        argumentNames: [String]? = nil, namedTuples: [String: [String]] = [:]
    ) {
        self.inputs = inputs
        self.outputs = outputs
        self.inputTree = inputTree
        self.outputTree = outputTree
        self.argumentNames = argumentNames
        self.namedTuples = namedTuples
    }

    /// Whether so many inputs and results fill it.
    public func fits(inputs: Int, results: Int) -> Bool {
        self.inputs.filter { $0 == .value }.count == inputs
            && outputs.filter { $0 == .value }.count == results
    }
}
