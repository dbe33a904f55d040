/// A size as an expression over free dimensions, as PyTorch keeps it in the language of sympy.
public indirect enum SizeExpression: Hashable, Sendable {
    /// A number.
    case integer(Int)
    /// A free dimension by its symbol.
    case symbol(String)
    /// The sum of the terms.
    case add([SizeExpression])
    /// The product of the factors.
    case multiply([SizeExpression])
    /// The first divided by the second, rounded towards minus infinity.
    case floorDivide(SizeExpression, SizeExpression)
    /// What the floor division leaves over; it has the sign of the second.
    case modulo(SizeExpression, SizeExpression)
    /// The first to the power of the second.
    case power(SizeExpression, SizeExpression)
    /// The greatest of the operands.
    case maximum([SizeExpression])
    /// The least of the operands.
    case minimum([SizeExpression])
}

extension SizeExpression: ExpressibleByIntegerLiteral {
    /// Makes a number.
    public init(integerLiteral value: Int) {
        self = .integer(value)
    }
}

extension SizeExpression {
    /// The symbols that the expression names.
    public var symbols: Set<String> {
        switch self {
        case .integer: []
        case .symbol(let name): [name]
        default: operands.reduce(into: []) { $0.formUnion($1.symbols) }
        }
    }

    /// The expression with every symbol replaced by another.
    public func mapSymbols(_ transform: (String) -> String) -> SizeExpression {
        func map(_ operands: [SizeExpression]) -> [SizeExpression] {
            operands.map { $0.mapSymbols(transform) }
        }
        return switch self {
        case .integer: self
        case .symbol(let name): .symbol(transform(name))
        case .add(let terms): .add(map(terms))
        case .multiply(let factors): .multiply(map(factors))
        case .maximum(let operands): .maximum(map(operands))
        case .minimum(let operands): .minimum(map(operands))
        case .floorDivide(let first, let second):
            .floorDivide(first.mapSymbols(transform), second.mapSymbols(transform))
        case .modulo(let first, let second):
            .modulo(first.mapSymbols(transform), second.mapSymbols(transform))
        case .power(let base, let exponent):
            .power(base.mapSymbols(transform), exponent.mapSymbols(transform))
        }
    }

    /// The operands, in order.
    var operands: [SizeExpression] {
        switch self {
        case .integer, .symbol: []
        case .add(let operands), .multiply(let operands), .maximum(let operands),
            .minimum(let operands):
            operands
        case .floorDivide(let first, let second), .modulo(let first, let second),
            .power(let first, let second):
            [first, second]
        }
    }
}
