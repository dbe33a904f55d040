import Foundation
import ONNXMessages

extension ONNXMessageReader {
    mutating func attribute(
        _ message: Onnx_AttributeProto, of owner: String
    ) throws -> ONNXAttribute {
        if message.hasRefAttrName { return .reference(message.refAttrName) }
        switch message.hasType ? message.type : Self.kind(of: message) {
        case 1: return .float(message.f)
        case 2: return .int(Int(message.i))
        case 3: return .string(try text(message.s, message, owner))
        case 4: return .tensor(try tensor(message.t))
        case 5: return .graph(try graph(message.g))
        case 6: return .floats(message.floats)
        case 7: return .ints(message.ints.map { Int($0) })
        case 8: return .strings(try message.strings.map { try text($0, message, owner) })
        case 9: return .tensors(try message.tensors.map { try tensor($0) })
        case 10: return .graphs(try message.graphs.map { try graph($0) })
        case 11, 12: return .other("a sparse tensor")
        case 13, 14: return .other("a type")
        case let kind:
            throw error(
                .malformed,
                "the attribute \(message.name.quoted) of \(owner) is of a kind \(kind) that does not exist; "
                    + "it is damaged, fetch it again")
        }
    }

    /// The kind by what is there, as files of the first version leave it out.
    private static func kind(of message: Onnx_AttributeProto) -> Int32 {
        if message.hasF { return 1 }
        if message.hasI { return 2 }
        if message.hasS { return 3 }
        if message.hasT { return 4 }
        if message.hasG { return 5 }
        if !message.floats.isEmpty { return 6 }
        if !message.strings.isEmpty { return 8 }
        if !message.tensors.isEmpty { return 9 }
        if !message.graphs.isEmpty { return 10 }
        // A list without elements leaves no trace.
        return 7
    }

    private func text(
        _ bytes: Data, _ message: Onnx_AttributeProto, _ owner: String
    ) throws -> String {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw error(
                .malformed,
                "the attribute \(message.name.quoted) of \(owner) is not UTF-8; it is damaged, "
                    + "fetch it again")
        }
        return text
    }
}
