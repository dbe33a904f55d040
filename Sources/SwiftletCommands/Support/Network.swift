import Interchange
import Programs

/// A network that a verb was given, whatever its file.
struct Network {
    /// Its file.
    let path: String
    let program: Program
    /// The file, where it is a `.pt2`.
    let file: ModelFile?

    /// Opens a file, or a folder with a `model.pt2`.
    init(at path: String) throws {
        let file = try ModelLocation.open(path)
        self.path = file.path
        self.file = file
        program = file.program
    }
}
