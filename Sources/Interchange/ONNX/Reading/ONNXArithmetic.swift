import Foundation
import Programs

/// Arithmetic on numbers that are known while a file is read.
enum ONNXArithmetic {
    /// The result, where it is known; nil where a run has to compute it.
    ///
    /// - Parameter lowest: the least that a size can be.
    static func known(
        _ operation: ScalarOperation, _ operands: [ONNXNumber], lowest: (Size) -> Int?
    ) -> ONNXNumber? {
        if operands.count == 2, let bound = compared(operation, operands[0], operands[1], lowest) {
            return .bool(bound)
        }
        if let same = unchanged(operation, operands) { return same }
        guard !operands.contains(where: \.isComputed) else { return nil }
        let ints = operands.compactMap(\.int)
        if ints.count == operands.count, let known = whole(operation, ints) { return known }
        let doubles = operands.compactMap(double)
        guard doubles.count == operands.count else { return nil }
        return broken(operation, doubles)
    }

    /// What adds nothing, multiplies by one, or takes the place of a number as it is.
    private static func unchanged(
        _ operation: ScalarOperation, _ operands: [ONNXNumber]
    ) -> ONNXNumber? {
        guard operands.count == 2 else { return nil }
        switch (operation, operands[0], operands[1]) {
        case (.add, let a, .int(0)), (.sub, let a, .int(0)), (.mul, let a, .int(1)),
            (.floordiv, let a, .int(1)), (.add, .int(0), let a), (.mul, .int(1), let a):
            return a
        case (.mul, _, .int(0)), (.mul, .int(0), _), (.mul, _, .bool(false)),
            (.mul, .bool(false), _):
            return .int(0)
        case (.mul, let a, .bool(true)), (.mul, .bool(true), let a): return a
        case (.max, let a, let b) where a == b, (.min, let a, let b) where a == b: return a
        default: return nil
        }
    }

    /// A comparison that the least size decides.
    private static func compared(
        _ operation: ScalarOperation, _ a: ONNXNumber, _ b: ONNXNumber, _ lowest: (Size) -> Int?
    ) -> Bool? {
        if a == b, a.isComputed {
            switch operation {
            case .eq, .le, .ge: return true
            case .ne, .lt, .gt: return false
            default: return nil
            }
        }
        guard case .value(_, let size) = a, let number = b.int, let least = lowest(size) else {
            guard case .value(_, let size) = b, let number = a.int, let least = lowest(size),
                number < least
            else { return nil }
            switch operation {
            case .eq, .gt, .ge: return false
            case .ne, .lt, .le: return true
            default: return nil
            }
        }
        guard number < least else { return nil }
        switch operation {
        case .eq, .lt, .le: return false
        case .ne, .gt, .ge: return true
        default: return nil
        }
    }

    private static func double(_ number: ONNXNumber) -> Double? {
        switch number {
        case .int(let int): Double(int)
        case .double(let double): double
        case .bool(let bool): bool ? 1 : 0
        case .value: nil
        }
    }

    private static func whole(_ operation: ScalarOperation, _ operands: [Int]) -> ONNXNumber? {
        let a = operands[0]
        let b = operands.last ?? 0
        func exact(_ result: (partialValue: Int, overflow: Bool)) -> ONNXNumber? {
            result.overflow ? nil : .int(result.partialValue)
        }
        switch operation {
        case .add: return exact(a.addingReportingOverflow(b))
        case .sub: return exact(a.subtractingReportingOverflow(b))
        case .mul: return exact(a.multipliedReportingOverflow(by: b))
        case .neg: return exact(0.subtractingReportingOverflow(a))
        case .max: return .int(max(a, b))
        case .min: return .int(min(a, b))
        case .floordiv, .mod:
            guard b != 0, !a.dividedReportingOverflow(by: b).overflow else { return nil }
            let parts = a.quotientAndRemainder(dividingBy: b)
            let isBelow = parts.remainder != 0 && (parts.remainder < 0) != (b < 0)
            return operation == .mod
                ? .int(isBelow ? parts.remainder + b : parts.remainder)
                : .int(isBelow ? parts.quotient - 1 : parts.quotient)
        case .toInt, .ceil, .floor, .round, .trunc: return .int(a)
        default: return nil
        }
    }

    private static func broken(_ operation: ScalarOperation, _ operands: [Double]) -> ONNXNumber? {
        let a = operands[0]
        let b = operands.last ?? 0
        switch operation {
        case .add: return .double(a + b)
        case .sub: return .double(a - b)
        case .mul: return .double(a * b)
        case .truediv: return b == 0 ? nil : .double(a / b)
        case .floordiv: return b == 0 ? nil : .double((a / b).rounded(.down))
        case .mod: return b == 0 ? nil : .double(a - b * (a / b).rounded(.down))
        case .pow: return .double(pow(a, b))
        case .max: return .double(max(a, b))
        case .min: return .double(min(a, b))
        case .neg: return .double(-a)
        case .sqrt: return .double(a.squareRoot())
        case .toFloat: return .double(a)
        case .toInt, .trunc: return Int(exactly: a.rounded(.towardZero)).map(ONNXNumber.int)
        case .ceil: return Int(exactly: a.rounded(.up)).map(ONNXNumber.int)
        case .floor: return Int(exactly: a.rounded(.down)).map(ONNXNumber.int)
        case .round: return Int(exactly: a.rounded(.toNearestOrEven)).map(ONNXNumber.int)
        case .eq: return .bool(a == b)
        case .ne: return .bool(a != b)
        case .lt: return .bool(a < b)
        case .le: return .bool(a <= b)
        case .gt: return .bool(a > b)
        case .ge: return .bool(a >= b)
        case .and: return .bool(a != 0 && b != 0)
        case .or: return .bool(a != 0 || b != 0)
        case .not: return .bool(a == 0)
        }
    }
}
