import FileFormats
import Tensors

/// Inputs as a file gives them, made ready to be split.
struct InputArray {
    /// `[count]` + the shape of an example.
    let tensor: Tensor

    /// Reads an array: images of bytes get their channels on axis 1, and numbers have to be finite.
    ///
    /// An array that passes as it is may also have one number for each example.
    ///
    /// - Throws: where the type is not of real numbers, where there are no examples, where one has
    ///   no axis, or where a number is not finite.
    init(_ array: RawArray, name: String, file: String, passesAsItIs: Bool = false) throws {
        guard array.shape.count >= (passesAsItIs ? 1 : 2) else {
            throw DatasetError(
                .unusable,
                "\(file): \(name) is \(array.elementType) \(array.shape), and an example needs an "
                    + "axis of its own; give [examples, features] or [examples, height, width]")
        }
        guard array.count > 0 else {
            throw DatasetError(
                .unusable,
                "\(file): \(name) is \(array.elementType) \(array.shape), without any element; "
                    + "write the file again")
        }
        guard let tensor = try? Tensor(real: array) else {
            throw DatasetError(
                .unusable, "\(file): \(name) is \(array.elementType); store it as float32")
        }
        self.tensor =
            try tensor.scalarType == .uint8 && !passesAsItIs
            ? tensor.withChannelsFirst() : tensor
        if let (position, number) = try self.tensor.firstNotFinite() {
            throw DatasetError(
                .malformed,
                "\(file): \(name)\(position) is \(number); replace it, or leave the example out")
        }
    }

    /// The factor that makes inputs be of size one: bytes go up to 255.
    var scale: Double { tensor.scalarType == .uint8 ? 1 / 255 : 1 }
}

extension Tensor {
    /// Makes a tensor of real numbers; unsigned types that libtorch lacks become wider ones.
    convenience init(real array: RawArray) throws {
        let same: [ElementType: ScalarType] = [
            .bool: .bool, .uint8: .uint8, .int8: .int8, .int16: .int16, .int32: .int32,
            .int64: .int64, .float16: .float16, .bfloat16: .bfloat16, .float32: .float32,
            .float64: .float64,
        ]
        guard let type = same[array.elementType] else {
            self.init(try array.integers(), shape: array.shape)
            return
        }
        self.init(bytes: array.bytes, type: type, shape: array.shape)
    }

    /// Images with their channels on axis 1.
    ///
    /// `[n, h, w]` has one channel. `[n, h, w, c]` is told by a last axis of 1, 3 or 4, unless
    /// axis 1 could be the channels already.
    fileprivate func withChannelsFirst() throws -> Tensor {
        let channels = [1, 3, 4]
        if rank == 3 { return try unsqueezed(at: 1) }
        guard rank == 4, !channels.contains(shape[1]), channels.contains(shape[3]) else {
            return self
        }
        return try transposed(1, 3).transposed(2, 3).contiguous()
    }

    /// The position and value of the first element that is infinite or not a number; nil where all
    /// are finite.
    func firstNotFinite() throws -> (position: [Int], value: Double)? {
        guard scalarType.isFloatingPoint else { return nil }
        let size = count / shape[0]
        let step = max(1, (1 << 20) / size)
        for start in stride(from: 0, to: shape[0], by: step) {
            let part = try sliced(start..<min(start + step, shape[0]))
            if try part.isFinite() { continue }
            let values = try part.converted(to: .float64).elements(Double.self)
            guard let found = values.firstIndex(where: { !$0.isFinite }) else { continue }
            var rest = start * size + found
            let position = shape.reversed().map { axis in
                defer { rest /= axis }
                return rest % axis
            }
            return (position.reversed(), values[found])
        }
        return nil
    }
}
