import Foundation
import ONNXMessages

extension ONNXMessageReader {
    mutating func tensor(_ message: Onnx_TensorProto) throws -> RawArray {
        let name = message.name.quoted
        guard let type = ONNXElementCodes.type(message.dataType) else {
            throw error(
                .unsupported,
                "the tensor \(name) holds \(ONNXElementCodes.words(message.dataType)), which are not "
                    + "supported; store it as another type")
        }
        guard !message.hasSegment else {
            throw error(.unsupported, "the tensor \(name) is stored in parts; write it whole")
        }
        let shape = message.dims.map { Int($0) }
        guard let count = type.byteCount(ofShape: shape) else {
            throw error(
                .malformed,
                "the tensor \(name) has the shape \(shape.shown), which is not possible; do not trust "
                    + "this file")
        }
        let bytes: Data
        switch message.dataLocation {
        case 0: bytes = message.hasRawData ? message.rawData : message.numbers(type)
        case 1: bytes = try files.bytes(of: message, count: count)
        case let place:
            throw error(
                .malformed,
                "the tensor \(name) lies at a place \(place) that does not exist; it is damaged, "
                    + "fetch it again")
        }
        guard bytes.count == count else {
            throw error(
                .malformed,
                "the tensor \(name) of \(type) \(shape.shown) takes \(count) bytes and has "
                    + "\(bytes.count); it is damaged, fetch it again")
        }
        return try RawArray(type, shape: shape, bytes: bytes, file: "\(file), tensor \(name)")
    }
}

extension Onnx_TensorProto {
    /// The elements that are not raw bytes, in the list that is meant for their type.
    fileprivate func numbers(_ type: ElementType) -> Data {
        switch type {
        case .float32, .complex64: Self.bytes(floatData)
        case .float64, .complex128: Self.bytes(doubleData)
        case .int64: Self.bytes(int64Data)
        case .uint64: Self.bytes(uint64Data)
        case .uint32: Self.bytes(uint64Data.map { UInt32(truncatingIfNeeded: $0) })
        case .int32: Self.bytes(int32Data)
        case .int16, .uint16, .float16, .bfloat16:
            Self.bytes(int32Data.map { UInt16(truncatingIfNeeded: $0) })
        case .bool, .int8, .uint8, .float8e4m3fn, .float8e5m2, .float8e4m3fnuz, .float8e5m2fnuz,
            .float8e8m0fnu:
            Self.bytes(int32Data.map { UInt8(truncatingIfNeeded: $0) })
        }
    }

    private static func bytes<Number: BitwiseCopyable>(_ numbers: [Number]) -> Data {
        unsafe numbers.withUnsafeBytes { unsafe Data($0) }
    }
}
