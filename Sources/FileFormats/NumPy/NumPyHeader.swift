import Foundation

/// The header of an `.npy` file: a Python dictionary of three keys, read strictly.
struct NumPyHeader {
    /// The most bytes that a header may take; NumPy's own limit is lower.
    static let largest = 1 << 20
    private static let magic: [UInt8] = [0x93] + Array("NUMPY".utf8)

    let type: ElementType
    let isBigEndian: Bool
    let isFortranOrder: Bool
    let shape: [Int]
    /// Where the elements begin.
    let dataOffset: Int

    /// Reads the header of versions 1 to 3.
    init(in view: ByteView) throws {
        let (text, offset) = try Self.text(in: view)
        dataOffset = offset
        var scanner = try HeaderScanner(text, file: view.file)
        var descriptor: String?
        var fortran: Bool?
        var sizes: [Int]?
        try scanner.expect("{")
        try scanner.items(until: "}", allowingTrailingComma: true) { scanner in
            let key = try scanner.pythonString()
            try scanner.expect(":")
            switch key {
            case "descr" where descriptor == nil:
                guard !scanner.take("[") else {
                    throw view.error(
                        .unsupported, "it holds records with fields; save each field by itself")
                }
                descriptor = try scanner.pythonString()
            case "fortran_order" where fortran == nil: fortran = try scanner.pythonBool()
            case "shape" where sizes == nil: sizes = try scanner.pythonShape()
            default: throw scanner.failure("one “descr”, “fortran_order” and “shape” each")
            }
        }
        scanner.skipBlanks()
        guard scanner.next == nil else { throw scanner.failure("the end") }
        guard let descriptor, let fortran, let sizes else {
            throw scanner.failure("one “descr”, “fortran_order” and “shape” each")
        }
        (type, isBigEndian) = try Self.type(descriptor, view)
        isFortranOrder = fortran
        shape = sizes
    }

    /// The dictionary's text, and where the elements begin.
    private static func text(in view: ByteView) throws -> (Data, Int) {
        let truncated = view.error(
            .truncated, "the .npy file ends within its header; fetch the file again")
        if let impostor = view.impostor(expected: "the .npy file") { throw impostor }
        guard view.begins(with: magic) else {
            throw magic.starts(with: view.data)
                ? truncated
                : view.error(.malformed, "it is not an .npy file; check which file it is")
        }
        guard let version = view.byte(at: 6), view.byte(at: 7) != nil else { throw truncated }
        let length: Int?
        let start: Int
        switch version {
        case 1: (length, start) = (view.little(UInt16.self, at: 8).map { Int($0) }, 10)
        case 2, 3: (length, start) = (view.little(UInt32.self, at: 8).map { Int($0) }, 12)
        default:
            throw view.error(
                .unsupported,
                "it is .npy version \(version) and 1 to 3 are known; save it with another NumPy")
        }
        guard let length else { throw truncated }
        guard length <= largest else {
            throw view.error(
                .tooLarge,
                "its header is said to take \(length) bytes, more than \(largest); "
                    + "do not trust this file")
        }
        guard let text = view.slice(at: start, count: length) else { throw truncated }
        return (text, start + length)
    }

    /// The type that NumPy calls `<f4`, `|u1` and so on, and whether its bytes have to be swapped.
    private static func type(
        _ descriptor: String, _ view: ByteView
    ) throws -> (ElementType, isBigEndian: Bool) {
        if descriptor.contains("O") {
            throw view.error(
                .unsupported,
                "it holds Python objects (\(descriptor.quoted)), which are never unpickled; "
                    + "save it with a type of numbers")
        }
        let order = descriptor.first
        let known = types.first { $0.name == descriptor.dropFirst() }
        guard let known, order == "<" || order == ">" || (order == "|" && known.type.byteCount == 1)
        else {
            throw view.error(
                .unsupported,
                "its element type is \(descriptor.quoted), which is not supported; "
                    + "save it with a type of numbers")
        }
        return (known.type, order == ">")
    }

    private static let types: [(type: ElementType, name: String)] = [
        (.bool, "b1"), (.uint8, "u1"), (.int8, "i1"), (.uint16, "u2"), (.int16, "i2"),
        (.uint32, "u4"), (.int32, "i4"), (.uint64, "u8"), (.int64, "i8"), (.float16, "f2"),
        (.float32, "f4"), (.float64, "f8"), (.complex64, "c8"), (.complex128, "c16"),
    ]

    /// The bytes before the elements of an array in C order, version 1; nil where NumPy lacks the
    /// type.
    static func written(for array: RawArray) -> Data? {
        guard let name = types.first(where: { $0.type == array.elementType })?.name else {
            return nil
        }
        let order = array.elementType.byteCount == 1 ? "|" : "<"
        let sizes = array.shape.map { String($0) }.joined(separator: ", ")
        let shape = array.shape.count == 1 ? "(\(sizes),)" : "(\(sizes))"
        var text = "{'descr': '\(order)\(name)', 'fortran_order': False, 'shape': \(shape), }"
        text += String(repeating: " ", count: 63 - (10 + text.utf8.count) % 64) + "\n"
        guard let length = UInt16(exactly: text.utf8.count) else { return nil }
        var result = Data(magic + [1, 0])
        result.append(little: length)
        result.append(contentsOf: text.utf8)
        return result
    }
}

extension HeaderScanner {
    /// Reads a Python string without escapes.
    fileprivate mutating func pythonString() throws -> String {
        let quote: Unicode.Scalar = take("'") ? "'" : "\""
        if quote == "\"" { try expect("\"") }
        var text: [UInt8] = []
        while let byte = advance(), byte != UInt8(ascii: "\\") {
            if byte == UInt8(ascii: quote) { return String(decoding: text, as: UTF8.self) }
            text.append(byte)
        }
        throw failure("the end of a string")
    }

    fileprivate mutating func pythonBool() throws -> Bool {
        if take(word: "True") { return true }
        guard take(word: "False") else { throw failure("“True” or “False”") }
        return false
    }

    /// Reads a tuple of sizes; Python 2 wrote an L after each.
    fileprivate mutating func pythonShape() throws -> [Int] {
        var sizes: [Int] = []
        try expect("(")
        try items(until: ")", allowingTrailingComma: true) {
            sizes.append(try $0.integer())
            _ = $0.take("L")
        }
        return sizes
    }
}
