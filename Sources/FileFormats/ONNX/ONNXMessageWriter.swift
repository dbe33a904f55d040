import Foundation
import ONNXMessages

/// Makes messages from values.
struct ONNXMessageWriter {
    /// What errors name.
    let file: String

    /// The model without the graph's own tensors.
    func model(_ model: ONNXModel) throws -> Onnx_ModelProto {
        var message = Onnx_ModelProto()
        message.irVersion = Int64(model.irVersion)
        message.producerName = model.producer.name
        message.producerVersion = model.producer.version
        message.opsetImport = opsets(model.opsets)
        message.metadataProps = entries(model.metadata.sorted { $0.key < $1.key })
        message.graph = try graph(model.graph)
        message.functions = try model.functions.map(function)
        return message
    }

    func tensor(_ tensor: ONNXTensor) throws -> Onnx_TensorProto {
        var message = try described(tensor.array)
        message.name = tensor.name
        message.rawData = tensor.array.bytes
        return message
    }

    /// The tensor, its elements in another file.
    func tensor(_ tensor: ONNXTensor, at offset: Int, of location: String) throws
        -> Onnx_TensorProto
    {
        var message = try described(tensor.array)
        message.name = tensor.name
        message.dataLocation = 1
        message.externalData = entries([
            ("location", location), ("offset", "\(offset)"),
            ("length", "\(tensor.array.bytes.count)"),
        ])
        return message
    }

    private func described(_ array: RawArray) throws -> Onnx_TensorProto {
        var message = Onnx_TensorProto()
        message.dims = array.shape.map { Int64($0) }
        message.dataType = Int32(array.elementType.onnxCode)
        return message
    }

    private func graph(_ graph: ONNXGraph) throws -> Onnx_GraphProto {
        var message = Onnx_GraphProto()
        message.name = graph.name
        message.node = try graph.nodes.map(node)
        message.input = graph.inputs.map(value)
        message.output = graph.outputs.map(value)
        message.valueInfo = graph.values.map(value)
        return message
    }

    private func node(_ node: ONNXNode) throws -> Onnx_NodeProto {
        var message = Onnx_NodeProto()
        message.opType = node.operation
        message.input = node.inputs
        message.output = node.outputs
        if !node.domain.isEmpty { message.domain = node.domain }
        if !node.overload.isEmpty { message.overload = node.overload }
        if !node.name.isEmpty { message.name = node.name }
        message.attribute = try attributes(node.attributes)
        return message
    }

    private func attributes(_ values: [String: ONNXAttribute]) throws -> [Onnx_AttributeProto] {
        try values.sorted { $0.key < $1.key }.map { name, value in try attribute(name, value) }
    }

    private func attribute(
        _ name: String, _ value: ONNXAttribute
    ) throws -> Onnx_AttributeProto {
        var message = Onnx_AttributeProto()
        message.name = name
        message.type = value.kind
        switch value {
        case .float(let number): message.f = number
        case .int(let number): message.i = Int64(number)
        case .string(let text): message.s = Data(text.utf8)
        case .tensor(let array): message.t = try tensor(ONNXTensor("", array))
        case .graph(let graph): message.g = try self.graph(within: graph)
        case .floats(let numbers): message.floats = numbers
        case .ints(let numbers): message.ints = numbers.map { Int64($0) }
        case .strings(let texts): message.strings = texts.map { Data($0.utf8) }
        case .tensors(let arrays):
            message.tensors = try arrays.map { try tensor(ONNXTensor("", $0)) }
        case .graphs(let graphs): message.graphs = try graphs.map { try graph(within: $0) }
        case .reference(let other): message.refAttrName = other
        case .other(let kind):
            throw FileFormatError(
                .unsupported, file: file,
                "the attribute \(name.quoted) holds \(kind), which is not written; leave it out")
        }
        return message
    }

    /// A graph in an attribute, with its tensors.
    private func graph(within graph: ONNXGraph) throws -> Onnx_GraphProto {
        var message = try self.graph(graph)
        message.initializer = try graph.initializers.map { try tensor($0) }
        return message
    }

    private func function(_ function: ONNXFunction) throws -> Onnx_FunctionProto {
        var message = Onnx_FunctionProto()
        message.name = function.name
        message.domain = function.domain
        if !function.overload.isEmpty { message.overload = function.overload }
        message.input = function.inputs
        message.output = function.outputs
        message.attribute = function.attributes
        message.attributeProto = try attributes(function.defaults)
        message.node = try function.nodes.map(node)
        message.opsetImport = opsets(function.opsets)
        return message
    }

    private func value(_ value: ONNXValue) -> Onnx_ValueInfoProto {
        var message = Onnx_ValueInfoProto()
        message.name = value.name
        guard case .tensor(let type, let sizes)? = value.type else { return message }
        message.type.tensorType.elemType = Int32(type.onnxCode)
        guard let sizes else { return message }
        message.type.tensorType.shape.dim = sizes.map { size in
            var dimension = Onnx_TensorShapeProto.Dimension()
            switch size {
            case .fixed(let number): dimension.dimValue = Int64(number)
            case .named(let name): dimension.dimParam = name
            case .unknown: break
            }
            return dimension
        }
        return message
    }

    private func opsets(_ versions: [String: Int]) -> [Onnx_OperatorSetIdProto] {
        versions.sorted { $0.key < $1.key }.map { domain, version in
            var message = Onnx_OperatorSetIdProto()
            message.domain = domain
            message.version = Int64(version)
            return message
        }
    }

    private func entries(_ pairs: [(key: String, value: String)]) -> [Onnx_StringStringEntryProto] {
        pairs.map { key, value in
            var message = Onnx_StringStringEntryProto()
            message.key = key
            message.value = value
            return message
        }
    }
}

extension ONNXAttribute {
    /// The number of the kind; a reference has the one of what it refers to, which is not known here.
    fileprivate var kind: Int32 {
        switch self {
        case .reference, .other: 0
        case .float: 1
        case .int: 2
        case .string: 3
        case .tensor: 4
        case .graph: 5
        case .floats: 6
        case .ints: 7
        case .strings: 8
        case .tensors: 9
        case .graphs: 10
        }
    }
}
