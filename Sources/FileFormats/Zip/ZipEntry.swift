/// One file in a zip archive, as the central directory describes it.
struct ZipEntry: Sendable {
    /// How the bytes are kept; other numbers are methods that are refused.
    enum Method {
        static let stored: UInt16 = 0
        static let deflated: UInt16 = 8
    }

    let name: String
    let method: UInt16
    let isEncrypted: Bool
    /// The check sum of the plain bytes.
    let checksum: UInt32
    /// Bytes in the archive.
    let storedByteCount: Int
    /// Bytes when inflated.
    let byteCount: Int
    /// Where the local header begins.
    let headerOffset: Int
    /// Where the bytes begin; known once the local header was checked.
    var dataOffset = 0

    /// The first byte after this entry's data.
    var end: Int { dataOffset + storedByteCount }
    /// Whether it only names a folder.
    var isFolder: Bool { name.hasSuffix("/") }
}

/// The numbers that mark the records of a zip archive.
enum ZipSignature {
    static let local: UInt32 = 0x0403_4B50
    static let central: UInt32 = 0x0201_4B50
    static let end: UInt32 = 0x0605_4B50
    static let end64: UInt32 = 0x0606_4B50
    static let locator64: UInt32 = 0x0706_4B50
    /// The extra field that holds sizes of 64 bits.
    static let extra64: UInt16 = 1
}

/// The rule for names in zip archives, the same for reading and writing.
enum ZipName {
    /// Why a name is refused; nil for a good one.
    static func fault(of name: String) -> String? {
        if name.isEmpty { return "is empty" }
        if name.utf8.count > Int(UInt16.max) { return "is longer than 65535 bytes" }
        if name.utf8.contains(0) { return "has a zero byte" }
        if name.utf8.contains(UInt8(ascii: "\\")) { return "has a backslash" }
        if name.hasPrefix("/") || name.dropFirst().hasPrefix(":") { return "is an absolute path" }
        if name.split(separator: "/").contains("..") { return "leads out of its folder" }
        return nil
    }
}
