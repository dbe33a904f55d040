extension SizeExpression: CustomStringConvertible {
    /// The expression as PyTorch's files hold it, such as `Mul(Integer(2), Symbol('s0', …))`.
    ///
    /// PyTorch takes a symbol for positive, unless its name is `u` and a number: that one stands for
    /// what depends on data.
    public var sympyText: String {
        switch self {
        case .integer(let value): "Integer(\(value))"
        case .symbol(let name): Self.sympySymbol(name)
        case .add(let terms): Self.call("Add", terms, ifEmpty: 0)
        case .multiply(let factors): Self.call("Mul", factors, ifEmpty: 1)
        case .floorDivide: Self.call("FloorDiv", operands)
        case .modulo: Self.call("Mod", operands)
        case .power: Self.call("Pow", operands)
        case .maximum: Self.call("Max", operands)
        case .minimum: Self.call("Min", operands)
        }
    }

    /// The expression as people write it, such as `2*s0 + 3`; it can be parsed, too.
    public var description: String {
        switch self {
        case .integer(let value): String(value)
        case .symbol(let name): name
        case .add(let terms): Self.sum(terms)
        case .multiply(let factors): Self.product(factors)
        case .floorDivide(let first, let second): "\(first.operand)//\(second.operand)"
        case .modulo(let first, let second): "\(first.operand)%\(second.operand)"
        case .power(let base, let exponent): "\(base.operand)**\(exponent.operand)"
        case .maximum(let operands): "Max(\(Self.list(operands)))"
        case .minimum(let operands): "Min(\(Self.list(operands)))"
        }
    }

    private static func call(
        _ name: String, _ operands: [SizeExpression], ifEmpty value: Int? = nil
    ) -> String {
        if operands.isEmpty, let value { return "Integer(\(value))" }
        // NB: sympy folds a sum or a product of one, so it is not written.
        if operands.count == 1, value != nil { return operands[0].sympyText }
        return "\(name)(\(operands.map(\.sympyText).joined(separator: ", ")))"
    }

    private static func sympySymbol(_ name: String) -> String {
        let escaped = name.map { $0 == "'" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        let dependsOnData = name.first == "u" && Int(name.dropFirst()) != nil
        return "Symbol('\(escaped)', \(dependsOnData ? "" : "positive=True, ")integer=True)"
    }

    private static func list(_ operands: [SizeExpression]) -> String {
        operands.map(\.description).joined(separator: ", ")
    }

    private static func sum(_ terms: [SizeExpression]) -> String {
        guard let first = terms.first else { return "0" }
        return terms.dropFirst().reduce(first.term) { text, term in
            let shown = term.term
            return shown.hasPrefix("-") ? text + " - " + shown.dropFirst() : text + " + " + shown
        }
    }

    private static func product(_ factors: [SizeExpression]) -> String {
        guard let first = factors.first else { return "1" }
        if first == -1, factors.count > 1 { return "-" + product(Array(factors.dropFirst())) }
        let rest = factors.dropFirst().map(\.operand)
        let head = if case .integer(let value) = first { String(value) } else { first.operand }
        return ([head] + rest).joined(separator: "*")
    }

    /// In a sum: in parentheses where it is a sum itself.
    private var term: String {
        if case .add = self { "(\(description))" } else { description }
    }

    /// In a product, division or power: in parentheses unless nothing can tear it apart.
    private var operand: String {
        switch self {
        case .integer(let value) where value >= 0: description
        case .symbol, .maximum, .minimum: description
        default: "(\(description))"
        }
    }
}
