extension CSVScanner {
    /// The cell's text; nil where it is not UTF-8.
    func text(of cell: Cell) -> String? {
        let raw = bytes[cell.range]
        guard let text = String(validating: raw, as: UTF8.self) else { return nil }
        guard cell.hasDoubledQuotes else { return text }
        var scalars = String.UnicodeScalarView()
        var isSecond = false
        for scalar in text.unicodeScalars {
            isSecond = scalar == "\"" && !isSecond
            if !isSecond || scalar != "\"" { scalars.append(scalar) }
        }
        return String(scalars)
    }

    /// The cell's number in decimal notation, `nan` and `inf` among them; nil where it is none.
    func number(of cell: Cell) -> Double? {
        if let exact = exactNumber(in: cell.range) { return exact }
        let raw = bytes[cell.range]
        let isPlain = raw.allSatisfy { byte in
            (0x30...0x39).contains(byte) || [0x2B, 0x2D, 0x2E, 0x45, 0x65].contains(byte)
        }
        guard let text = String(validating: raw, as: UTF8.self) else { return nil }
        if isPlain { return Double(text) }
        switch text.lowercased() {
        case "nan": return .nan
        case "inf", "+inf", "infinity", "+infinity": return .infinity
        case "-inf", "-infinity": return -.infinity
        default: return nil
        }
    }

    /// The number where it has few enough digits to be computed without rounding twice; nil
    /// otherwise.
    ///
    /// A whole number under 2⁵³ and a power of ten up to 10²² are exact, so one division rounds
    /// once.
    private func exactNumber(in range: Range<Int>) -> Double? {
        var position = range.lowerBound
        let end = range.upperBound
        guard position < end else { return nil }
        let isNegative = bytes[position] == UInt8(ascii: "-")
        if isNegative || bytes[position] == UInt8(ascii: "+") { position += 1 }
        var digits = 0
        var decimals = -1
        var value = 0
        while position < end {
            let byte = bytes[position]
            position += 1
            if byte == UInt8(ascii: "."), decimals < 0 {
                decimals = 0
                continue
            }
            guard byte >= 0x30, byte <= 0x39, digits < 15 else { return nil }
            value = value * 10 + Int(byte - 0x30)
            digits += 1
            if decimals >= 0 { decimals += 1 }
        }
        guard digits > 0 else { return nil }
        let magnitude = decimals > 0 ? Double(value) / powersOfTen[decimals] : Double(value)
        return isNegative ? -magnitude : magnitude
    }
}

private let powersOfTen: [Double] = [
    1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15,
]
