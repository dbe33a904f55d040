import FileFormats
import OrderedCollections
import Programs
import Tensors

/// Reads the nodes of a `.pt2` archive's graph, those of regions inside of it in their place.
struct GraphReader {
    /// A region whose nodes are read: the whole graph, or one without gradients or with autocast.
    private struct Region {
        /// The Program's values by the region's names.
        var values: [String: Value]
        var autocast: Autocast?
    }

    private(set) var nodes: [Node] = []
    private(set) var types: [Value: ValueType] = [:]
    private let file: String
    private let sizes: TypeReader
    private let stored: OrderedDictionary<String, StoredTensor>
    private var taken: Set<String>
    private var region: Region

    /// - Parameters:
    ///   - values: the Program's values by the archive's names, where they differ.
    ///   - stored: the tensors of the Program.
    init(
        _ graph: ExportedProgram.Graph, values: [String: Value], sizes: TypeReader,
        stored: OrderedDictionary<String, StoredTensor>, file: String
    ) throws {
        self.file = file
        self.sizes = sizes
        self.stored = stored
        taken = Set(graph.names.map { values[$0]?.name ?? $0 }).union(stored.keys)
        region = Region(values: values)
        try read(graph)
    }

    /// The Program's value for a name of the graph.
    func value(_ name: String) -> Value { region.values[name] ?? Value(name) }

    private mutating func read(_ graph: ExportedProgram.Graph) throws {
        for (name, meta) in graph.tensorValues where stored[value(name).name] == nil {
            types[value(name)] = .tensor(try sizes.type(meta, name))
        }
        for (name, size) in graph.symbolicIntValues {
            types[value(name)] = .scalar(try sizes.size(size))
        }
        for name in graph.symbolicBoolValues.keys { types[value(name)] = .scalar(.unknown) }
        for name in graph.symbolicFloatValues.keys { types[value(name)] = .scalar(.unknown) }
        for node in graph.nodes {
            do { try read(node) } catch let error as Refusal {
                throw FileFormatError(
                    error.kind, file: file, "\(error.reason)\(Self.place(of: node))")
            }
        }
    }

    /// Where in its source a node comes from, as far as the archive says.
    static func place(of node: ExportedProgram.Node) -> String {
        let name = node.name ?? node.outputs.lazy.compactMap(\.valueName).first
        let line = node.metadata["stack_trace"].flatMap(Programs.Node.innermostLine)
        let parts = [name.map { "node \($0)" }, line].compactMap { $0 }
        return parts.isEmpty ? "" : " (\(parts.joined(separator: ", ")))"
    }

    private mutating func read(_ node: ExportedProgram.Node) throws {
        if let inner = try Subgraph(node) { return try read(inner) }
        let (operation, inputs) = try called(node)
        var result = Node(
            operation, [:], outputs: try outputs(of: node, operation),
            source: node.metadata["stack_trace"])
        for (name, argument) in inputs {
            result[name] = try ArgumentReader.argument(argument, of: operation) { value($0) }
        }
        if let autocast = region.autocast { convert(&result, autocast) }
        nodes.append(result)
    }

    private func called(
        _ node: ExportedProgram.Node
    ) throws -> (OperatorName, [(String, ExportedProgram.Argument)]) {
        if let operation = PythonOperators.operation(node.target) {
            guard node.inputs.count == operation.argumentNames.count else {
                throw Refusal(
                    .malformed,
                    "\(node.target) takes \(operation.argumentNames.count) arguments and has "
                        + "\(node.inputs.count)")
            }
            let names = zip(operation.argumentNames, node.inputs.map(\.argument))
            return (operation.operatorName, Array(names))
        }
        let prefix = "torch.ops."
        guard node.target.hasPrefix(prefix),
            let operation = OperatorName(String(node.target.dropFirst(prefix.count)))
        else {
            throw Refusal(
                .unsupported,
                "a call of \(node.target) is not supported; replace it in the model, or export with "
                    + "run_decompositions()")
        }
        return (operation, node.inputs.map { ($0.name, $0.argument) })
    }

    private func outputs(
        of node: ExportedProgram.Node, _ operation: OperatorName
    ) throws -> [Value?] {
        try node.outputs.flatMap { output -> [Value?] in
            switch output {
            case .tensor(let reference), .optionalTensor(.tensor(let reference)):
                return [value(reference.name)]
            case .tensors(let references): return references.map { value($0.name) }
            case .optionalTensors(let items):
                return items.map { item in
                    if case .tensor(let reference) = item { value(reference.name) } else { nil }
                }
            case .symbolicInt(.name(let name)), .symbolicFloat(.name(let name)),
                .symbolicBool(.name(let name)):
                return [value(name)]
            case .null, .optionalTensor(.null): return [nil]
            default:
                throw Refusal(
                    .unsupported, "a result of \(operation) is neither a tensor nor a number")
            }
        }
    }

    // MARK: Regions

    private mutating func read(_ inner: Subgraph) throws {
        let outer = region
        var names: [String: Value] = [:]
        guard inner.operands.count == inner.graph.inputs.count,
            inner.results.count == inner.graph.outputs.count
        else { throw Refusal(.malformed, "a region has other arguments than its graph") }
        for (input, operand) in zip(inner.graph.inputs, inner.operands) {
            guard let name = input.valueName, let passed = operand.valueName else { continue }
            names[name] = value(passed)
        }
        for name in inner.graph.names where names[name] == nil { names[name] = unique(name) }
        region.values = names
        region.autocast = inner.autocast ?? (inner.endsAutocast ? nil : outer.autocast)
        let passed = Set(names.values)
        let known = types.filter { passed.contains($0.key) }
        try read(inner.graph)
        // What is passed in has the type that it had.
        types.merge(known) { _, old in old }
        let results = inner.graph.outputs.map { $0.valueName.map { value($0) } }
        region = outer
        for (output, result) in zip(inner.results, results) {
            guard let name = output.valueName, let result else { continue }
            types[value(name)] = nil
            region.values[name] = result
        }
    }

    private mutating func unique(_ name: String) -> Value { Value(taken.takeUnique(name)) }

    /// Puts the conversions in front of a node that autocast would make.
    private mutating func convert(_ node: inout Node, _ autocast: Autocast) {
        func type(_ value: Value) -> ScalarType? {
            (types[value]?.tensor ?? stored[value.name]?.type)?.scalarType
        }
        let inputs = node.inputs
        let target = autocast.target(
            of: node.operation, arguments: inputs.compactMap(type),
            result: node.output.flatMap(type))
        guard let target else { return }
        var converted: [Value: Value] = [:]
        for value in inputs where converted[value] == nil {
            guard let source = types[value]?.tensor ?? stored[value.name]?.type,
                source.scalarType.isFloatingPoint, source.scalarType != target
            else { continue }
            let narrow = unique("\(value.name.identifier)_\(target)")
            types[narrow] = .tensor(
                TensorType(target, sizes: source.sizes, strides: source.strides))
            nodes.append(
                Node(
                    "aten.to.dtype", ["self": .value(value), "dtype": .scalarType(target)],
                    outputs: [narrow], source: node.source))
            converted[value] = narrow
        }
        node = node.mapInputs { converted[$0] ?? $0 }
    }
}

/// What is wrong with a node, before it is said where the node stands.
struct Refusal: Error {
    let kind: FileFormatError.Kind
    let reason: String

    init(_ kind: FileFormatError.Kind, _ reason: String) {
        self.kind = kind
        self.reason = reason
    }
}

extension ExportedProgram.Graph {
    /// The names of all its values.
    var names: [String] {
        tensorValues.keys.sorted() + symbolicIntValues.keys.sorted()
            + symbolicBoolValues.keys.sorted() + symbolicFloatValues.keys.sorted()
    }
}

extension ExportedProgram.Argument {
    /// The name of the one value that it is; nil for everything else.
    var valueName: String? {
        switch self {
        case .tensor(let reference), .optionalTensor(.tensor(let reference)): reference.name
        case .symbolicInt(.name(let name)), .symbolicFloat(.name(let name)),
            .symbolicBool(.name(let name)):
            name
        default: nil
        }
    }
}

extension ExportedProgram.Argument {
    /// The names of all tensors in it, those that a graph is passed among them.
    var tensorNames: [String] {
        switch self {
        case .tensors(let references): references.map(\.name)
        case .optionalTensors(let items):
            items.compactMap { if case .tensor(let reference) = $0 { reference.name } else { nil } }
        default: valueName.map { [$0] } ?? []
        }
    }
}
