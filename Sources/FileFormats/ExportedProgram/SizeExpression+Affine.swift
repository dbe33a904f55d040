extension SizeExpression {
    /// A number times a symbol, plus a number.
    public struct Affine: Hashable, Sendable {
        /// What the symbol is multiplied by; never 0.
        public let coefficient: Int
        /// The symbol.
        public let symbol: String
        /// What is added.
        public let offset: Int

        /// Makes an affine form.
        public init(coefficient: Int, symbol: String, offset: Int) {
            self.coefficient = coefficient
            self.symbol = symbol
            self.offset = offset
        }

        /// The form as a tree, without terms and factors that say nothing.
        public var expression: SizeExpression {
            let name = SizeExpression.symbol(symbol)
            let product = coefficient == 1 ? name : .multiply([.integer(coefficient), name])
            return offset == 0 ? product : .add([product, .integer(offset)])
        }
    }

    /// The expression as `coefficient · symbol + offset`; nil where it is not of that form, where it
    /// is a constant, and where a coefficient needs more than 64 bits.
    public var affine: Affine? {
        guard let form = linearForm, let term = form.coefficients.first,
            form.coefficients.count == 1
        else { return nil }
        return Affine(coefficient: term.value, symbol: term.key, offset: form.offset)
    }

    /// The value of an expression that does not depend on a symbol; nil for every other.
    public var constant: Int? {
        guard let form = linearForm, form.coefficients.isEmpty else { return nil }
        return form.offset
    }

    private struct LinearForm {
        var coefficients: [String: Int]
        var offset: Int

        init(coefficients: [String: Int] = [:], offset: Int = 0) {
            self.coefficients = coefficients
            self.offset = offset
        }

        func adding(_ other: LinearForm) -> LinearForm? {
            var sum = self
            for (symbol, coefficient) in other.coefficients {
                let (value, overflow) = sum.coefficients[symbol, default: 0]
                    .addingReportingOverflow(coefficient)
                if overflow { return nil }
                sum.coefficients[symbol] = value == 0 ? nil : value
            }
            let (value, overflow) = offset.addingReportingOverflow(other.offset)
            sum.offset = value
            return overflow ? nil : sum
        }

        func multiplied(by factor: Int) -> LinearForm? {
            let (value, overflow) = offset.multipliedReportingOverflow(by: factor)
            if overflow { return nil }
            var product = LinearForm(offset: value)
            for (symbol, coefficient) in coefficients where factor != 0 {
                let (value, overflow) = coefficient.multipliedReportingOverflow(by: factor)
                if overflow { return nil }
                product.coefficients[symbol] = value
            }
            return product
        }
    }

    private var linearForm: LinearForm? {
        switch self {
        case .integer(let value):
            return LinearForm(offset: value)
        case .symbol(let name):
            return LinearForm(coefficients: [name: 1])
        case .add(let terms):
            return terms.reduce(LinearForm()) { sum, term in
                guard let sum, let form = term.linearForm else { return nil }
                return sum.adding(form)
            }
        case .multiply(let factors):
            return factors.reduce(LinearForm(offset: 1)) { product, factor in
                guard let product, let form = factor.linearForm else { return nil }
                if form.coefficients.isEmpty { return product.multiplied(by: form.offset) }
                return product.coefficients.isEmpty ? form.multiplied(by: product.offset) : nil
            }
        default:
            return symbols.isEmpty ? (try? evaluate()).map { LinearForm(offset: $0) } : nil
        }
    }
}
