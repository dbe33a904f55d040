import FileFormats
import Foundation
import OrderedCollections
import Programs
import Tensors

/// Writes a Program as `torch.export` writes one.
struct ProgramWriter {
    private let program: Program
    private let symbols: [String: String]
    private var names: [Value: String] = [:]
    private var notes = ArchiveNotes()

    init(_ program: Program) throws {
        try program.validate()
        self.program = program
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
        try zip.add(root + layout.sampleInputs, Data())
        try zip.add(root + ArchiveNotes.record, notes.json())
        for (name, data) in records { try zip.add(root + name, data) }
        try zip.finish()
    }

    // MARK: Names

    /// Gives every value a name that is an identifier in Python, unique in the archive.
    private mutating func chooseNames() {
        var taken: Set<String> = []
        func unique(_ stem: String) -> String {
            var name = stem
            var number = 1
            while !taken.insert(name).inserted {
                name = "\(stem)_\(number)"
                number += 1
            }
            return name
        }
        func identifier(_ value: Value) -> String {
            let name = value.name.identifier
            return Self.reserved.contains(name) ? "value_\(name)" : name
        }
        for input in program.inputs { names[input] = unique(identifier(input)) }
        for (name, stored) in program.tensors {
            let prefix =
                switch stored.role {
                case .parameter: "p_"
                case .buffer: "b_"
                case .constant: "c_"
                }
            names[Value(name)] = unique(prefix + name.identifier)
        }
        for case let value? in program.nodes.flatMap(\.outputs) {
            names[value] = unique(identifier(value))
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

    // MARK: The graph

    private func exported() throws -> ExportedProgram {
        var metas: [String: ExportedProgram.TensorMeta] = [:]
        for (value, file) in names {
            guard let type = program.type(of: value)?.tensor else {
                throw ProgramError(
                    .unsupported, "\(value) is not a tensor and cannot be written yet")
            }
            metas[file] = try meta(type)
        }
        let stored = program.tensors.map { (Value($0.key), $0.value.role) }
        let inputs = stored.map(\.0) + program.inputs
        // PyTorch expects the changed buffers before the results.
        let outputs = program.outputs.filter(\.isBuffer) + program.outputs.filter { !$0.isBuffer }
        let graph = ExportedProgram.Graph(
            inputs: inputs.map { .tensor(reference($0)) },
            outputs: outputs.map { .tensor(reference($0.value)) },
            nodes: try program.nodes.map(node), tensorValues: metas)
        let leaves = Array(repeating: TreeSpecification.leaf, count: program.results.count)
        let call = ExportedProgram.ModuleCallSignature(
            inputSpecification: try TreeSpecification.arguments(program.inputs.count).text(),
            outputSpecification: try (leaves.count == 1 ? leaves[0] : .tuple(leaves)).text())
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
                graph: graph,
                signature: ExportedProgram.GraphSignature(
                    inputs: stored.map(specification)
                        + program.inputs.map { .user(.tensor(reference($0))) },
                    outputs: outputs.map(specification)),
                moduleCalls: [ExportedProgram.ModuleCall(name: "", signature: call)]),
            rangeConstraints: Dictionary(uniqueKeysWithValues: ranges))
    }

    private func specification(
        _ value: Value, _ role: StoredTensor.Role
    ) -> ExportedProgram.InputSpecification {
        switch role {
        case .parameter: .parameter(value: reference(value), name: value.name)
        case .buffer: .buffer(value: reference(value), name: value.name, isPersistent: true)
        case .constant: .tensorConstant(value: reference(value), name: value.name)
        }
    }

    private func specification(_ output: Program.Output) -> ExportedProgram.OutputSpecification {
        switch output {
        case .result(let value): .user(.tensor(reference(value)))
        case .buffer(let name, let value): .bufferMutation(value: reference(value), name: name)
        }
    }

    private func node(_ node: Node) throws -> ExportedProgram.Node {
        let arguments = try node.arguments.map { argument in
            ExportedProgram.NamedArgument(
                name: argument.name, argument: try self.argument(argument.argument, node), kind: nil
            )
        }
        let outputs = try node.outputs.map { value in
            guard let value else {
                throw ProgramError(
                    .unsupported, "a result without a name cannot be written: \(node)")
            }
            return reference(value)
        }
        // Several values of an operator with one result are the elements of a list.
        let isList = try outputs.count > 1 && node.operation.resultCount == 1
        return ExportedProgram.Node(
            target: "torch.ops.\(node.operation)", inputs: arguments,
            outputs: isList ? [.tensors(outputs)] : outputs.map { .tensor($0) },
            metadata: node.source.map { ["stack_trace": $0] } ?? [:])
    }

    private func argument(_ argument: Argument, _ node: Node) throws -> ExportedProgram.Argument {
        switch argument {
        case .none: .null
        case .value(let value): .tensor(reference(value))
        case .bool(let bool): .bool(bool)
        case .int(let int): .int(int)
        case .double(let double): .float(double)
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
                affine.expression, hint: size.evaluated(at: [dimension: 2]))
        case .expression(let text):
            let expression = try SizeExpression(parsing: text, file: "the size \(text)")
            return ExportedProgram.SymbolicInt(expression.mapSymbols { symbols[$0] ?? $0 })
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
            let isConstant = stored.role == .constant
            let path = isConstant ? "tensor_\(index)" : "weight_\(index)"
            let folder = isConstant ? ProgramRecords.constantsFolder : ProgramRecords.weightsFolder
            var described = try meta(stored.type)
            described.requiresGradient = stored.role == .parameter
            let payload = ExportedProgram.Payload(
                path: path, isParameter: stored.role == .parameter, meta: described)
            if isConstant { constants[name] = payload } else { weights[name] = payload }
            try zip.add(root + folder + path, tensor.bytes())
        }
        try zip.add(
            root + layout.weightsConfiguration, Data(ExportedProgram.Payloads(weights).json()))
        try zip.add(
            root + layout.constantsConfiguration, Data(ExportedProgram.Payloads(constants).json()))
    }
}

extension Program.Output {
    /// Whether it is the new content of a buffer.
    var isBuffer: Bool {
        if case .buffer = self { true } else { false }
    }
}

extension [Size] {
    /// The positions of those that are not known.
    fileprivate var unknown: [Int] { indices.filter { self[$0] == .unknown } }
}
