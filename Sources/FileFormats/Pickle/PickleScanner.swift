import Foundation

/// Reads the bytes of a pickle one after the other; every read is checked against the end.
struct PickleScanner {
    let view: ByteView
    /// The byte to be read next.
    private(set) var position: Int

    /// The next byte.
    mutating func byte() throws -> UInt8 {
        guard let byte = view.byte(at: position) else { throw truncated() }
        position += 1
        return byte
    }

    /// An unsigned number, least significant byte first.
    mutating func little<Number: FixedWidthInteger & UnsignedInteger>(
        _ type: Number.Type
    ) throws -> Number {
        guard let number = view.little(Number.self, at: position) else { throw truncated() }
        position += MemoryLayout<Number>.size
        return number
    }

    /// So many bytes, as a number of this type before them says.
    mutating func counted<Number: FixedWidthInteger & UnsignedInteger>(
        by type: Number.Type
    ) throws -> Data {
        let number = try little(type)
        guard let count = Int(exactly: number), let bytes = view.slice(at: position, count: count)
        else { throw truncated() }
        position += count
        return bytes
    }

    /// A text in UTF-8 behind its length.
    mutating func text<Number: FixedWidthInteger & UnsignedInteger>(
        countedBy type: Number.Type
    ) throws -> String {
        let start = position
        guard let text = String(validating: try counted(by: type), as: UTF8.self) else {
            throw damaged(at: start, "a text in UTF-8")
        }
        return text
    }

    /// A text up to the end of its line, which is skipped.
    mutating func line() throws -> String {
        let start = position
        guard let rest = view.slice(at: position, count: view.count - position),
            let end = rest.firstIndex(of: 0x0A)
        else { throw truncated() }
        position += end - rest.startIndex + 1
        guard let text = String(validating: rest[..<end], as: UTF8.self) else {
            throw damaged(at: start, "a name in UTF-8")
        }
        return text
    }

    /// The error for a pickle that ends too early.
    func truncated() -> FileFormatError {
        view.error(
            .truncated,
            "its pickle is cut off at byte \(view.count); the download is incomplete, fetch it "
                + "again")
    }

    /// The error for bytes that break a rule.
    func damaged(at offset: Int, _ expected: String) -> FileFormatError {
        view.error(
            .malformed,
            "its pickle is damaged at byte \(offset), where \(expected) is expected; fetch the "
                + "file again")
    }
}

extension PickleScanner {
    /// The plain value that an operation stands for; nil for operations that do something else.
    mutating func item(of operation: PickleOperation) throws -> PickleGraph.Item? {
        switch operation {
        case .null: .null
        case .true: .bool(true)
        case .false: .bool(false)
        case .int32: .integer(Int(Int32(bitPattern: try little(UInt32.self))))
        case .uint8: .integer(Int(try byte()))
        case .uint16: .integer(Int(try little(UInt16.self)))
        case .long1: Self.integer(try counted(by: UInt8.self))
        case .long4: Self.integer(try counted(by: UInt32.self))
        case .double: .number(Double(bitPattern: try little(UInt64.self).byteSwapped))
        case .shortString: Self.string(try counted(by: UInt8.self))
        case .string: Self.string(try counted(by: UInt32.self))
        case .shortText: .text(try text(countedBy: UInt8.self))
        case .text: .text(try text(countedBy: UInt32.self))
        case .text8: .text(try text(countedBy: UInt64.self))
        case .shortBytes: .bytes(try counted(by: UInt8.self))
        case .bytes: .bytes(try counted(by: UInt32.self))
        case .bytes8, .byteArray8: .bytes(try counted(by: UInt64.self))
        default: nil
        }
    }

    /// A number in two's complement, the least significant byte first; no byte at all is 0.
    private static func integer(_ bytes: Data) -> PickleGraph.Item {
        guard bytes.count <= 8 else { return .wideInteger(bytes) }
        let isNegative = (bytes.last ?? 0) >= 0x80
        return .integer(bytes.reversed().reduce(isNegative ? -1 : 0) { $0 << 8 | Int($1) })
    }

    /// A string of Python 2, where texts and bytes were one.
    private static func string(_ bytes: Data) -> PickleGraph.Item {
        String(validating: bytes, as: UTF8.self).map { .text($0) } ?? .bytes(bytes)
    }
}
