import FileFormats
import Foundation
import TestSupport
import Testing

/// Tensors in other files than the model's own.
struct ONNXExternalDataTests {
    /// What is wrong, and the entries and the sentence after the tensor's name.
    private static let damaged:
        [(entries: [(String, String)], kind: FileFormatError.Kind, message: String)] =
            [
                (
                    [("location", "/etc/hostname")], .malformed,
                    "is said to lie in “/etc/hostname”, which is no file below the model's own folder; "
                        + "do not trust this file"
                ),
                (
                    [("location", "../data")], .malformed,
                    "is said to lie in “../data”, which is no file below the model's own folder; "
                        + "do not trust this file"
                ),
                (
                    [("location", "a/../../data")], .malformed,
                    "is said to lie in “a/../../data”, which is no file below the model's own folder; "
                        + "do not trust this file"
                ),
                (
                    [], .malformed,
                    "is said to lie in “”, which is no file below the model's own folder; "
                        + "do not trust this file"
                ),
                (
                    [("location", "data\0x")], .malformed,
                    "is said to lie in “data\\u{0}x”, which is no file below the model's own folder; "
                        + "do not trust this file"
                ),
                (
                    [("location", "linked")], .malformed,
                    "lies in “linked”, which is a symbolic link; put the file itself in its place"
                ),
                (
                    [("location", "folder/data")], .malformed,
                    "lies in “folder/data”, which is a symbolic link; put the file itself in its place"
                ),
                (
                    [("location", "none")], .missing,
                    "lies in “none”, which cannot be read; put both files in one folder"
                ),
                (
                    [("location", "data"), ("offset", "-8")], .malformed,
                    "in another file has the offset “-8”, which is not a number of bytes; do not trust this file"
                ),
                (
                    [("location", "data"), ("length", "8x")], .malformed,
                    "in another file has the length “8x”, which is not a number of bytes; do not trust this file"
                ),
                (
                    [("location", "data"), ("offset", "99999999999999999999")], .malformed,
                    "in another file has the offset “99999999999999999999”, which is not a number of bytes; "
                        + "do not trust this file"
                ),
                (
                    [("location", "data"), ("length", "4")], .malformed,
                    "takes 8 bytes and is said to have 4 in another file; do not trust this file"
                ),
                (
                    [("location", "data"), ("offset", "9")], .truncated,
                    "has 8 bytes from 9 on in “data”, which has 16; the download is incomplete, "
                        + "fetch both files again"
                ),
                (
                    [("location", "data"), ("offset", "\(Int.max)")], .truncated,
                    "has 8 bytes from 9223372036854775807 on in “data”, which has 16; "
                        + "the download is incomplete, fetch both files again"
                ),
                (
                    [("location", "data"), ("basepath", "/")], .malformed,
                    "in another file has the key “basepath”, which does not exist; do not trust this file"
                ),
                (
                    [("location", "data"), ("location", "data")], .malformed,
                    "in another file has the key “location” twice; do not trust this file"
                ),
            ]

    @Test(arguments: damaged.indices)
    func `what may lead elsewhere is refused`(index: Int) throws {
        let (entries, kind, expected) = Self.damaged[index]
        try withModel(entries) { path in
            #expect(
                message(kind) { _ = try ONNXModel(contentsOf: path) }
                    == "\(path): the tensor “w” \(expected)")
        }
    }

    @Test(arguments: [
        [("location", "data"), ("offset", "8"), ("length", "8"), ("checksum", "00")],
        [("location", "./data"), ("offset", "8")],
    ])
    func `a tensor below the folder is read`(entries: [(String, String)]) throws {
        try withModel(entries) { path in
            let model = try ONNXModel(contentsOf: path)
            #expect([UInt8](model.graph.initializers[0].array.bytes) == [UInt8](8..<16))
        }
    }

    @Test
    func `a model in memory opens no files`() throws {
        let bytes = model([("location", "data")])
        #expect(
            message(.unsupported) { _ = try ONNXModel(bytes, file: "a.onnx") }
                == "a.onnx: the tensor “w” lies in another file, “data”; open the model from a folder"
        )
    }

    private func model(_ entries: [(String, String)]) -> Data {
        onnxBytes { graph in
            graph.part(
                5,
                Wire { tensor in
                    tensor.text(8, "w").number(1, 2).number(2, 1).number(14, 1)
                    for (key, value) in entries {
                        tensor.part(13, Wire { $0.text(1, key).text(2, value) })
                    }
                })
        }
    }

    private func withModel(
        _ entries: [(String, String)], _ body: (String) throws -> Void
    ) throws {
        try withTemporaryFolder { folder in
            let manager = FileManager.default
            try Data(0..<16).write(to: URL(fileURLWithPath: "\(folder)/data"))
            try manager.createSymbolicLink(
                atPath: "\(folder)/linked", withDestinationPath: "\(folder)/data")
            try manager.createSymbolicLink(
                atPath: "\(folder)/folder", withDestinationPath: folder)
            let path = "\(folder)/a.onnx"
            try model(entries).write(to: URL(fileURLWithPath: path))
            try body(path)
        }
    }
}
