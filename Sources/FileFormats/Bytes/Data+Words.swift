import Foundation

extension Data {
    /// Appends a number's bytes, least significant first.
    mutating func append<Number: FixedWidthInteger>(little number: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// The bytes with the order in each word reversed; the same bytes where words are of one byte.
    func swapped(wordByteCount: Int) -> Data {
        guard wordByteCount > 1 else { return self }
        var bytes = [UInt8](self)
        for start in stride(from: 0, through: bytes.count - wordByteCount, by: wordByteCount) {
            for step in 0..<wordByteCount / 2 {
                bytes.swapAt(start + step, start + wordByteCount - 1 - step)
            }
        }
        return Data(bytes)
    }
}
