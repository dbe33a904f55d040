public import Foundation

/// Files opened for reading.
public enum InputFile {
    /// The bytes of a regular file, mapped and not read: memory is used for what is touched.
    ///
    /// - Throws: `missing` or `unreadable`.
    public static func read(_ path: String) throws -> Data { try map(path).data }

    /// The bytes of a regular file, mapped and not read: memory is used for what is touched.
    ///
    /// A file that another process shortens while it is mapped ends this process; write to a
    /// temporary name and rename, as `AtomicFile` does.
    static func map(_ path: String) throws -> ByteView {
        var status = stat()
        guard unsafe stat(path, &status) == 0 else {
            throw errno == ENOENT || errno == ENOTDIR
                ? FileFormatError(.missing, file: path, "there is no such file; check the path")
                : unreadable(path)
        }
        switch status.st_mode & S_IFMT {
        case S_IFREG: break
        case S_IFDIR:
            throw FileFormatError(
                .unreadable, file: path, "it is a folder; give the path of a file in it")
        default:
            throw FileFormatError(
                .unreadable, file: path, "it is not a regular file; copy its contents to one")
        }
        do {
            let data = try Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped)
            return ByteView(data: data, file: path)
        } catch {
            throw unreadable(path)
        }
    }

    private static func unreadable(_ path: String) -> FileFormatError {
        FileFormatError(.unreadable, file: path, "it cannot be opened; check its permissions")
    }
}
