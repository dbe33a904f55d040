import FileFormats
import Programs

/// Writes out the operators that a file defines itself.
struct ONNXFunctions {
    private static let deepest = 32

    private let model: ONNXModel
    private let functions: [String: ONNXFunction]

    init(_ model: ONNXModel) throws {
        self.model = model
        functions = Dictionary(
            model.functions.map { (Self.key($0.domain, $0.name, $0.overload), $0) },
            uniquingKeysWith: { first, _ in first })
    }

    private static func key(_ domain: String, _ name: String, _ overload: String) -> String {
        [ONNXReaders.domains.contains(domain) ? "" : domain, name, overload].joined(
            separator: "\u{0}")
    }

    /// The graph's nodes with every call of a function replaced by its nodes.
    func inlined() throws -> [ONNXFlatGraph.Item] {
        var items: [ONNXFlatGraph.Item] = []
        var calls = 0
        try append(model.graph.nodes, model.opsets, depth: 0, &items, &calls)
        return items
    }

    private func append(
        _ nodes: [ONNXNode], _ opsets: [String: Int], depth: Int,
        _ items: inout [ONNXFlatGraph.Item], _ calls: inout Int
    ) throws {
        for node in nodes {
            guard let function = functions[Self.key(node.domain, node.operation, node.overload)]
            else {
                items.append(
                    ONNXFlatGraph.Item(node: node, opset: try Self.version(node, opsets)))
                continue
            }
            calls += 1
            guard depth < Self.deepest, items.count + calls <= ONNXFlatGraph.mostNodes else {
                throw ProgramError(
                    .unsupported,
                    "\(node): the functions of the model call each other too often; inline them "
                        + "when it is exported")
            }
            let body = try Self.body(of: function, calledBy: node, number: calls)
            try append(body, function.opsets, depth: depth + 1, &items, &calls)
        }
    }

    /// The version of ONNX's operators that a node is written in.
    private static func version(_ node: ONNXNode, _ opsets: [String: Int]) throws -> Int {
        guard let version = opsets[""] ?? opsets["ai.onnx"] else {
            guard !ONNXReaders.domains.contains(node.domain) else {
                throw ProgramError(
                    .invalid,
                    "\(node): the model does not say which version of ONNX it is written in")
            }
            return ONNXReaders.versions.upperBound
        }
        guard ONNXReaders.versions.contains(version) else {
            let known = ONNXReaders.versions
            throw ProgramError(
                .unsupported,
                "it is written in version \(version) of ONNX's operators, and versions "
                    + "\(known.lowerBound) to \(known.upperBound) are read; export it for one of "
                    + "those, or convert it with onnx.version_converter")
        }
        return version
    }

    /// The function's nodes with the caller's names and attributes in place.
    private static func body(
        of function: ONNXFunction, calledBy node: ONNXNode, number: Int
    ) throws -> [ONNXNode] {
        guard node.inputs.count <= function.inputs.count,
            node.outputs.count <= function.outputs.count
        else {
            throw ProgramError(
                .invalid,
                "\(node) has \(node.inputs.count) inputs and \(node.outputs.count) outputs, and its "
                    + "function \(function.inputs.count) and \(function.outputs.count)")
        }
        var names: [String: String] = ["": ""]
        for (index, name) in function.inputs.enumerated() {
            names[name] = node.inputs.indices.contains(index) ? node.inputs[index] : ""
        }
        for (index, name) in function.outputs.enumerated()
        where node.outputs.indices.contains(index) && !node.outputs[index].isEmpty {
            // A function may give back what it was passed.
            names[name] = names[name] ?? node.outputs[index]
        }
        func renamed(_ name: String) -> String {
            names[name] ?? "\(node.name.isEmpty ? node.operation : node.name)/\(number)/\(name)"
        }
        var body = function.nodes.map { inner in
            var inner = inner
            inner.inputs = inner.inputs.map(renamed)
            inner.outputs = inner.outputs.map(renamed)
            for (name, attribute) in inner.attributes {
                guard case .reference(let outer) = attribute else { continue }
                inner.attributes[name] = node.attributes[outer] ?? function.defaults[outer]
            }
            return inner
        }
        for (index, name) in function.outputs.enumerated()
        where function.inputs.contains(name) && node.outputs.indices.contains(index)
            && !node.outputs[index].isEmpty
        {
            body.append(
                ONNXNode("Identity", inputs: [renamed(name)], outputs: [node.outputs[index]]))
        }
        return body
    }
}
