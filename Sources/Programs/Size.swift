public import FileFormats

/// One size of a tensor: a number, or an expression of a free dimension.
public enum Size: Hashable, Sendable {
    /// A number.
    case fixed(Int)
    /// `scale · dimension + offset` of a free dimension.
    case affine(scale: Int, dimension: String, offset: Int)
    /// Any other expression of free dimensions, as a file states it.
    case expression(SizeExpression)
    /// A size that depends on data, or on free dimensions in a way that is not known.
    case unknown

    /// A free dimension itself.
    public static func dimension(_ name: String) -> Size {
        .affine(scale: 1, dimension: name, offset: 0)
    }

    /// The number that it is, if it is one.
    public var fixed: Int? {
        guard case .fixed(let number) = self else { return nil }
        return number
    }

    /// The number that it becomes where the free dimensions have these values; nil where unknown.
    public func evaluated(at dimensions: [String: Int]) -> Int? {
        switch self {
        case .fixed(let number): number
        case .affine(let scale, let name, let offset):
            dimensions[name].flatMap { number in
                let product = scale.multipliedReportingOverflow(by: number)
                let sum = product.partialValue.addingReportingOverflow(offset)
                return product.overflow || sum.overflow ? nil : sum.partialValue
            }
        case .expression(let expression): try? expression.evaluate(symbols: dimensions)
        case .unknown: nil
        }
    }
}

extension Size: ExpressibleByIntegerLiteral {
    /// Makes a fixed size.
    public init(integerLiteral number: Int) { self = .fixed(number) }
}

extension Size: CustomStringConvertible {
    /// As in `784`, `batch` or `2·tokens + 1`.
    public var description: String {
        switch self {
        case .fixed(let number): "\(number)"
        case .affine(let scale, let name, let offset):
            (scale == 1 ? name : "\(scale)·\(name)")
                + (offset == 0 ? "" : offset > 0 ? " + \(offset)" : " - \(offset.magnitude)")
        case .expression(let expression): expression.description
        case .unknown: "?"
        }
    }
}
