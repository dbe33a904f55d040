import Foundation
import ONNXMessages

/// Makes values from messages; messages are not seen above this.
struct ONNXMessageReader {
    let file: String
    var files: ONNXExternalFiles

    init(file: String, folder: String?) {
        self.file = file
        files = ONNXExternalFiles(file: file, folder: folder)
    }

    func error(_ kind: FileFormatError.Kind, _ message: String) -> FileFormatError {
        FileFormatError(kind, file: file, message)
    }

    mutating func graph(_ message: Onnx_GraphProto) throws -> ONNXGraph {
        guard message.sparseInitializer.isEmpty else {
            throw error(.unsupported, "it stores a sparse tensor; store it as a dense one")
        }
        var names: Set<String> = []
        for tensor in message.initializer where !names.insert(tensor.name).inserted {
            throw error(
                .malformed, "two tensors are named \(tensor.name.quoted); do not trust this file")
        }
        return ONNXGraph(
            name: message.name, nodes: try message.node.map { try node($0) },
            inputs: message.input.map { ONNXValue($0) },
            outputs: message.output.map { ONNXValue($0) },
            values: message.valueInfo.map { ONNXValue($0) },
            initializers: try message.initializer.map { ONNXTensor($0.name, try tensor($0)) })
    }

    mutating func node(_ message: Onnx_NodeProto) throws -> ONNXNode {
        var node = ONNXNode(
            message.opType, inputs: message.input, outputs: message.output, name: message.name,
            domain: message.domain.withoutStandardDomain, overload: message.overload)
        node.attributes = try attributes(message.attribute, of: "the node \(node)")
        return node
    }

    mutating func attributes(
        _ messages: [Onnx_AttributeProto], of owner: String
    ) throws -> [String: ONNXAttribute] {
        var attributes: [String: ONNXAttribute] = [:]
        for message in messages {
            let value = try attribute(message, of: owner)
            guard attributes.updateValue(value, forKey: message.name) == nil else {
                throw error(
                    .malformed,
                    "\(owner) has two attributes \(message.name.quoted); do not trust this file")
            }
        }
        return attributes
    }

    mutating func function(_ message: Onnx_FunctionProto) throws -> ONNXFunction {
        ONNXFunction(
            domain: message.domain.withoutStandardDomain, name: message.name,
            overload: message.overload, inputs: message.input, outputs: message.output,
            attributes: message.attribute,
            defaults: try attributes(
                message.attributeProto, of: "the function \(message.name.quoted)"),
            nodes: try message.node.map { try node($0) }, opsets: try opsets(message.opsetImport))
    }

    func opsets(_ messages: [Onnx_OperatorSetIdProto]) throws -> [String: Int] {
        var versions: [String: Int] = [:]
        for message in messages {
            let domain = message.domain.withoutStandardDomain
            let version = Int(message.version)
            guard versions[domain] == nil || versions[domain] == version else {
                throw error(
                    .malformed,
                    "it names two versions of the operator set \(domain.quoted); do not trust this file"
                )
            }
            versions[domain] = version
        }
        return versions
    }
}

extension ONNXValue {
    fileprivate init(_ message: Onnx_ValueInfoProto) {
        self.init(message.name, message.hasType ? ONNXType(message.type) : nil)
    }
}

extension ONNXType {
    fileprivate init?(_ message: Onnx_TypeProto) {
        switch message.value {
        case .tensorType(let tensor):
            guard let type = ONNXElementCodes.type(tensor.elemType) else {
                self = .other("a tensor of \(ONNXElementCodes.words(tensor.elemType))")
                return
            }
            self = .tensor(type, tensor.hasShape ? tensor.shape.dim.map { ONNXSize($0) } : nil)
        case .sequenceType: self = .other("a sequence")
        case .mapType: self = .other("a map")
        case .opaqueType: self = .other("an opaque value")
        case .sparseTensorType: self = .other("a sparse tensor")
        case .optionalType: self = .other("an optional value")
        case nil: return nil
        }
    }
}

extension ONNXSize {
    /// Some exporters write -1 or an empty name where nothing is known.
    fileprivate init(_ message: Onnx_TensorShapeProto.Dimension) {
        switch message.value {
        case .dimValue(let number) where number >= 0: self = .fixed(Int(number))
        case .dimParam(let name) where !name.isEmpty: self = .named(name)
        default: self = .unknown
        }
    }
}

extension String {
    /// The domain of ONNX itself has two names.
    fileprivate var withoutStandardDomain: String { self == "ai.onnx" ? "" : self }
}
