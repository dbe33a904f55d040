import Programs

/// How one operator of ATen is written in operators of ONNX.
///
/// A translation reads the node's arguments from the call, emits nodes on its graph, and gives the results. What it
/// cannot write it throws as ``ONNXUnsupported``.
typealias ONNXTranslation = @Sendable (ONNXCall) throws -> Void

/// All operators that can be written, by library and name; an overload that differs has an entry of its own.
///
/// A new operator is one entry in the file of its family.
enum ONNXTranslations {
    static let all: [String: ONNXTranslation] = {
        let families = [
            linear, convolution, normalization, pooling, attention, activation, arithmetic,
            comparison, conversion, creation, shape, arrangement, reduction, indexing, scattering,
            windows, resizing, recurrent, scalar,
        ]
        return families.reduce(into: [:]) { all, family in
            all.merge(family) { _, _ in preconditionFailure("an operator is listed twice") }
        }
    }()

    /// The translation of an operator; nil where there is none.
    static func translation(of operation: OperatorName) -> ONNXTranslation? {
        all[operation.description] ?? all["\(operation.library).\(operation.name)"]
    }
}
