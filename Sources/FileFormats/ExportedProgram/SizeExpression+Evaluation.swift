extension SizeExpression {
    /// The value where the symbols have the values given.
    ///
    /// - Throws: `FileFormatError` of kind `missing` for a symbol without a value, `tooLarge` for
    ///   what 64 bits do not hold, `malformed` for a division by zero, a negative exponent, or the
    ///   extreme of no operands.
    public func evaluate(symbols: [String: Int] = [:]) throws -> Int {
        switch self {
        case .integer(let value):
            return value
        case .symbol(let name):
            guard let value = symbols[name] else {
                throw failure(.missing, "the symbol \(quoted(name)) has no value")
            }
            return value
        case .add(let terms):
            return try terms.reduce(0) {
                try checked($0.addingReportingOverflow(try $1.evaluate(symbols: symbols)))
            }
        case .multiply(let factors):
            return try factors.reduce(1) {
                try checked($0.multipliedReportingOverflow(by: try $1.evaluate(symbols: symbols)))
            }
        case .floorDivide(let first, let second):
            return try divided(first, by: second, symbols: symbols).quotient
        case .modulo(let first, let second):
            return try divided(first, by: second, symbols: symbols).remainder
        case .power(let base, let exponent):
            return try raised(
                try base.evaluate(symbols: symbols), to: try exponent.evaluate(symbols: symbols))
        case .maximum(let operands):
            return try extreme(try operands.map { try $0.evaluate(symbols: symbols) }.max())
        case .minimum(let operands):
            return try extreme(try operands.map { try $0.evaluate(symbols: symbols) }.min())
        }
    }

    private func divided(
        _ first: SizeExpression, by second: SizeExpression, symbols: [String: Int]
    ) throws -> (quotient: Int, remainder: Int) {
        let dividend = try first.evaluate(symbols: symbols)
        let divisor = try second.evaluate(symbols: symbols)
        guard divisor != 0 else { throw failure(.malformed, "it divides by zero") }
        let quotient = try checked(dividend.dividedReportingOverflow(by: divisor))
        let remainder = dividend - quotient * divisor
        let isBelow = remainder != 0 && (remainder < 0) != (divisor < 0)
        return isBelow ? (quotient - 1, remainder + divisor) : (quotient, remainder)
    }

    private func raised(_ base: Int, to exponent: Int) throws -> Int {
        guard exponent >= 0 else { throw failure(.malformed, "it has a negative exponent") }
        // Every other base overflows within 64 steps.
        if base == 0 || base == 1 { return exponent == 0 ? 1 : base }
        if base == -1 { return exponent.isMultiple(of: 2) ? 1 : -1 }
        var result = 1
        for _ in 0..<exponent {
            result = try checked(result.multipliedReportingOverflow(by: base))
        }
        return result
    }

    private func extreme(_ value: Int?) throws -> Int {
        guard let value else { throw failure(.malformed, "it is the extreme of no operands") }
        return value
    }

    private func checked(_ result: (partialValue: Int, overflow: Bool)) throws -> Int {
        guard !result.overflow else {
            throw failure(.tooLarge, "its value needs more than 64 bits")
        }
        return result.partialValue
    }

    private func failure(_ kind: FileFormatError.Kind, _ reason: String) -> FileFormatError {
        FileFormatError(
            kind, file: "size expression",
            "\(quoted(description)) has no value because \(reason).")
    }
}
