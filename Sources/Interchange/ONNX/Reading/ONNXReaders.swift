import FileFormats

/// What the operators of ONNX become.
///
/// An operator is one entry: its name, and the function that appends the nodes which compute it. A family has a file in
/// the folder `Operators`.
enum ONNXReaders {
    /// Appends what a node becomes, and gives its results in order.
    typealias Translation = @Sendable (ONNXSourceNode) throws -> [ONNXSourceValue]

    /// The versions of ONNX's own operators that are read.
    static let versions = 11...22

    /// The domains of ONNX's own operators.
    static let domains: Set<String> = ["", "ai.onnx"]

    /// ONNX's own operators by name.
    static let table: [String: Translation] = joined([
        activations, arithmetic, comparisons, convolutions, creation, images, indexing,
        normalization, padding, pooling, products, quantization, recurrent, reductions, resizing,
        scattering, selection, shapes, splitting,
    ])

    /// Operators of other domains that are as simple, by domain and name.
    static let others: [String: [String: Translation]] = ["com.microsoft": microsoft]

    /// The translation of a node; nil where there is none.
    static func translation(of node: ONNXNode) -> Translation? {
        domains.contains(node.domain)
            ? table[node.operation] : others[node.domain]?[node.operation]
    }

    private static func joined(_ families: [[String: Translation]]) -> [String: Translation] {
        families.reduce(into: [:]) { all, family in
            all.merge(family) { _, second in second }
        }
    }
}
