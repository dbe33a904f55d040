extension SizeExpression {
    /// Reads an expression in either of sympy's forms: `Mul(Integer(2), Symbol('s0'))` or `2*s0`.
    ///
    /// - Parameters:
    ///   - text: the expression.
    ///   - file: what errors call the file it comes from.
    /// - Throws: `FileFormatError` that names the position, counted in bytes from 1, of kind
    ///   `malformed`, `tooLarge` (nested more than 64 deep, or a number beyond 64 bits) or
    ///   `unsupported` (a function that is not one of sizes).
    public init(parsing text: String, file: String = "size expression") throws {
        var parser = SizeExpressionParser(text: text, file: file)
        self = try parser.parse()
    }
}

/// A parser by recursive descent, one method a level of precedence.
private struct SizeExpressionParser {
    let text: String
    let bytes: [UInt8]
    let file: String
    var position = 0
    var depth = 0

    static let deepest = 64

    init(text: String, file: String) {
        self.text = text
        self.bytes = Array(text.utf8)
        self.file = file
    }

    mutating func parse() throws -> SizeExpression {
        let result = try sum()
        guard position == bytes.count else { throw failure("an operator was expected") }
        return result
    }

    // MARK: Levels of precedence

    private mutating func sum() throws -> SizeExpression {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw failure("it is nested more than \(Self.deepest) deep", kind: .tooLarge)
        }
        var terms = [try product()]
        while true {
            if take("+") {
                terms.append(try product())
            } else if take("-") {
                terms.append(negated(try product()))
            } else {
                return terms.count == 1 ? terms[0] : .add(terms)
            }
        }
    }

    private mutating func product() throws -> SizeExpression {
        var factors = [try signed()]
        func gathered() -> SizeExpression { factors.count == 1 ? factors[0] : .multiply(factors) }
        while true {
            if take("//") {
                factors = [.floorDivide(gathered(), try signed())]
            } else if take("%") {
                factors = [.modulo(gathered(), try signed())]
            } else if take("*") {
                factors.append(try signed())
            } else {
                return gathered()
            }
        }
    }

    private mutating func signed() throws -> SizeExpression {
        var isNegative = false
        while let sign = ["-", "+"].first(where: { take($0) }) {
            isNegative = isNegative != (sign == "-")
        }
        let value = try powered(isNegative: isNegative)
        return value
    }

    private mutating func powered(isNegative: Bool) throws -> SizeExpression {
        skipSpaces()
        if isNegative, let first = bytes[safely: position], first.isDigit {
            // The least integer has no positive counterpart, so the sign is read with the digits.
            let start = position
            let value = try integer(isNegative: true)
            guard take("**") else { return .integer(value) }
            position = start
        }
        let base = try primary()
        guard take("**") else { return isNegative ? negated(base) : base }
        let power = SizeExpression.power(base, try nested { try $0.signed() })
        return isNegative ? negated(power) : power
    }

    private mutating func primary() throws -> SizeExpression {
        skipSpaces()
        guard let first = bytes[safely: position] else { throw failure("it ends too early") }
        if first.isDigit { return .integer(try integer(isNegative: false)) }
        if take("(") {
            let inner = try sum()
            try expect(")")
            return inner
        }
        let start = position
        let name = try identifier()
        guard take("(") else { return .symbol(name) }
        return try call(name, at: start)
    }

    // MARK: Calls

    private mutating func call(_ name: String, at start: Int) throws -> SizeExpression {
        switch name {
        case "Symbol": return .symbol(try symbolName())
        case "Integer":
            let isNegative = take("-")
            let value = try integer(isNegative: isNegative)
            try expect(")")
            return .integer(value)
        case "Add": return .add(try operands())
        case "Mul": return .multiply(try operands())
        case "Max": return .maximum(try operands())
        case "Min": return .minimum(try operands())
        case "FloorDiv", "CleanDiv":
            let (first, second) = try pair(of: name, at: start)
            return .floorDivide(first, second)
        case "Mod", "PythonMod":
            let (first, second) = try pair(of: name, at: start)
            return .modulo(first, second)
        case "Pow", "PowByNatural":
            let (first, second) = try pair(of: name, at: start)
            return .power(first, second)
        default:
            position = start
            throw failure("the function \(quoted(name)) is not one of sizes", kind: .unsupported)
        }
    }

    private mutating func operands() throws -> [SizeExpression] {
        var result = [try sum()]
        while take(",") { result.append(try sum()) }
        try expect(")")
        return result
    }

    private mutating func pair(
        of name: String, at start: Int
    ) throws -> (SizeExpression, SizeExpression) {
        let all = try operands()
        guard all.count == 2 else {
            position = start
            throw failure("\(name) needs two operands and has \(all.count)")
        }
        return (all[0], all[1])
    }

    /// A quoted name, then assumptions such as `positive=True`, which say nothing here.
    private mutating func symbolName() throws -> String {
        guard let quote = ["'", "\""].first(where: { take($0) }) else {
            throw failure("a name in quotes was expected")
        }
        let start = position
        while let byte = bytes[safely: position], byte != quote.utf8.first {
            guard byte >= 0x20, byte != UInt8(ascii: "\\") else {
                throw failure("a name holds a character that is not allowed")
            }
            position += 1
        }
        let name = String(decoding: bytes[start..<position], as: UTF8.self)
        guard !name.isEmpty else { throw failure("a name is empty") }
        try expect(quote)
        while take(",") {
            _ = try identifier()
            try expect("=")
            _ = try identifier()
        }
        try expect(")")
        return name
    }

    // MARK: Words

    private mutating func integer(isNegative: Bool) throws -> Int {
        skipSpaces()
        let start = position
        while let byte = bytes[safely: position], byte.isDigit { position += 1 }
        let digits = String(decoding: bytes[start..<position], as: UTF8.self)
        guard !digits.isEmpty else { throw failure("an integer was expected") }
        guard let value = Int(isNegative ? "-" + digits : digits) else {
            position = start
            throw failure("an integer needs more than 64 bits", kind: .tooLarge)
        }
        return value
    }

    private mutating func identifier() throws -> String {
        skipSpaces()
        let start = position
        while let byte = bytes[safely: position],
            byte.isLetter || (byte.isDigit && position > start)
        {
            position += 1
        }
        guard position > start else { throw failure("a name or a number was expected") }
        return String(decoding: bytes[start..<position], as: UTF8.self)
    }

    private mutating func skipSpaces() {
        while bytes[safely: position] == UInt8(ascii: " ") { position += 1 }
    }

    /// Steps over a mark if it comes next; `*` is not the beginning of `**`.
    private mutating func take(_ mark: String) -> Bool {
        skipSpaces()
        guard bytes[position...].starts(with: mark.utf8) else { return false }
        if mark == "*", bytes[safely: position + 1] == UInt8(ascii: "*") { return false }
        position += mark.utf8.count
        return true
    }

    private mutating func expect(_ mark: String) throws {
        guard take(mark) else { throw failure("\(mark) was expected") }
    }

    private mutating func nested<Result>(
        _ body: (inout Self) throws -> Result
    ) throws -> Result {
        depth += 1
        defer { depth -= 1 }
        guard depth <= Self.deepest else {
            throw failure("it is nested more than \(Self.deepest) deep", kind: .tooLarge)
        }
        return try body(&self)
    }

    private func negated(_ value: SizeExpression) -> SizeExpression {
        if case .integer(let number) = value, number != Int.min { return .integer(-number) }
        if case .multiply(let factors) = value { return .multiply([-1] + factors) }
        return .multiply([-1, value])
    }

    private func failure(
        _ reason: String, kind: FileFormatError.Kind = .malformed
    ) -> FileFormatError {
        FileFormatError(
            kind, file: file,
            "The size expression \(quoted(text)) cannot be read at position \(position + 1): \(reason)."
        )
    }
}

extension UInt8 {
    fileprivate var isDigit: Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(self) }

    /// A letter or underscore of ASCII, or part of a character beyond it.
    fileprivate var isLetter: Bool {
        switch self {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        default: self == UInt8(ascii: "_") || self >= 0x80
        }
    }
}

extension [UInt8] {
    fileprivate subscript(safely index: Int) -> UInt8? {
        indices.contains(index) ? self[index] : nil
    }
}
