import Foundation

extension ZipWriter {
    /// What is written about one entry, before its data and in the directory.
    struct Record {
        let name: String
        let byteCount: Int
        let checksum: UInt32
        /// Where the local header begins.
        let offset: Int
        /// Numbers from here on are written with 64 bits.
        let widest: UInt32

        private var isWide: Bool { byteCount >= widest }
        private var isFar: Bool { offset >= widest }

        /// The local header, padded so that what follows is aligned.
        var local: Data {
            var extra = wideField(isWide ? [byteCount, byteCount] : [])
            let unpadded =
                offset + ZipRecord.localByteCount + name.utf8.count + extra.count + 4
            let padding = (alignment - unpadded % alignment) % alignment
            // PyTorch's own padding field.
            extra.append(contentsOf: "FB".utf8)
            extra.append(little: UInt16(padding))
            extra.append(Data(repeating: UInt8(ascii: "Z"), count: padding))
            var result = Data()
            result.append(little: ZipSignature.local)
            result.append(common(extraByteCount: extra.count, needsWide: isWide))
            result.append(contentsOf: name.utf8)
            result.append(extra)
            return result
        }

        /// The record in the central directory.
        var central: Data {
            let extra = wideField(
                (isWide ? [byteCount, byteCount] : []) + (isFar ? [offset] : []))
            var result = Data()
            result.append(little: ZipSignature.central)
            result.append(little: UInt16(45))
            result.append(common(extraByteCount: extra.count, needsWide: isWide || isFar))
            // Comment, disk and attributes.
            result.append(Data(count: 10))
            result.append(little: isFar ? UInt32.max : UInt32(offset))
            result.append(contentsOf: name.utf8)
            result.append(extra)
            return result
        }

        /// The fields that both records share, from the version needed to the length of the extra
        /// fields.
        private func common(extraByteCount: Int, needsWide: Bool) -> Data {
            let isPlain = name.utf8.allSatisfy { $0 < 0x80 }
            var result = Data()
            result.append(little: UInt16(needsWide ? 45 : 20))
            result.append(little: UInt16(isPlain ? 0 : 0x800))
            result.append(little: ZipEntry.Method.stored)
            // Midnight of 1 January 1980, the first moment that the format knows.
            result.append(little: UInt16(0))
            result.append(little: UInt16(0x21))
            result.append(little: checksum)
            for _ in 0..<2 { result.append(little: isWide ? UInt32.max : UInt32(byteCount)) }
            result.append(little: UInt16(name.utf8.count))
            result.append(little: UInt16(extraByteCount))
            return result
        }

        /// The extra field of 64-bit numbers; empty where there are none.
        private func wideField(_ numbers: [Int]) -> Data {
            guard !numbers.isEmpty else { return Data() }
            var result = Data()
            result.append(little: ZipSignature.extra64)
            result.append(little: UInt16(8 * numbers.count))
            for number in numbers { result.append(little: UInt64(number)) }
            return result
        }
    }
}
