import Foundation
import Interchange
import Programs

/// A network that a verb was given, whatever its file.
struct Network {
    /// Its file.
    let path: String
    let program: Program
    /// The file, where it is a `.pt2`.
    let file: ModelFile?

    /// The bytes that its file takes on disk.
    var fileBytes: Int {
        let attributes = try? FileManager.default.attributesOfItem(atPath: path)
        return (attributes?[.size] as? Int) ?? 0
    }

    /// Opens a `.pt2` or `.onnx` file, or a folder with a `model.pt2`.
    init(at path: String) throws {
        if path.lowercased().hasSuffix(".onnx"), PathKind(at: path) == .file {
            (self.path, file) = (path, nil)
            program = try Program.readONNX(contentsOf: path).namingBatch()
            return
        }
        let file = try ModelLocation.open(path)
        self.path = file.path
        self.file = file
        program = file.program
    }
}
