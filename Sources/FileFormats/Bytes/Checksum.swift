import Foundation

/// Checksums that tell whether a file is still the same; they are no protection against intent.
public enum Checksum {
    /// The CRC-32 of a file's bytes as eight hexadecimal digits (ISO 3309, as zip and gzip use it).
    public static func crc32(ofFile path: String) throws -> String {
        let sum = FileFormats.crc32(of: try InputFile.map(path).data)
        return String(format: "%08x", sum)
    }
}
