public import FileFormats
import OrderedCollections
public import Programs
public import Tensors

extension Program {
    /// Writes parameters and buffers under their names as safetensors, atomically.
    ///
    /// - Parameters:
    ///   - path: where; a file of that name is replaced.
    ///   - metadata: texts to go with them.
    public func writeWeights(to path: String, metadata: [String: String] = [:]) throws {
        let arrays = try tensors.filter { $0.value.role != .constant }.map { name, stored in
            let type = stored.type.scalarType
            guard let elementType = type.elementType else {
                throw ProgramError(.unsupported, "\(name) is \(type), which such files lack")
            }
            return PendingArray(name, elementType, shape: stored.shape) {
                try RawArray(tensor(name))
            }
        }
        try Safetensors.write(arrays, metadata: metadata, to: path)
    }
}

extension RawArray {
    /// A tensor's elements for a file.
    public init(_ tensor: Tensor) throws {
        guard let type = tensor.scalarType.elementType else {
            throw ProgramError(.unsupported, "\(tensor.summary) has no form in this kind of file")
        }
        self = try RawArray(type, shape: tensor.shape, bytes: tensor.bytes())
    }
}

extension Tensor {
    /// A file's array as a tensor, sharing its bytes.
    public convenience init(_ array: RawArray) throws {
        guard let type = ScalarType(array.elementType) else {
            throw ProgramError(.unsupported, "arrays of \(array.elementType) are not supported")
        }
        self.init(bytes: array.bytes, type: type, shape: array.shape)
    }
}
