import Foundation

/// A file written under a temporary name beside its final place, and removed unless it is
/// committed.
final class TemporaryFile {
    /// The final path.
    let path: String
    /// Bytes written so far.
    private(set) var count = 0
    private let temporaryPath: String
    /// The open file; -1 when it is closed.
    private var descriptor: Int32

    /// Creates the temporary file in the folder of `path`.
    init(replacing path: String) throws {
        self.path = path
        let folder = Self.folder(of: path)
        let tag = String(UInt64.random(in: .min ... .max), radix: 36)
        temporaryPath = "\(folder)/.swiftlet-\(tag).partial"
        descriptor = -1
        guard !path.isEmpty, !path.hasSuffix("/") else { throw Self.failure(EISDIR, path: path) }
        descriptor = unsafe open(temporaryPath, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o666)
        guard descriptor >= 0 else { throw Self.failure(errno, path: path) }
    }

    deinit { abandon() }

    /// Appends bytes; after a failure the file is gone and every later call fails as well.
    func write(_ data: Data) throws {
        guard descriptor >= 0 else { throw Self.failure(EBADF, path: path) }
        let code = unsafe data.withUnsafeBytes { bytes -> Int32 in
            var rest = unsafe bytes[...]
            while unsafe !rest.isEmpty {
                let part = unsafe UnsafeRawBufferPointer(rebasing: rest)
                let written = unsafe Foundation.write(descriptor, part.baseAddress, part.count)
                if written < 0 && errno == EINTR { continue }
                guard written > 0 else { return written == 0 ? ENOSPC : errno }
                unsafe rest = rest.dropFirst(written)
            }
            return 0
        }
        guard code == 0 else {
            abandon()
            throw Self.failure(code, path: path)
        }
        count += data.count
    }

    /// Makes the bytes durable and gives the file its final name.
    func commit() throws {
        guard descriptor >= 0 else { throw Self.failure(EBADF, path: path) }
        guard fsync(descriptor) == 0, unsafe rename(temporaryPath, path) == 0 else {
            let code = errno
            abandon()
            throw Self.failure(code, path: path)
        }
        close(descriptor)
        descriptor = -1
        syncFolder()
    }

    private func abandon() {
        guard descriptor >= 0 else { return }
        close(descriptor)
        unsafe unlink(temporaryPath)
        descriptor = -1
    }

    /// Makes the new name durable where the file system can.
    private func syncFolder() {
        let folder = unsafe open(Self.folder(of: path), O_RDONLY | O_CLOEXEC)
        guard folder >= 0 else { return }
        fsync(folder)
        close(folder)
    }

    private static func folder(of path: String) -> String {
        guard let slash = path.lastIndex(of: "/") else { return "." }
        return slash == path.startIndex ? "/" : String(path[..<slash])
    }

    /// The sentence for a system's error number.
    static func failure(_ code: Int32, path: String) -> FileFormatError {
        let folder = folder(of: path)
        switch code {
        case ENOSPC, EDQUOT:
            return FileFormatError(
                .unwritable, file: path, "the disk is full; free some space and write it again")
        case ENOENT:
            return FileFormatError(
                .missing, file: path, "the folder \(folder) does not exist; create it first")
        case ENOTDIR:
            return FileFormatError(
                .unwritable, file: path, "\(folder) is not a folder; choose another path")
        case EACCES, EPERM, EROFS:
            return FileFormatError(
                .unwritable, file: path, "writing in \(folder) is not permitted; choose another")
        case EISDIR, EEXIST, ENOTEMPTY:
            return FileFormatError(
                .unwritable, file: path, "it is a folder; give the path of a file")
        default:
            return FileFormatError(
                .unwritable, file: path, "writing failed with error \(code); choose another path")
        }
    }
}
