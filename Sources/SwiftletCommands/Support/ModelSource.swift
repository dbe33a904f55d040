import FileFormats
import Interchange

/// A model file that a run reads, and reads again where it goes on.
struct ModelSource: Codable {
    let path: String
    let checksum: String

    init(_ file: ModelFile) throws {
        path = file.path
        checksum = try Checksum.crc32(ofFile: file.path)
    }

    /// Opens the file again.
    func open() throws -> ModelFile {
        let file = try ModelLocation.open(path)
        guard try Checksum.crc32(ofFile: path) == checksum else {
            throw Failure(.badFile, "\(path) has changed since the run began; begin anew from it")
        }
        return file
    }
}
