import Foundation

extension Data {
    /// The elements of an array that steps through these bytes, in C order.
    ///
    /// - Parameters:
    ///   - shape: the sizes, slowest axis first; none is 0.
    ///   - strides: the steps between neighbours along each axis, in elements.
    ///   - elementByteCount: bytes that one element takes.
    /// - Precondition: all elements lie within these bytes.
    func gathered(shape: [Int], strides: [Int], elementByteCount: Int) -> Data {
        let steps = strides.map { $0 * elementByteCount }
        let last = zip(shape, steps).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
        let source = [UInt8](prefix(last + elementByteCount))
        let total = shape.reduce(elementByteCount, *)
        var result: [UInt8] = []
        result.reserveCapacity(total)
        var index = [Int](repeating: 0, count: shape.count)
        var offset = 0
        while result.count < total {
            result.append(contentsOf: source[offset..<offset + elementByteCount])
            for axis in shape.indices.reversed() {
                index[axis] += 1
                offset += steps[axis]
                if index[axis] < shape[axis] { break }
                offset -= index[axis] * steps[axis]
                index[axis] = 0
            }
        }
        return Data(result)
    }
}
