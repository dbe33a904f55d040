import Foundation
import ONNXMessages
import SwiftProtobuf

extension ONNXModel {
    /// Tensors of fewer bytes stay in the model's file: readers look into them to find sizes.
    private static let smallestExternalTensor = 1024
    /// Where tensors begin in a file of their own, so that they can be mapped.
    private static let alignment = 4096

    /// Writes the model as a file that appears whole or not at all.
    ///
    /// A model that would take more than `largest` bytes keeps its graph's tensors of 1,024 bytes or more in a
    /// second file beside it, `path.data`, each from a multiple of 4,096 bytes on. Both files are complete
    /// before either takes its name. Equal models give equal bytes.
    ///
    /// - Parameters:
    ///   - path: where; files of these names are replaced.
    ///   - largest: the most bytes of the first file, up to `largestFile`.
    /// - Throws: `tooLarge` where the first file would still take more than protobuf can hold, `malformed`
    ///   where two tensors have one name, `missing` and `unwritable` as `AtomicFile` does.
    public func write(to path: String, splittingAbove largest: Int = largestFile) throws {
        var names: Set<String> = []
        for tensor in graph.initializers where !names.insert(tensor.name).inserted {
            throw FileFormatError(
                .malformed, file: path,
                "two tensors are named \(tensor.name.quoted); rename one of them")
        }
        let writer = ONNXMessageWriter(file: path)
        var message = try writer.model(self)
        // Everything but the tensors, then at most a few dozen bytes for each of them.
        let structure = try Self.bytes(of: message, path).count
        let elements = graph.initializers.reduce(0) { total, tensor in
            total + tensor.array.bytes.count + 64 + tensor.name.utf8.count
        }
        var data: TemporaryFile?
        let isSplit = graph.initializers.contains {
            $0.array.bytes.count >= Self.smallestExternalTensor
        }
        if isSplit, structure + elements > min(largest, Self.largestFile) {
            data = try Self.splitting(graph.initializers, writer, into: &message, path)
        } else {
            message.graph.initializer = try graph.initializers.map { try writer.tensor($0) }
        }
        let file = try TemporaryFile(replacing: path)
        try file.write(Self.bytes(of: message, path))
        try data?.commit()
        try file.commit()
    }

    /// Writes the larger tensors to the second file, which is not given its name yet.
    private static func splitting(
        _ tensors: [ONNXTensor], _ writer: ONNXMessageWriter, into message: inout Onnx_ModelProto,
        _ path: String
    ) throws -> TemporaryFile {
        let file = try TemporaryFile(replacing: path + ".data")
        let location = ((path + ".data") as NSString).lastPathComponent
        for tensor in tensors {
            let bytes = tensor.array.bytes
            guard bytes.count >= smallestExternalTensor else {
                message.graph.initializer.append(try writer.tensor(tensor))
                continue
            }
            try file.write(Data(count: (alignment - file.count % alignment) % alignment))
            message.graph.initializer.append(
                try writer.tensor(tensor, at: file.count, of: location))
            try file.write(bytes)
        }
        return file
    }

    private static func bytes(of message: Onnx_ModelProto, _ path: String) throws -> Data {
        do { return try message.serializedBytes() } catch {
            throw FileFormatError(
                .tooLarge, file: path,
                "it would take more than the \(largestFile) bytes that an ONNX file may have; "
                    + "write it as .pt2")
        }
    }
}
