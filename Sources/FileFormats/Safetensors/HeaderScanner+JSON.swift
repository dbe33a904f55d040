extension HeaderScanner {
    /// Reads a key and its colon.
    mutating func key() throws -> String {
        let key = try string()
        try expect(":")
        return key
    }

    /// Reads a key and its colon; throws `malformed` where the object had it already.
    mutating func newKey(among seen: inout Set<String>) throws -> String {
        let key = try string()
        guard seen.insert(key).inserted else { throw repeated(key) }
        try expect(":")
        return key
    }

    /// The error for a key that an object has twice.
    func repeated(_ key: String) -> FileFormatError {
        FileFormatError(
            .malformed, file: file,
            "its header has the key \(key.quoted) twice; do not trust this file")
    }

    /// Skips one value of any kind.
    ///
    /// - Parameter depth: how many objects and arrays may still stand within one another.
    mutating func skipValue(depth: Int = 64) throws {
        guard depth > 0 else { throw failure("a value that is less deep") }
        if take("{") {
            try items(until: "}") { scanner in
                _ = try scanner.key()
                try scanner.skipValue(depth: depth - 1)
            }
        } else if take("[") {
            try items(until: "]") { try $0.skipValue(depth: depth - 1) }
        } else if next == UInt8(ascii: "\"") {
            _ = try string()
        } else if !(take(word: "true") || take(word: "false") || take(word: "null")) {
            try skipNumber()
        }
    }

    private mutating func skipNumber() throws {
        let start = position
        let others = "+-.eE".utf8
        while let byte = next, (0x30...0x39).contains(byte) || others.contains(byte) {
            _ = advance()
        }
        guard position > start else { throw failure("a value") }
    }

    /// Reads a JSON string; throws `malformed` for control characters and for escapes that are
    /// none.
    mutating func string() throws -> String {
        try expect("\"")
        let start = position
        // Most strings have no escapes: their bytes are taken as they are.
        while let byte = next, byte != UInt8(ascii: "\""), byte != UInt8(ascii: "\\"), byte >= 0x20
        {
            _ = advance()
        }
        var text = bytes[start..<position]
        while let byte = advance() {
            switch byte {
            case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
            case UInt8(ascii: "\\"): text.append(contentsOf: String(try escaped()).utf8)
            case 0..<0x20: throw failure("a character that is no control character")
            default: text.append(byte)
            }
        }
        throw failure("the end of a string")
    }

    private mutating func escaped() throws -> Unicode.Scalar {
        switch advance() {
        case UInt8(ascii: "\""): return "\""
        case UInt8(ascii: "\\"): return "\\"
        case UInt8(ascii: "/"): return "/"
        case UInt8(ascii: "b"): return "\u{8}"
        case UInt8(ascii: "f"): return "\u{C}"
        case UInt8(ascii: "n"): return "\n"
        case UInt8(ascii: "r"): return "\r"
        case UInt8(ascii: "t"): return "\t"
        case UInt8(ascii: "u"): return try unicodeEscape()
        default: throw failure("an escaped character")
        }
    }

    /// The character of four hexadecimal digits, or of a surrogate pair of them.
    private mutating func unicodeEscape() throws -> Unicode.Scalar {
        let first = try hexadecimal()
        if let scalar = Unicode.Scalar(first) { return scalar }
        guard (0xD800..<0xDC00).contains(first), advance() == UInt8(ascii: "\\"),
            advance() == UInt8(ascii: "u")
        else { throw failure("the second half of a character") }
        let second = try hexadecimal()
        guard (0xDC00..<0xE000).contains(second),
            let scalar = Unicode.Scalar(0x10000 + (first - 0xD800) << 10 + (second - 0xDC00))
        else { throw failure("the second half of a character") }
        return scalar
    }

    private mutating func hexadecimal() throws -> UInt32 {
        var value: UInt32 = 0
        for _ in 0..<4 {
            guard let byte = advance(),
                let digit = Character(Unicode.Scalar(byte)).hexDigitValue
            else { throw failure("a hexadecimal digit") }
            value = value << 4 | UInt32(digit)
        }
        return value
    }
}
