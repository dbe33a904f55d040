import Foundation

/// What stands at a path.
enum PathKind {
    case nothing, file, folder

    init(at path: String) {
        // A link stands for what it leads to.
        let url = URL(fileURLWithPath: path).resolvingSymlinksInPath()
        switch try? url.resourceValues(forKeys: [.isDirectoryKey]).isDirectory {
        case true?: self = .folder
        case false?: self = .file
        case nil: self = .nothing
        }
    }
}
