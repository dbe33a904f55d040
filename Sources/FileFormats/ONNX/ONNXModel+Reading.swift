public import Foundation
import ONNXMessages
import SwiftProtobuf

extension ONNXModel {
    /// The most bytes that one file may take, by protobuf's own limit.
    ///
    /// Larger models keep tensors in other files.
    public static let largestFile = Int(Int32.max)

    /// Reads the file at `path`, and the files beside it that it keeps tensors in, which are mapped.
    ///
    /// See `init(_:file:folder:)` for what is refused.
    public init(contentsOf path: String) throws {
        let folder = (path as NSString).deletingLastPathComponent
        try self.init(InputFile.map(path), folder: folder.isEmpty ? "." : folder)
    }

    /// Reads a file held in memory.
    ///
    /// - Parameters:
    ///   - data: the file's bytes.
    ///   - file: what errors name.
    ///   - folder: where the other files are that hold tensors; nil where there are none.
    /// - Throws: `truncated` for an incomplete file, `tooLarge` for one over `largestFile`, `unsupported` for
    ///   what is valid but not read here, and `malformed` for everything else that breaks a rule. Tensors in
    ///   other files have to lie below the folder, without `..` and symbolic links.
    public init(_ data: Data, file: String, folder: String? = nil) throws {
        try self.init(ByteView(data: data, file: file), folder: folder)
    }

    init(_ view: ByteView, folder: String?) throws {
        if let other = view.otherThanONNX { throw other }
        guard view.count <= Self.largestFile else {
            throw view.error(
                .tooLarge,
                "it has \(view.count) bytes, more than the \(Self.largestFile) that an ONNX file may have; "
                    + "write its tensors to a file of their own")
        }
        let message = try Self.message(view)
        guard message.hasIrVersion, message.hasGraph else {
            throw view.error(
                .malformed,
                "it has no version or no graph: it is not an ONNX model; check which file it is")
        }
        guard message.irVersion < 3 || !message.opsetImport.isEmpty else {
            throw view.error(
                .malformed,
                "it does not say which operator set it uses; the download is incomplete, fetch it again"
            )
        }
        var reader = ONNXMessageReader(file: view.file, folder: folder)
        try self.init(message, &reader)
    }

    private static func message(_ view: ByteView) throws -> Onnx_ModelProto {
        try ONNXScanner(view).check()
        var options = BinaryDecodingOptions()
        options.discardUnknownFields = true
        options.messageDepthLimit = ONNXScanner.deepestNesting
        do {
            return try Onnx_ModelProto(serializedBytes: view.data, options: options)
        } catch BinaryDecodingError.truncated {
            throw ONNXScanner.truncated(view)
        } catch BinaryDecodingError.messageDepthLimit {
            throw ONNXScanner.tooDeep(view)
        } catch BinaryDecodingError.invalidUTF8 {
            throw view.error(
                .malformed, "a name in it is not UTF-8; it is damaged, fetch it again")
        } catch {
            throw ONNXScanner.malformed(view)
        }
    }

    private init(_ message: Onnx_ModelProto, _ reader: inout ONNXMessageReader) throws {
        irVersion = Int(message.irVersion)
        opsets = try reader.opsets(message.opsetImport)
        producer = (message.producerName, message.producerVersion)
        metadata = [:]
        for entry in message.metadataProps { metadata[entry.key] = entry.value }
        graph = try reader.graph(message.graph)
        functions = try message.functions.map { try reader.function($0) }
    }
}

extension ByteView {
    /// The error for a file that is plainly no ONNX model; nil where it may be one.
    fileprivate var otherThanONNX: FileFormatError? {
        if count == 0 { return error(.truncated, "it is empty; fetch the file again") }
        if let impostor = impostor(expected: "the ONNX model") { return impostor }
        let others: [(prefix: [UInt8], reason: String)] = [
            (
                [0x50, 0x4B, 3, 4],
                "it is a zip archive, not an ONNX model; unpack it, or open it as .pt2 or .pt"
            ),
            ([0x1F, 0x8B], "it is compressed with gzip; unpack it with gunzip first"),
            (
                [0x89, 0x48, 0x44, 0x46],
                "it is an HDF5 file, as Keras writes them; export the network to ONNX first"
            ),
            (
                [0x80, 2],
                "it is a pickle, as PyTorch writes them; export the network to ONNX first"
            ),
        ]
        return others.first { begins(with: $0.prefix) }.map { error(.malformed, $0.reason) }
    }
}
