import Foundation
import ONNXMessages

/// The files beside a model that hold its larger tensors, mapped once each.
struct ONNXExternalFiles {
    /// The model's file, which errors name.
    let file: String
    /// The folder that they lie in; nil where none may be opened.
    let folder: String?
    private var open: [String: ByteView] = [:]

    init(file: String, folder: String?) {
        self.file = file
        self.folder = folder
    }

    /// The tensor's bytes, a slice of the mapped file.
    mutating func bytes(of tensor: Onnx_TensorProto, count: Int) throws -> Data {
        let name = tensor.name.quoted
        let entries = try self.entries(of: tensor)
        let offset = try number(entries["offset"], "offset", name) ?? 0
        let length = try number(entries["length"], "length", name) ?? count
        guard length == count else {
            throw error(
                .malformed,
                "the tensor \(name) takes \(count) bytes and is said to have \(length) in another file; "
                    + "do not trust this file")
        }
        let location = entries["location"] ?? ""
        let view = try mapped(location, name)
        guard let bytes = view.slice(at: offset, count: length) else {
            throw error(
                .truncated,
                "the tensor \(name) has \(length) bytes from \(offset) on in \(location.quoted), "
                    + "which has \(view.count); the download is incomplete, fetch both files again")
        }
        return bytes
    }

    private func entries(of tensor: Onnx_TensorProto) throws -> [String: String] {
        var entries: [String: String] = [:]
        for entry in tensor.externalData {
            guard ["location", "offset", "length", "checksum"].contains(entry.key) else {
                throw error(
                    .malformed,
                    "the tensor \(tensor.name.quoted) in another file has the key \(entry.key.quoted), "
                        + "which does not exist; do not trust this file")
            }
            guard entries.updateValue(entry.value, forKey: entry.key) == nil else {
                throw error(
                    .malformed,
                    "the tensor \(tensor.name.quoted) in another file has the key \(entry.key.quoted) "
                        + "twice; do not trust this file")
            }
        }
        return entries
    }

    private func number(_ text: String?, _ key: String, _ tensor: String) throws -> Int? {
        guard let text else { return nil }
        guard let number = Int(text), number >= 0 else {
            throw error(
                .malformed,
                "the tensor \(tensor) in another file has the \(key) \(text.quoted), which is not a number "
                    + "of bytes; do not trust this file")
        }
        return number
    }

    private mutating func mapped(_ location: String, _ tensor: String) throws -> ByteView {
        if let view = open[location] { return view }
        let path = try path(location, tensor)
        do {
            let view = try InputFile.map(path)
            open[location] = view
            return view
        } catch let failure as FileFormatError {
            throw error(
                failure.kind,
                "the tensor \(tensor) lies in \(location.quoted), which cannot be read; "
                    + "put both files in one folder")
        }
    }

    /// The path of a location that stays below the folder.
    private func path(_ location: String, _ tensor: String) throws -> String {
        guard let folder else {
            throw error(
                .unsupported,
                "the tensor \(tensor) lies in another file, \(location.quoted); open the model from a folder"
            )
        }
        let parts = location.split(separator: "/").filter { $0 != "." }
        guard !location.hasPrefix("/"), !parts.isEmpty, !parts.contains(".."),
            !location.utf8.contains(0)
        else {
            throw error(
                .malformed,
                "the tensor \(tensor) is said to lie in \(location.quoted), which is no file below the "
                    + "model's own folder; do not trust this file")
        }
        var path = folder
        for part in parts {
            path += "/\(part)"
            var status = stat()
            guard unsafe lstat(path, &status) == 0, status.st_mode & S_IFMT == S_IFLNK else {
                continue
            }
            throw error(
                .malformed,
                "the tensor \(tensor) lies in \(location.quoted), which is a symbolic link; "
                    + "put the file itself in its place")
        }
        return path
    }

    private func error(_ kind: FileFormatError.Kind, _ message: String) -> FileFormatError {
        FileFormatError(kind, file: file, message)
    }
}
