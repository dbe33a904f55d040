public import FileFormats
public import Programs
import Tensors

extension Program {
    /// What begins the keys of texts that Swiftlet puts into an ONNX file.
    static let onnxMetadataPrefix = "swiftlet."

    /// The operators of ONNX that are read, by name.
    public static var onnxOperators: [String] { ONNXReaders.table.keys.sorted() }

    /// Reads an ONNX file as a Program of ATen operators.
    ///
    /// Matrices and kernels that the file stores become parameters under their names, running statistics buffers, and
    /// all else constants. Sizes that the file names are free.
    ///
    /// - Parameter path: the file; large tensors may lie beside it.
    /// - Throws: one sentence with the file, the node and the reason: a damaged file, or operators that are not supported,
    ///   all of them at once.
    public static func readONNX(contentsOf path: String) throws -> Program {
        try Program(ONNXModel(contentsOf: path), file: path)
    }

    /// Translates an ONNX model into a Program of ATen operators.
    ///
    /// - Parameters:
    ///   - model: versions 11 to 22 of ONNX's operators, without control flow.
    ///   - file: what errors name.
    /// - Throws: as ``readONNX(contentsOf:)``.
    public init(_ model: ONNXModel, file: String = "model") throws {
        do {
            self = try ONNXGraphReader.program(of: ONNXFlatGraph(model))
            try validate()
        } catch let error as ProgramError {
            throw FileFormatError(
                error.kind == .unsupported ? .unsupported : .malformed, file: file,
                error.description)
        } catch let error as TensorError {
            throw FileFormatError(.unsupported, file: file, error.description)
        }
        for (key, text) in model.metadata where key.hasPrefix(Self.onnxMetadataPrefix) {
            metadata[String(key.dropFirst(Self.onnxMetadataPrefix.count))] = text
        }
    }
}
