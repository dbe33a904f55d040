import Foundation

/// A value as Python's pickle writes it, so that tests need no Python; nothing is memoised.
indirect enum Pickled: Sendable {
    case null
    case bool(Bool)
    case integer(Int)
    case number(Double)
    case text(String)
    case list([Pickled])
    case tuple([Pickled])
    case dictionary([(Pickled, Pickled)])
    case ordered([(Pickled, Pickled)])
    case global(String, String)
    case call(String, String, [Pickled])
    case persistent(Pickled)
    /// Operations as they are.
    case raw([UInt8])

    /// A dictionary whose keys are texts.
    static func named(_ entries: KeyValuePairs<String, Pickled>) -> Pickled {
        .dictionary(entries.map { (.text($0), $1) })
    }

    /// A state dict.
    static func state(_ entries: KeyValuePairs<String, Pickled>) -> Pickled {
        .ordered(entries.map { (.text($0), $1) })
    }

    /// The whole pickle in a protocol from 2 to 5.
    func pickle(version: UInt8 = 2) -> Data {
        var body = Data()
        write(to: &body, version)
        body.append(0x2E)
        var result = Data([0x80, version])
        if version >= 4 {
            result.append(0x95)
            result.put(UInt64(body.count))
        }
        return result + body
    }

    private func write(to data: inout Data, _ version: UInt8) {
        switch self {
        case .null: data.append(0x4E)
        case .bool(let bool): data.append(bool ? 0x88 : 0x89)
        case .integer(let number): Self.write(number, to: &data)
        case .number(let number):
            data.append(0x47)
            data.put(number.bitPattern.byteSwapped)
        case .text(let text): Self.write(text, to: &data, version)
        case .list(let items):
            data.append(contentsOf: [0x5D, 0x28])
            for item in items { item.write(to: &data, version) }
            data.append(0x65)
        case .tuple(let items): Self.write(items, to: &data, version)
        case .dictionary(let entries):
            data.append(0x7D)
            Self.write(entries, to: &data, version)
        case .ordered(let entries):
            Pickled.call("collections", "OrderedDict", []).write(to: &data, version)
            Self.write(entries, to: &data, version)
        case .global(let module, let name):
            if version >= 4 {
                Self.write(module, to: &data, version)
                Self.write(name, to: &data, version)
                data.append(0x93)
            } else {
                data.append(contentsOf: Array("c\(module)\n\(name)\n".utf8))
            }
        case .call(let module, let name, let arguments):
            Pickled.global(module, name).write(to: &data, version)
            Self.write(arguments, to: &data, version)
            data.append(0x52)
        case .persistent(let name):
            name.write(to: &data, version)
            data.append(0x51)
        case .raw(let bytes): data.append(contentsOf: bytes)
        }
    }

    private static func write(_ number: Int, to data: inout Data) {
        if let byte = UInt8(exactly: number) {
            data.append(contentsOf: [0x4B, byte])
        } else if let short = Int32(exactly: number) {
            data.append(0x4A)
            data.put(short)
        } else {
            data.append(contentsOf: [0x8A, 8])
            data.put(number)
        }
    }

    private static func write(_ text: String, to data: inout Data, _ version: UInt8) {
        if version >= 4 {
            data.append(contentsOf: [0x8C, UInt8(text.utf8.count)])
        } else {
            data.append(0x58)
            data.put(UInt32(text.utf8.count))
        }
        data.append(contentsOf: Array(text.utf8))
    }

    private static func write(_ items: [Pickled], to data: inout Data, _ version: UInt8) {
        if !(1...3).contains(items.count) { data.append(items.isEmpty ? 0x29 : 0x28) }
        for item in items { item.write(to: &data, version) }
        switch items.count {
        case 0: break
        case 1...3: data.append(0x84 + UInt8(items.count))
        default: data.append(0x74)
        }
    }

    private static func write(
        _ entries: [(Pickled, Pickled)], to data: inout Data, _ version: UInt8
    ) {
        data.append(0x28)
        for (key, value) in entries {
            key.write(to: &data, version)
            value.write(to: &data, version)
        }
        data.append(0x75)
    }
}
