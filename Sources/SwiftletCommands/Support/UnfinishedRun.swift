import FileFormats
import Foundation
import Training

/// A run that was cut off, in its folder.
struct UnfinishedRun<Record: Decodable> {
    let record: Record
    let folder: OutputFolder
    /// Where it stood; nil where it had not ended an epoch.
    let checkpoint: Checkpoint?

    /// Opens the folder of a run of a verb.
    ///
    /// - Parameters:
    ///   - verb: `train` for example, as its record says.
    /// - Throws: where there is no such run, or it is finished.
    init(in path: String, of verb: String) throws {
        record = try Self.record(in: path, of: verb)
        folder = try OutputFolder(path, force: true)
        folder.removeUnfinished()
        guard !FileManager.default.fileExists(atPath: folder.file("model.pt2")) else {
            throw Failure(
                .usage, "the run in \(path) is finished; \(verb) anew with another --output")
        }
        let file = folder.file("checkpoint.pt2")
        let isThere = FileManager.default.fileExists(atPath: file)
        checkpoint = isThere ? try Checkpoint(contentsOf: file) : nil
    }

    private static func record(
        in folder: String, of verb: String
    ) throws -> Record {
        let path = "\(folder)/run.json"
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(
                .missing, "\(folder) holds no run.json; name a folder that swiftlet \(verb) wrote")
        }
        let decoder = JSONDecoder()
        guard (try? decoder.decode(RecordOfAnyVerb.self, from: data))?.verb == verb,
            let record = try? decoder.decode(Record.self, from: data)
        else {
            throw Failure(
                .badFile,
                "\(path) is not of a run of \(verb), or damaged; name a folder that swiftlet \(verb) wrote"
            )
        }
        return record
    }
}

/// What every verb writes into the record of its run.
private struct RecordOfAnyVerb: Decodable {
    let verb: String
}
