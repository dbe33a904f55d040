import Datasets
import Foundation
import Interchange
import Programs
import Training

/// A model that a verb was given: a file, or a folder with a `model.pt2`.
enum ModelLocation {
    /// Opens the model.
    static func open(_ path: String) throws -> ModelFile {
        switch PathKind(at: path) {
        case .nothing:
            throw Failure(
                .missing, "\(path) is not there; name a model file, or a folder that train wrote")
        case .file where path.lowercased().hasSuffix(".onnx"):
            throw Failure(
                .usage,
                "\(path) is an ONNX file; make it a model file first, with swiftlet convert \(path) "
                    + "model.pt2")
        case .file: return try ModelFile(contentsOf: path)
        case .folder: break
        }
        let file = "\(path)/model.pt2"
        guard PathKind(at: file) == .file else {
            throw Failure(
                .missing,
                verb(ofRunIn: path).map {
                    "\(path) holds a run that was cut off; go on with swiftlet \($0) --resume \(path)"
                } ?? "\(path) holds no model.pt2; name a model file, or a folder that train wrote")
        }
        return try ModelFile(contentsOf: file)
    }

    /// The verb that began a run in a folder and can go on with it, as its `run.json` says; nil where there is none.
    private static func verb(ofRunIn folder: String) -> String? {
        struct Record: Decodable { let verb: String }
        let data = FileManager.default.contents(atPath: "\(folder)/run.json") ?? Data()
        let verb = (try? JSONDecoder().decode(Record.self, from: data))?.verb
        return verb.flatMap { ["train", "tune", "iterate"].contains($0) ? $0 : nil }
    }
}

/// What travels in a model file beside the network, under these keys of its metadata.
enum ModelNotes {
    private static let preprocessingKey = "preprocessing"
    private static let classesKey = "classes"
    private static let provenanceKey = "provenance"

    /// Stores a data set's preprocessing and class names.
    static func add(_ dataset: Dataset, to program: inout Program) throws {
        program.metadata[preprocessingKey] = try text(dataset.preprocessing)
        program.metadata[classesKey] = try text(dataset.classNames)
    }

    /// Stores what is known of the preprocessing and the classes of weights from elsewhere.
    static func add(
        _ preprocessing: Preprocessing?, classNames: [String]?, to program: inout Program
    ) throws {
        program.metadata[preprocessingKey] = try preprocessing.map { try text($0) }
        program.metadata[classesKey] = try classNames.map { try text($0) }
    }

    /// Stores where weights from elsewhere come from; any validation split may have been trained on.
    static func add(provenance: String, to program: inout Program) {
        program.metadata[provenanceKey] = provenance
    }

    /// Whether the weights come from elsewhere, so that a measure on validation may flatter them.
    static func mayHaveSeenValidation(_ program: Program) -> Bool {
        program.metadata[provenanceKey] != nil
    }

    /// The preprocessing that the network was trained with; nil where the file does not say.
    static func preprocessing(of program: Program) throws -> Preprocessing? {
        do { return try program.preprocessing } catch {
            throw Failure(.badFile, "\(error)")
        }
    }

    private static func text(_ value: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys]
        return String(decoding: try encoder.encode(value), as: UTF8.self)
    }
}
