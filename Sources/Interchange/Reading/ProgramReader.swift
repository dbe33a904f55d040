import FileFormats
import Foundation
import OrderedCollections
import Programs
import Tensors

/// Reads a Program from a `.pt2` archive.
struct ProgramReader {
    private let archive: ZipArchive
    private let exported: ExportedProgram
    private let notes: ArchiveNotes
    private let types: TypeReader
    private let tensors: StoredTensorReader
    private let values: [String: Value]

    init(_ archive: ZipArchive) throws {
        self.archive = archive
        let root = archive.root
        let layout = ProgramRecords()
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
        exported = try ExportedProgram(
            json: archive.soundBytes(of: root + layout.model),
            file: "\(archive.file), \(layout.model)")
        notes = try ArchiveNotes(from: archive)
        types = TypeReader(exported, notes, file: archive.file)
        tensors = try StoredTensorReader(archive, layout, types)
        values = Self.names(in: exported.graphModule, notes)
    }

    func program() throws -> Program {
        let graph = exported.graphModule.graph
        var program = Program(
            inputs: [], nodes: [], outputs: [], tensors: [:], types: [:],
            dimensions: try types.dimensions(), metadata: notes.metadata,
            marks: notes.marks.mapValues { $0.map { Value($0) } })
        let example = archive.root + ProgramRecords().sampleInputs
        if archive.contains(example) {
            let bytes = try archive.soundBytes(of: example)
            program.exampleInputs = bytes.isEmpty ? nil : bytes
        }
        program.exampleSizes = types.exampleSizes(of: exported)
        for input in exported.graphModule.signature.inputs { try take(input, &program) }
        let ties = tensors.ties(among: program.parameterNames, read: readNames(graph))
        for (name, owner) in ties { program.tensors[name]?.tied = owner }
        let reader = try GraphReader(
            graph, values: values.mapValues { ties[$0.name].map { Value($0) } ?? $0 }, sizes: types,
            stored: program.tensors, file: archive.file)
        program.nodes = reader.nodes
        program.types = reader.types
        program.outputs = try outputs(reader)
        program.interface = InterfaceReader(exported.graphModule).interface
        program.attachments = try attachments()
        try checkMarks(of: program)
        do {
            try program.validate()
            program = try program.normalized()
        } catch let error as ProgramError {
            let remedy = error.kind == .unsupported ? "" : "; export the model again"
            throw refusal(
                error.kind == .unsupported ? .unsupported : .malformed, error.description + remedy)
        }
        return program
    }

    /// The names of the stored tensors that nodes read.
    private func readNames(_ graph: ExportedProgram.Graph) -> Set<String> {
        let read = graph.nodes.flatMap(\.inputs).flatMap { $0.argument.tensorNames }
        return Set(read.map { value($0).name })
    }

    private func checkMarks(of program: Program) throws {
        let known = Set(program.inputs + program.nodes.flatMap { $0.outputs.compactMap { $0 } })
        for marked in program.marks.values {
            guard known.isSuperset(of: marked), Set(marked).count == marked.count else {
                throw refusal(
                    .malformed,
                    "\(ArchiveNotes.record) marks values that are not there; fetch the file again")
            }
        }
    }

    private func refusal(_ kind: FileFormatError.Kind, _ message: String) -> FileFormatError {
        FileFormatError(kind, file: archive.file, message)
    }

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
        let computed = Set(module.graph.names)
        for name in stored where values[name] == nil && computed.contains(name) {
            var fresh = name + "_value"
            while stored.contains(fresh) || computed.contains(fresh) { fresh += "_" }
            values[name] = Value(fresh)
        }
        return values
    }

    private func value(_ name: String) -> Value { values[name] ?? Value(name) }

    // MARK: Inputs and outputs

    private func take(
        _ input: ExportedProgram.InputSpecification, _ program: inout Program
    ) throws {
        switch input {
        case .user(.tensor(let reference)): program.inputs.append(value(reference.name))
        case .user(.symbolicInt(.name(let name))): program.inputs.append(value(name))
        case .parameter(_, let name):
            try store(StoredTensor(.parameter, try tensors.weight(name)), name, &program)
        case .buffer(_, let name, let isPersistent):
            var stored = StoredTensor(
                .buffer, try isPersistent ? tensors.weight(name) : tensors.constant(name))
            stored.isPersistent = isPersistent
            try store(stored, name, &program)
        case .tensorConstant(_, let name):
            try store(StoredTensor(.constant, try tensors.constant(name)), name, &program)
        case .constant: break
        case .user(let argument) where ArgumentReader.plain(argument) != nil: break
        default:
            throw refusal(
                .unsupported,
                "an input that is neither a tensor nor a size is not supported; make it part of the model"
            )
        }
    }

    private func store(
        _ tensor: StoredTensor, _ name: String, _ program: inout Program
    ) throws {
        guard program.tensors.updateValue(tensor, forKey: name) == nil else {
            throw refusal(
                .malformed, "the tensor \(name) is listed twice; export the model again")
        }
    }

    private func outputs(_ reader: GraphReader) throws -> [Program.Output] {
        try exported.graphModule.signature.outputs.compactMap { output in
            switch output {
            case .user(let argument):
                if let name = argument.valueName { return .result(reader.value(name)) }
                guard ArgumentReader.plain(argument) != nil else { break }
                return nil
            case .bufferMutation(let reference, let name):
                return .buffer(name, reader.value(reference.name))
            // A run leaves what the caller passed as it was.
            case .userInputMutation, .token: return nil
            default: break
            }
            throw refusal(
                .unsupported,
                "an output that is neither a tensor, a number nor a buffer's new content is not "
                    + "supported yet; leave it out of the model")
        }
    }

    /// The extra files that others put into the archive.
    private func attachments() throws -> OrderedDictionary<String, Data> {
        let folder = archive.root + ProgramRecords.extraFolder
        var attachments: OrderedDictionary<String, Data> = [:]
        for name in archive.names where name.hasPrefix(folder) {
            let short = String(name.dropFirst(folder.count))
            guard !short.isEmpty, name != archive.root + ArchiveNotes.record else { continue }
            attachments[short] = try archive.soundBytes(of: name)
        }
        return attachments
    }
}
