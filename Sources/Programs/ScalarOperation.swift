import Foundation
import Tensors

/// Arithmetic on numbers that nodes compute, sizes for the most part.
///
/// In a Program it is an operator of the library `scalar`, `scalar.mul.default` for example, with the arguments `a` and
/// `b`, or `a` alone. Integers behave as Python's: `floordiv` rounds towards minus infinity.
public enum ScalarOperation: String, Sendable, CaseIterable {
    case add, sub, mul, floordiv, truediv, mod, pow
    case max, min, eq, ne, lt, le, gt, ge, and, or
    case neg, not, ceil, floor, round, trunc, sqrt
    case toFloat = "to_float"
    case toInt = "to_int"

    /// The library's name.
    public static let library = "scalar"

    /// The operation that an operator's name states; nil where it is another library's, or there is none of that name.
    public init?(_ name: OperatorName) {
        guard name.library == Self.library, name.overload == "default" else { return nil }
        self.init(rawValue: name.name)
    }

    /// The operator's name.
    public var operatorName: OperatorName {
        OperatorName(library: Self.library, name: rawValue, overload: "default")
    }

    /// The names of the arguments, in order.
    public var argumentNames: [String] { isUnary ? ["a"] : ["a", "b"] }

    private var isUnary: Bool {
        switch self {
        case .neg, .not, .ceil, .floor, .round, .trunc, .sqrt, .toFloat, .toInt: true
        default: false
        }
    }

    /// Computes.
    ///
    /// - Throws: where an operand is not a number, the result needs more than 64 bits, or a divisor is zero.
    func call(_ operands: [Operand]) throws(TensorError) -> Operand {
        let numbers = operands.compactMap(Number.init)
        guard numbers.count == argumentNames.count, numbers.count == operands.count else {
            throw refusal("takes \(argumentNames.count) numbers")
        }
        let a = numbers[0]
        let result = isUnary ? unary(a) : binary(a, numbers[1])
        guard let result else { throw refusal("has no result for \(numbers)") }
        return result
    }

    private func refusal(_ reason: String) -> TensorError {
        TensorError(.value, operatorName: "\(operatorName)", message: "it \(reason)")
    }

    private func unary(_ a: Number) -> Operand? {
        switch (self, a) {
        case (.neg, .int(let a)): .int(exactly: 0.subtractingReportingOverflow(a))
        case (.neg, .double(let a)): .double(-a)
        case (.not, _): .bool(a.double == 0)
        case (.toFloat, _): .double(a.double)
        case (.sqrt, _): .double(a.double.squareRoot())
        case (_, .int(let a)): .int(a)
        case (.ceil, .double(let a)): Int(exactly: a.rounded(.up)).map(Operand.int)
        case (.floor, .double(let a)): Int(exactly: a.rounded(.down)).map(Operand.int)
        case (.round, .double(let a)): Int(exactly: a.rounded(.toNearestOrEven)).map(Operand.int)
        case (_, .double(let a)): Int(exactly: a.rounded(.towardZero)).map(Operand.int)
        }
    }

    private func binary(_ a: Number, _ b: Number) -> Operand? {
        switch self {
        case .eq: .bool(a == b)
        case .ne: .bool(a != b)
        case .lt: .bool(a < b)
        case .le: .bool(a < b || a == b)
        case .gt: .bool(b < a)
        case .ge: .bool(b < a || a == b)
        case .and: .bool(a.double != 0 && b.double != 0)
        case .or: .bool(a.double != 0 || b.double != 0)
        case .truediv: b.double == 0 ? nil : .double(a.double / b.double)
        default:
            if case .int(let a) = a, case .int(let b) = b {
                whole(a, b)
            } else {
                broken(a.double, b.double).map(Operand.double)
            }
        }
    }

    private func whole(_ a: Int, _ b: Int) -> Operand? {
        switch self {
        case .add: .int(exactly: a.addingReportingOverflow(b))
        case .sub: .int(exactly: a.subtractingReportingOverflow(b))
        case .mul: .int(exactly: a.multipliedReportingOverflow(by: b))
        case .max: .int(Swift.max(a, b))
        case .min: .int(Swift.min(a, b))
        case .floordiv: floorDivided(a, b).map { .int($0.quotient) }
        case .mod: floorDivided(a, b).map { .int($0.remainder) }
        default: Int(exactly: Foundation.pow(Double(a), Double(b))).map(Operand.int)
        }
    }

    private func floorDivided(_ a: Int, _ b: Int) -> (quotient: Int, remainder: Int)? {
        guard b != 0, !a.dividedReportingOverflow(by: b).overflow else { return nil }
        let (quotient, remainder) = a.quotientAndRemainder(dividingBy: b)
        return remainder != 0 && (remainder < 0) != (b < 0)
            ? (quotient - 1, remainder + b) : (quotient, remainder)
    }

    private func broken(_ a: Double, _ b: Double) -> Double? {
        switch self {
        case .add: a + b
        case .sub: a - b
        case .mul: a * b
        case .max: Swift.max(a, b)
        case .min: Swift.min(a, b)
        case .floordiv: b == 0 ? nil : (a / b).rounded(.down)
        case .mod: b == 0 ? nil : a - b * (a / b).rounded(.down)
        default: Foundation.pow(a, b)
        }
    }

    /// An operand that is a number; truth values count as 0 and 1.
    private enum Number: Equatable {
        case int(Int)
        case double(Double)

        init?(_ operand: Operand) {
            switch operand {
            case .int(let int): self = .int(int)
            case .double(let double): self = .double(double)
            case .bool(let bool): self = .int(bool ? 1 : 0)
            default: return nil
            }
        }

        var double: Double {
            switch self {
            case .int(let int): Double(int)
            case .double(let double): double
            }
        }

        static func == (a: Number, b: Number) -> Bool { !(a < b) && !(b < a) }

        static func < (a: Number, b: Number) -> Bool {
            if case .int(let a) = a, case .int(let b) = b { a < b } else { a.double < b.double }
        }
    }
}

extension Operand {
    /// An integer, unless it took more than 64 bits.
    fileprivate static func int(
        exactly result: (partialValue: Int, overflow: Bool)
    ) -> Operand? {
        result.overflow ? nil : .int(result.partialValue)
    }
}
