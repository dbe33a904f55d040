import CTorch

/// What libtorch refused: which operator, on which operands, why, and what to do about it.
public struct TensorError: Error, Equatable, CustomStringConvertible {
    /// The sort of refusal, to match on.
    public enum Kind: Int32, Sendable {
        case noSuchOperator = 1
        case badArgument, type, index, value, notImplemented
        case outOfMemory, linearAlgebra, runtime, other
    }

    /// The sort of refusal.
    public let kind: Kind
    /// The operator's name with its overload, `aten::add.Tensor` for example; empty outside of a call.
    public let operatorName: String
    /// The tensor operands in order, each as type and shape, `float32 [2, 3]` for example.
    public let operands: [String]
    /// libtorch's own sentence.
    public let message: String

    /// Makes an error from its parts.
    public init(_ kind: Kind, operatorName: String = "", operands: [String] = [], message: String) {
        self.kind = kind
        self.operatorName = operatorName
        self.operands = operands
        self.message = message
    }

    /// The failure that libtorch reported last on this thread.
    init(_ status: ct_status, operatorName: String = "", operands: [String] = []) {
        let text = unsafe String(cString: ct_last_error())
        // libtorch's "not implemented" lists every backend, after a blank line.
        let paragraph = text.split(separator: "\n\n", maxSplits: 1).first.map(String.init) ?? text
        self.init(
            Kind(rawValue: status.rawValue) ?? .other, operatorName: operatorName,
            operands: operands, message: paragraph.trimmed)
    }

    /// One sentence with the operator, the operands, the reason and the remedy.
    public var description: String {
        let subject =
            operatorName.isEmpty
            ? "libtorch"
            : operatorName + (operands.isEmpty ? "" : " on \(operands.joined(separator: ", "))")
        return "\(subject): \(message) (\(remedy))"
    }

    /// What the caller can do.
    public var remedy: String {
        switch kind {
        case .noSuchOperator: "check its name and overload, or link another version of libtorch"
        case .badArgument, .type: "check the arguments against the operator's schema"
        case .index, .value, .runtime: "check the operands' shapes, types and devices"
        case .notImplemented: "use another device or scalar type"
        case .outOfMemory: "use a smaller batch"
        case .linearAlgebra: "check the matrix for values that are not finite"
        case .other: "report it, with the operands above"
        }
    }
}

extension String {
    /// The text without white space at its ends.
    var trimmed: String {
        let blank: (Character) -> Bool = { $0.isWhitespace }
        return String(drop(while: blank).reversed().drop(while: blank).reversed())
    }
}
