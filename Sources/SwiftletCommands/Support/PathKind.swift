import Foundation

/// What stands at a path.
enum PathKind {
    case nothing, file, folder

    init(at path: String) {
        let values = try? URL(fileURLWithPath: path).resourceValues(forKeys: [.isDirectoryKey])
        switch values?.isDirectory {
        case true?: self = .folder
        case false?: self = .file
        case nil: self = .nothing
        }
    }
}
