import Foundation

/// A zip archive built field by field, so that any of them can lie.
struct ZipBytes {
    /// One entry; what is nil follows from the data.
    struct Entry {
        var name: [UInt8]
        var localName: [UInt8]?
        var data = Data()
        var method: UInt16 = 0
        var flags: UInt16 = 0
        var checksum: UInt32 = 0
        var storedByteCount: UInt32?
        var byteCount: UInt32?
        var localStoredByteCount: UInt32?
        var localByteCount: UInt32?
        var headerOffset: UInt32?

        init(_ name: String, _ data: Data = Data(), change: (inout Entry) -> Void = { _ in }) {
            self.name = Array(name.utf8)
            self.data = data
            change(&self)
        }
    }

    var entries: [Entry]
    var entryCount: UInt16?
    var disk: UInt16 = 0
    var directoryOffset: UInt32?
    var comment = ""

    init(_ entries: [Entry], change: (inout ZipBytes) -> Void = { _ in }) {
        self.entries = entries
        change(&self)
    }

    /// The bytes of the whole archive.
    var data: Data {
        var body = Data()
        var directory = Data()
        for entry in entries {
            let offset = entry.headerOffset ?? UInt32(body.count)
            let stored = entry.storedByteCount ?? UInt32(entry.data.count)
            let plain = entry.byteCount ?? UInt32(entry.data.count)
            let localName = entry.localName ?? entry.name
            body.put(UInt32(0x0403_4B50))
            body.put(UInt16(20))
            body.put(entry.flags)
            body.put(entry.method)
            body.put(UInt32(0))
            body.put(entry.checksum)
            body.put(entry.localStoredByteCount ?? stored)
            body.put(entry.localByteCount ?? plain)
            body.put(UInt16(localName.count))
            body.put(UInt16(0))
            body.append(contentsOf: localName)
            body.append(entry.data)
            directory.put(UInt32(0x0201_4B50))
            directory.put(UInt16(20))
            directory.put(UInt16(20))
            directory.put(entry.flags)
            directory.put(entry.method)
            directory.put(UInt32(0))
            directory.put(entry.checksum)
            directory.put(stored)
            directory.put(plain)
            directory.put(UInt16(entry.name.count))
            directory.append(Data(count: 12))
            directory.put(offset)
            directory.append(contentsOf: entry.name)
        }
        var result = body + directory
        result.put(UInt32(0x0605_4B50))
        result.put(disk)
        result.put(disk)
        result.put(entryCount ?? UInt16(entries.count))
        result.put(entryCount ?? UInt16(entries.count))
        result.put(UInt32(directory.count))
        result.put(directoryOffset ?? UInt32(body.count))
        result.put(UInt16(comment.utf8.count))
        result.append(contentsOf: comment.utf8)
        return result
    }
}

/// Bytes made by zlib itself, for what the module reads but does not write.
enum Compressed {
    /// One sentence, twenty times.
    static let text = Data(
        String(repeating: "Swiftlet makes neural networks small. ", count: 20).utf8)
    static let textChecksum: UInt32 = 0x20EE_FB5E
    static let deflatedText = Data(
        hexadecimal: """
            0b2ecf4c2bc9492d51c84dcc4e2d56c84b2d2d4acc015225e5f945d9c50ac5b98939397a0ac1a3aa46550d
            2b5500
            """)
    static let gzippedText =
        Data(hexadecimal: "1f8b0800000000000203") + deflatedText
        + Data(hexadecimal: "5efbee20f8020000")

    /// A million zeros in 985 bytes.
    static let deflatedZeros =
        Data(hexadecimal: "edc101010000008220ffaf6e484001") + Data(count: 968)
        + Data(hexadecimal: "af06")
    static let zerosChecksum: UInt32 = 0x1279_CB9E
    static let gzippedZeros =
        Data(hexadecimal: "1f8b0800000000000203") + deflatedZeros
        + Data(hexadecimal: "9ecb791240420f00")
}
