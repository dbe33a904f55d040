import FileFormats
import Foundation
import OrderedCollections
import Programs
import Tensors

/// Reads a Program from a `.pt2` archive.
struct ProgramReader {
    private let archive: ZipArchive
    private let root: String
    private let layout = ProgramRecords()
    private let exported: ExportedProgram
    private let notes: ArchiveNotes
    private let weights: ExportedProgram.Payloads
    private let constants: ExportedProgram.Payloads
    private let values: [String: Value]

    init(_ archive: ZipArchive) throws {
        self.archive = archive
        root = archive.root
        guard archive.contains(root + layout.model) else {
            throw FileFormatError(
                .malformed, file: archive.file,
                "it has no \(layout.model); a model file is what torch.export.save writes")
        }
        let order = root + "byteorder"
        let isLittle =
            try !archive.contains(order)
            || archive.bytes(of: order).elementsEqual("little".utf8)
        guard isLittle else {
            throw FileFormatError(
                .unsupported, file: archive.file,
                "its numbers are not little endian; save it again on another machine")
        }
        func record(_ name: String) throws -> Data {
            try archive.soundBytes(of: archive.root + name)
        }
        func place(_ name: String) -> String { "\(archive.file), \(name)" }
        exported = try ExportedProgram(json: record(layout.model), file: place(layout.model))
        weights = try ExportedProgram.Payloads(
            json: record(layout.weightsConfiguration), file: place(layout.weightsConfiguration))
        constants = try ExportedProgram.Payloads(
            json: record(layout.constantsConfiguration), file: place(layout.constantsConfiguration))
        notes = try ArchiveNotes(from: archive)
        values = Self.names(in: exported.graphModule, notes)
    }

    func program() throws -> Program {
        let graph = exported.graphModule.graph
        var program = Program(
            inputs: [], nodes: try graph.nodes.map(node), outputs: try outputs(), tensors: [:],
            types: [:], dimensions: try dimensions(), metadata: notes.metadata,
            marks: notes.marks.mapValues { $0.map { Value($0) } })
        for input in exported.graphModule.signature.inputs { try take(input, &program) }
        for (name, meta) in graph.tensorValues where program.tensors[value(name).name] == nil {
            program.types[value(name)] = .tensor(try type(meta, name))
        }
        do { try program.validate() } catch let error as ProgramError {
            throw refusal(.malformed, "\(error.description); export the model again")
        }
        let known = Set(program.inputs + program.nodes.flatMap { $0.outputs.compactMap { $0 } })
        for marked in program.marks.values {
            guard known.isSuperset(of: marked), Set(marked).count == marked.count else {
                throw refusal(
                    .malformed,
                    "\(ArchiveNotes.record) marks values that are not there; fetch the file again")
            }
        }
        return program
    }

    private func refusal(_ kind: FileFormatError.Kind, _ message: String) -> FileFormatError {
        FileFormatError(kind, file: archive.file, message)
    }

    // MARK: Names and sizes

    /// The Program's values by the archive's names: a stored tensor's own name, or what the notes say.
    private static func names(
        in module: ExportedProgram.GraphModule, _ notes: ArchiveNotes
    ) -> [String: Value] {
        var values = notes.values.mapValues { Value($0) }
        var stored: Set<String> = []
        for input in module.signature.inputs {
            switch input {
            case .parameter(let value, let name), .buffer(let value, let name, _),
                .tensorConstant(let value, let name):
                values[value.name] = Value(name)
                stored.insert(name)
            default: break
            }
        }
        // PyTorch keeps the names of tensors and of what nodes compute apart; here they are one.
        for name in stored where values[name] == nil && module.graph.tensorValues[name] != nil {
            var fresh = name + "_value"
            while stored.contains(fresh) || module.graph.tensorValues[fresh] != nil { fresh += "_" }
            values[name] = Value(fresh)
        }
        return values
    }

    private func value(_ name: String) -> Value { values[name] ?? Value(name) }

    private func dimensions() throws -> OrderedDictionary<String, ClosedRange<Int>> {
        var dimensions: OrderedDictionary<String, ClosedRange<Int>> = [:]
        for (symbol, range) in exported.rangeConstraints.sorted(by: { $0.key < $1.key }) {
            let (low, high) = (range.minimum ?? 0, range.maximum ?? Int.max)
            guard low <= high else {
                throw refusal(.malformed, "the range of \(symbol) is empty; export the model again")
            }
            guard dimensions.updateValue(low...high, forKey: dimension(symbol)) == nil else {
                throw refusal(
                    .malformed,
                    "\(ArchiveNotes.record) gives one name to two dimensions; fetch the file again")
            }
        }
        return dimensions
    }

    /// A file of others calls its only free dimension by a number; it is the batch.
    private func dimension(_ symbol: String) -> String {
        notes.dimensions[symbol] ?? (exported.rangeConstraints.count == 1 ? "batch" : symbol)
    }

    private func type(_ meta: ExportedProgram.TensorMeta, _ name: String) throws -> TensorType {
        guard let scalarType = ScalarType(meta.scalarType) else {
            throw refusal(
                .unsupported,
                "\(name) has the type \(meta.scalarType), which is not supported; "
                    + "convert it to another")
        }
        let unknown = notes.unknown?[name]
        func sizes(_ sizes: [ExportedProgram.SymbolicInt], unknown: [Int]?) throws -> [Size] {
            try sizes.enumerated().map { axis, size in
                unknown?.contains(axis) ?? false ? .unknown : try self.size(size)
            }
        }
        return TensorType(
            scalarType, sizes: try sizes(meta.sizes, unknown: unknown?.sizes),
            strides: try sizes(meta.strides, unknown: unknown?.strides))
    }

    private func size(_ size: ExportedProgram.SymbolicInt) throws -> Size {
        switch size {
        case .int(let number): return .fixed(number)
        case .expression:
            let tree = try size.size(file: archive.file)
            guard let affine = tree.affine else {
                return tree.constant.map(Size.fixed)
                    ?? .expression(tree.mapSymbols(dimension).description)
            }
            return .affine(
                scale: affine.coefficient, dimension: dimension(affine.symbol),
                offset: affine.offset)
        }
    }

    // MARK: Stored tensors

    private func take(
        _ input: ExportedProgram.InputSpecification, _ program: inout Program
    ) throws {
        switch input {
        case .parameter(_, let name), .buffer(_, let name, _), .tensorConstant(_, let name):
            guard program.tensors[name] == nil else {
                throw refusal(
                    .malformed, "the tensor \(name) is listed twice; export the model again")
            }
        default: break
        }
        switch input {
        case .user(.tensor(let reference)): program.inputs.append(value(reference.name))
        case .parameter(_, let name):
            program.tensors[name] = StoredTensor(
                .parameter, try tensor(name, weights, ProgramRecords.weightsFolder))
        case .buffer(_, let name, let isPersistent):
            let (payloads, folder) =
                isPersistent
                ? (weights, ProgramRecords.weightsFolder)
                : (constants, ProgramRecords.constantsFolder)
            program.tensors[name] = StoredTensor(.buffer, try tensor(name, payloads, folder))
        case .tensorConstant(_, let name):
            program.tensors[name] = StoredTensor(
                .constant, try tensor(name, constants, ProgramRecords.constantsFolder))
        default:
            throw refusal(
                .unsupported,
                "an input that is not a tensor is not supported yet; make it part of the model")
        }
    }

    private func tensor(
        _ name: String, _ payloads: ExportedProgram.Payloads, _ folder: String
    ) throws -> Tensor {
        guard let payload = payloads.entries[name], let meta = payload.meta, !payload.usesPickle
        else {
            throw refusal(
                .malformed,
                "the tensor \(name) is not in the archive as plain elements; save the model again")
        }
        let type = try self.type(meta, name)
        // Before anything multiplies them: the sizes may be any numbers.
        guard let shape = type.shape, case .int(let offset) = meta.storageOffset, offset >= 0,
            let bytes = type.scalarType.elementType?.byteCount(ofShape: shape)
        else {
            throw refusal(
                .malformed, "the tensor \(name), \(type), cannot be; fetch the file again")
        }
        let strides = zip(type.strides, TensorType(type.scalarType, type.sizes).strides)
        guard type.strides.count == shape.count,
            bytes == 0 || zip(shape, strides).allSatisfy({ $0 == 1 || $1.0 == $1.1 })
        else {
            throw refusal(
                .unsupported,
                "the tensor \(name) is not stored row after row; save a contiguous copy of it")
        }
        let record = try archive.soundBytes(of: root + folder + payload.path)
        let start = offset.multipliedReportingOverflow(by: type.scalarType.byteCount)
        guard !start.overflow, start.partialValue <= record.count,
            bytes <= record.count - start.partialValue
        else {
            throw refusal(
                .truncated,
                "the tensor \(name), \(type) from element \(offset) on, needs \(bytes) bytes and "
                    + "its record has \(record.count); fetch the file again")
        }
        let first = record.startIndex + start.partialValue
        return Tensor(bytes: record[first..<(first + bytes)], type: type.scalarType, shape: shape)
    }

    // MARK: Nodes

    private func outputs() throws -> [Program.Output] {
        try exported.graphModule.signature.outputs.map { output in
            switch output {
            case .user(.tensor(let reference)): return .result(value(reference.name))
            case .bufferMutation(let reference, let name):
                return .buffer(name, value(reference.name))
            default:
                throw refusal(
                    .unsupported,
                    "an output that is neither a tensor nor a buffer's new content is not supported yet"
                )
            }
        }
    }

    private func node(_ node: ExportedProgram.Node) throws -> Node {
        let prefix = "torch.ops."
        guard node.target.hasPrefix(prefix),
            let operation = OperatorName(String(node.target.dropFirst(prefix.count)))
        else { throw refusal(.unsupported, "a call of \(node.target) is not supported yet") }
        // NB: the tensors of a file are mapped and cannot be written to.
        guard !operation.writes else {
            throw refusal(
                .unsupported,
                "\(operation) writes into its argument, which is not supported yet; "
                    + "call run_decompositions() on the exported program and save it again")
        }
        let outputs = try node.outputs.flatMap { output -> [Value?] in
            switch output {
            case .tensor(let reference): return [value(reference.name)]
            // NB: a list of one could not be told from the element.
            case .tensors(let references) where references.count > 1:
                return references.map { value($0.name) }
            case .null: return [nil]
            default:
                throw refusal(.unsupported, "a result of \(operation) is not a tensor")
            }
        }
        var result = Node(
            operation, [:], outputs: outputs, source: node.metadata["stack_trace"])
        for input in node.inputs { result[input.name] = try argument(input.argument, operation) }
        return result
    }

    private func argument(
        _ argument: ExportedProgram.Argument, _ operation: OperatorName
    ) throws -> Argument {
        switch argument {
        case .null: return .none
        case .tensor(let reference), .optionalTensor(.tensor(let reference)):
            return .value(value(reference.name))
        case .optionalTensor(.null): return .none
        case .tensors(let references): return .list(references.map { .value(value($0.name)) })
        case .optionalTensors(let items):
            return .list(
                items.map { item in
                    if case .tensor(let reference) = item {
                        .value(value(reference.name))
                    } else {
                        .none
                    }
                })
        case .int(let int), .symbolicInt(.int(let int)): return .int(int)
        case .ints(let ints): return .ints(ints)
        case .float(let double): return .double(double)
        case .floats(let doubles): return .list(doubles.map(Argument.double))
        case .bool(let bool): return .bool(bool)
        case .bools(let bools): return .list(bools.map(Argument.bool))
        case .string(let text): return .string(text)
        case .strings(let texts): return .list(texts.map(Argument.string))
        case .scalarType(let code):
            guard let type = ScalarType(code) else { break }
            return .scalarType(type)
        case .memoryFormat(let code):
            guard let number = MemoryFormats.libtorch(code) else { break }
            return .memoryFormat(number)
        case .layout(.strided): return .layout(0)
        case .device(let device):
            guard ["cpu", "cuda"].contains(device.type) else { break }
            return .device(Device(type: device.type == "cpu" ? 0 : 1, index: device.index ?? -1))
        default: break
        }
        throw refusal(
            .unsupported, "an argument of \(operation) is of a kind that is not supported yet")
    }
}

extension OperatorName {
    /// Whether its name says that it writes into an argument, as `relu_` and `add.out` do.
    fileprivate var writes: Bool {
        name.hasSuffix("_") && !name.hasSuffix("__") || overload == "out"
            || overload.hasSuffix("_out")
    }
}
