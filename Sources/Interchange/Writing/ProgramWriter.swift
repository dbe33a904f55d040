import FileFormats
import Foundation
import OrderedCollections
import Programs
import Tensors

/// Writes a Program as `torch.export` writes one.
struct ProgramWriter {
    private let program: Program
    private let symbols: [String: String]
    private let numbers: [Value: NumberKind]
    private var names: [Value: String] = [:]
    private var notes = ArchiveNotes()

    init(_ program: Program) throws {
        try program.validate()
        self.program = program
        numbers = NumberKind.kinds(in: program)
        // PyTorch calls its symbols s and a number.
        let numbered = program.dimensions.keys.enumerated().map { ($1, "s\(77 + $0)") }
        symbols = Dictionary(uniqueKeysWithValues: numbered)
        notes.metadata = program.metadata
        notes.marks = program.marks.mapValues { $0.map(\.name) }
        for (dimension, symbol) in symbols { notes.dimensions[symbol] = dimension }
        chooseNames()
    }

    /// Writes the archive to a temporary file beside `path` and renames it.
    func write(to path: String, records: [(name: String, data: Data)]) throws {
        var zip = try ZipWriter(path: path)
        let root = "model/"
        let layout = ProgramRecords()
        for (name, contents) in ProgramRecords.marks {
            try zip.add(root + name, Data(contents.utf8))
        }
        try zip.add(root + layout.model, Data(exported().json()))
        try writeTensors(to: &zip, root, layout)
        try zip.add(root + layout.sampleInputs, program.exampleInputs ?? program.drawnExample())
        try zip.add(root + ArchiveNotes.record, notes.json())
        for (name, data) in program.attachments {
            try zip.add(root + ProgramRecords.extraFolder + name, data)
        }
        for (name, data) in records { try zip.add(root + name, data) }
        try zip.finish()
    }

    // MARK: Names

    /// Gives every value a name that is an identifier in Python, unique in the archive.
    private mutating func chooseNames() {
        var taken: Set<String> = []
        func identifier(_ value: Value) -> String {
            let name = value.name.identifier
            return Self.reserved.contains(name) ? "value_\(name)" : name
        }
        for input in program.inputs { names[input] = taken.takeUnique(identifier(input)) }
        for (name, stored) in program.tensors {
            let prefix =
                switch stored.role {
                case .parameter: "p_"
                case .buffer: "b_"
                case .constant: "c_"
                }
            names[Value(name)] = taken.takeUnique(prefix + name.identifier)
        }
        for case let value? in program.nodes.flatMap(\.outputs) {
            names[value] = taken.takeUnique(identifier(value))
        }
        for (value, name) in names where name != value.name && program.tensors[value.name] == nil {
            notes.values[name] = value.name
        }
        for (value, name) in names {
            guard let type = program.type(of: value)?.tensor else { continue }
            let unknown = ArchiveNotes.Axes(
                sizes: type.sizes.unknown, strides: type.strides.unknown)
            guard !unknown.sizes.isEmpty || !unknown.strides.isEmpty else { continue }
            notes.unknown = (notes.unknown ?? [:]).merging([name: unknown]) { $1 }
        }
    }

    private static let reserved: Set<String> = [
        "self", "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del",
        "elif", "else", "except", "False", "finally", "for", "from", "global", "if", "import", "in",
        "is", "lambda", "None", "nonlocal", "not", "or", "pass", "raise", "return", "True", "try",
        "while", "with", "yield",
    ]

    private func name(_ value: Value) -> String { names[value] ?? value.name.identifier }

    private func reference(_ value: Value) -> ExportedProgram.TensorReference {
        ExportedProgram.TensorReference(name(value))
    }

    /// A value as an argument: a tensor, or a number of some kind.
    private func argument(_ value: Value) -> ExportedProgram.Argument {
        switch numbers[value] {
        case nil: .tensor(reference(value))
        case .int: .symbolicInt(.name(name(value)))
        case .float: .symbolicFloat(.name(name(value)))
        case .bool: .symbolicBool(.name(name(value)))
        }
    }

    // MARK: The graph

    private func exported() throws -> ExportedProgram {
        let stored = program.tensors.map { (Value($0.key), $0.value.role) }
        // PyTorch expects the changed buffers before the results.
        let buffers = program.outputs.filter(\.isBuffer)
        let interface = try self.interface()
        let inputs = leaves(interface.inputs, program.inputs)
        let outputs = leaves(interface.outputs, program.results)
        var graph = ExportedProgram.Graph(
            inputs: stored.map { .tensor(reference($0.0)) } + inputs.map(\.argument),
            outputs: buffers.map { argument($0.value) } + outputs.map(\.argument),
            nodes: try program.nodes.map(node), tensorValues: [:])
        try describe(&graph)
        let call = ExportedProgram.ModuleCallSignature(
            inputSpecification: interface.inputTree, outputSpecification: interface.outputTree,
            argumentNames: interface.argumentNames)
        let signature = ExportedProgram.GraphSignature(
            inputs: stored.map(specification) + (try inputs.map(specification)),
            outputs: buffers.map {
                .bufferMutation(value: reference($0.value), name: $0.buffer ?? "")
            }
                + outputs.map { .user($0.argument) })
        let ranges = program.dimensions.map { name, range in
            (
                symbols[name] ?? name,
                ExportedProgram.RangeConstraint(
                    minimum: range.lowerBound,
                    maximum: range.upperBound == Int.max ? nil : range.upperBound)
            )
        }
        return ExportedProgram(
            graphModule: ExportedProgram.GraphModule(
                graph: graph, signature: signature,
                moduleCalls: [ExportedProgram.ModuleCall(name: "", signature: call)],
                namedTuples: interface.namedTuples.mapValues {
                    ExportedProgram.NamedTuple(fieldNames: $0)
                }),
            rangeConstraints: Dictionary(uniqueKeysWithValues: ranges))
    }

    /// States the type of every value.
    private func describe(_ graph: inout ExportedProgram.Graph) throws {
        for (value, file) in names {
            switch (program.type(of: value), numbers[value]) {
            case (.tensor(let type), _): graph.tensorValues[file] = try meta(type)
            case (.scalar(let size), .int): graph.symbolicIntValues[file] = try self.size(size)
            case (.scalar, .float): graph.symbolicFloatValues[file] = .float(1)
            case (.scalar, .bool): graph.symbolicBoolValues[file] = .bool(true)
            default:
                throw ProgramError(
                    .unsupported, "\(value) is not a tensor and cannot be written yet")
            }
        }
    }

    /// The interface that the Program has, or the plain one.
    private func interface() throws -> Interface {
        let (inputs, results) = (program.inputs.count, program.results.count)
        if let interface = program.interface, interface.fits(inputs: inputs, results: results) {
            return interface
        }
        return try Interface(inputs: inputs, results: results)
    }

    /// The leaves of an interface with the values in their places.
    private func leaves(
        _ leaves: [Interface.Leaf], _ values: [Value]
    ) -> [(argument: ExportedProgram.Argument, name: String?)] {
        var rest = values[...]
        return leaves.compactMap { leaf in
            switch leaf {
            case .value: rest.popFirst().map { (argument($0), nil) }
            case .fixed(let fixed, let name): (self.fixed(fixed), name)
            }
        }
    }

    private func fixed(_ argument: Argument) -> ExportedProgram.Argument {
        switch argument {
        case .int(let int): .int(int)
        case .double(let double): .float(double)
        case .bool(let bool): .bool(bool)
        case .string(let text): .string(text)
        default: .null
        }
    }

    private func specification(
        _ input: (argument: ExportedProgram.Argument, name: String?)
    ) throws -> ExportedProgram.InputSpecification {
        guard let name = input.name else { return .user(input.argument) }
        return switch input.argument {
        case .int(let int): .constant(name: name, value: .int(int))
        case .float(let double): .constant(name: name, value: .float(double))
        case .bool(let bool): .constant(name: name, value: .bool(bool))
        case .string(let text): .constant(name: name, value: .string(text))
        default: .constant(name: name, value: .null)
        }
    }

    private func specification(
        _ value: Value, _ role: StoredTensor.Role
    ) -> ExportedProgram.InputSpecification {
        switch role {
        case .parameter: .parameter(value: reference(value), name: value.name)
        case .buffer:
            .buffer(
                value: reference(value), name: value.name,
                isPersistent: program.tensors[value.name]?.isPersistent ?? true)
        case .constant: .tensorConstant(value: reference(value), name: value.name)
        }
    }

    private func node(_ node: Node) throws -> ExportedProgram.Node {
        let arguments = try node.arguments.map { argument in
            ExportedProgram.NamedArgument(
                name: argument.name, argument: try self.argument(argument.argument, node), kind: nil
            )
        }
        let target =
            ScalarOperation(node.operation).map(PythonOperators.target)
            ?? "torch.ops.\(node.operation)"
        return ExportedProgram.Node(
            target: target, inputs: arguments, outputs: try results(of: node),
            metadata: node.source.map { ["stack_trace": $0] } ?? [:])
    }

    /// The results as the operator's schema has them: the values of a list stand together.
    private func results(of node: Node) throws -> [ExportedProgram.Argument] {
        var rest = try node.outputs.map { value in
            guard let value else {
                throw ProgramError(
                    .unsupported, "a result without a name cannot be written: \(node)")
            }
            return value
        }[...]
        let isLists = try node.operation.listResults
        var results: [ExportedProgram.Argument] = []
        for (index, isList) in isLists.enumerated() {
            guard isList else {
                if let value = rest.popFirst() { results.append(argument(value)) }
                continue
            }
            let count = rest.count - (isLists.count - index - 1)
            results.append(.tensors(rest.prefix(count).map(reference)))
            rest = rest.dropFirst(count)
        }
        return results
    }

    private func argument(_ argument: Argument, _ node: Node) throws -> ExportedProgram.Argument {
        switch argument {
        case .none: .null
        case .value(let value): self.argument(value)
        case .bool(let bool): .bool(bool)
        case .int(let int): .int(int)
        case .double(let double): .float(double)
        case .complex(let real, let imaginary):
            .complex(ExportedProgram.Complex(real: real, imaginary: imaginary))
        case .string(let text): .string(text)
        case .scalarType(let type): .scalarType(type.archiveCode)
        case .device(let device):
            .device(
                ExportedProgram.Device(
                    type: device == .cpu ? "cpu" : "cuda",
                    index: device.index < 0 ? nil : device.index))
        case .layout: .layout(.strided)
        case .memoryFormat(let number): .memoryFormat(MemoryFormats.archive(number))
        case .list(let items): try list(items, node)
        }
    }

    private func list(_ items: [Argument], _ node: Node) throws -> ExportedProgram.Argument {
        let values = try items.map { try argument($0, node) }
        let ints = values.compactMap { if case .int(let int) = $0 { int } else { Int?.none } }
        if ints.count == values.count { return .ints(ints) }
        let sizes = values.compactMap { value -> ExportedProgram.SymbolicIntArgument? in
            switch value {
            case .int(let int): .int(int)
            case .symbolicInt(let size): size
            default: nil
            }
        }
        if sizes.count == values.count { return .symbolicInts(sizes) }
        let floats = values.compactMap { if case .float(let x) = $0 { x } else { Double?.none } }
        if floats.count == values.count { return .floats(floats) }
        let bools = values.compactMap { if case .bool(let bool) = $0 { bool } else { Bool?.none } }
        if bools.count == values.count { return .bools(bools) }
        let tensors = values.compactMap { value -> ExportedProgram.TensorReference? in
            if case .tensor(let tensor) = value { tensor } else { nil }
        }
        if tensors.count == values.count { return .tensors(tensors) }
        let strings = values.compactMap {
            if case .string(let text) = $0 { text } else { String?.none }
        }
        if strings.count == values.count { return .strings(strings) }
        let optional = values.compactMap { value -> ExportedProgram.OptionalTensor? in
            switch value {
            case .tensor(let tensor): .tensor(tensor)
            case .null: .null
            default: nil
            }
        }
        if optional.count == values.count { return .optionalTensors(optional) }
        throw ProgramError(.unsupported, "a list of mixed kinds cannot be written: \(node)")
    }

    // MARK: Sizes and tensors

    private var hints: [String: Int] { program.exampleHints }

    private func meta(_ type: TensorType) throws -> ExportedProgram.TensorMeta {
        ExportedProgram.TensorMeta(
            type.scalarType.archiveCode, sizes: try type.sizes.map(size),
            strides: try type.strides.map(size))
    }

    private func size(_ size: Size) throws -> ExportedProgram.SymbolicInt {
        switch size {
        case .fixed(let number): return .int(number)
        case .affine(let scale, let dimension, let offset):
            let affine = SizeExpression.Affine(
                coefficient: scale, symbol: symbols[dimension] ?? dimension, offset: offset)
            // NB: PyTorch freezes a dimension whose hint is 1.
            return ExportedProgram.SymbolicInt(
                affine.expression, hint: size.evaluated(at: hints))
        case .expression(let expression):
            return ExportedProgram.SymbolicInt(
                expression.mapSymbols { symbols[$0] ?? $0 }, hint: size.evaluated(at: hints))
        // NB: PyTorch finds inner sizes again; a wrong number is harmless, an unbound symbol is not.
        case .unknown: return .int(1)
        }
    }

    private func writeTensors(
        to zip: inout ZipWriter, _ root: String, _ layout: ProgramRecords
    ) throws {
        var weights: [String: ExportedProgram.Payload] = [:]
        var constants: [String: ExportedProgram.Payload] = [:]
        for (index, (name, stored)) in program.tensors.enumerated() {
            let tensor = try program.tensor(name)
            let isConstant = stored.role == .constant || !stored.isPersistent
            // Tied parameters lie in one record.
            let owner = stored.tied.flatMap { program.tensors.index(forKey: $0) }
            let path = isConstant ? "tensor_\(index)" : "weight_\(owner ?? index)"
            let folder = isConstant ? ProgramRecords.constantsFolder : ProgramRecords.weightsFolder
            var described = try meta(stored.type)
            described.requiresGradient = stored.role == .parameter
            let payload = ExportedProgram.Payload(
                path: path, isParameter: stored.role == .parameter, meta: described)
            if isConstant { constants[name] = payload } else { weights[name] = payload }
            if owner == nil { try zip.add(root + folder + path, tensor.bytes()) }
        }
        try zip.add(
            root + layout.weightsConfiguration, Data(ExportedProgram.Payloads(weights).json()))
        try zip.add(
            root + layout.constantsConfiguration, Data(ExportedProgram.Payloads(constants).json()))
    }
}

extension Program.Output {
    /// Whether it is the new content of a buffer.
    var isBuffer: Bool { buffer != nil }

    /// The buffer whose new content it is.
    var buffer: String? {
        if case .buffer(let name, _) = self { name } else { nil }
    }
}

extension [Size] {
    /// The positions of those that are not known.
    fileprivate var unknown: [Int] { indices.filter { self[$0] == .unknown } }
}
