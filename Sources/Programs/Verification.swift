public import Tensors

/// How far the results of two networks lie apart on the same inputs, and where they part.
public struct Verification: Sendable, Codable {
    /// Two tensors that should be alike.
    public struct Difference: Sendable, Codable {
        /// What the tensor is called.
        public let name: String
        /// Type and shape of the first network's.
        public let form: String
        /// The largest absolute difference; infinite where only one of the two is finite, or the shapes differ.
        public let largest: Double
        /// The mean absolute difference.
        public let mean: Double
        /// The largest absolute value of the first network's.
        public let scale: Double
        /// How much of the scale may differ.
        public let tolerance: Double
        /// The share of rows, along the last axis, whose largest element stands in the same place; nil where there is
        /// but one element a row, or the type is not floating-point.
        public let sameClass: Double?

        /// Whether they differ by no more than the tolerance.
        public var isEqual: Bool { largest <= tolerance * max(scale, .leastNormalMagnitude) }
    }

    /// One for each result, in order.
    public let results: [Difference]
    /// The first value, in the first network's order, that both compute and that differs; nil where none does.
    public let firstDifference: Difference?
    /// The node that computes it, with its line in the source where that is known.
    public let place: String?

    /// Whether all results are equal within the tolerance.
    public var isEqual: Bool { results.allSatisfy(\.isEqual) }

    /// Runs both networks.
    ///
    /// - Parameters:
    ///   - first: the network that is taken to be right.
    ///   - second: the other.
    ///   - inputs: for both, in order.
    ///   - tolerance: how much of the largest value may differ; by default what the type allows.
    /// - Throws: where the networks take other inputs or give another number of results.
    public init(
        comparing first: Program, with second: Program, on inputs: [Tensor],
        tolerance: Double? = nil
    ) throws {
        let runs = try [first, second].map { try $0.inferred(inputs) }
        guard runs[0].results.count == runs[1].results.count else {
            throw ProgramError(
                .input,
                "one network gives \(runs[0].results.count) results and the other "
                    + "\(runs[1].results.count): they cannot be compared")
        }
        results = try zip(first.results, zip(runs[0].results, runs[1].results)).map { value, pair in
            try Difference(value.name, pair.0, pair.1, tolerance)
        }
        let parted =
            try results.allSatisfy(\.isEqual)
            ? nil : Self.parting(first, second, inputs, tolerance)
        firstDifference = parted?.difference
        place = parted.flatMap { parted in
            first.producers[parted.value].map { first.nodes[$0].place }
        }
    }

    /// The first value that both compute and that differs.
    private static func parting(
        _ first: Program, _ second: Program, _ inputs: [Tensor], _ tolerance: Double?
    ) throws -> (value: Value, difference: Difference)? {
        let shared = first.values(sharedWith: second)
        let left = try first.inferred(inputs, wanted: shared).values
        let right = try second.inferred(inputs, wanted: shared).values
        for value in shared {
            guard let a = left[value], let b = right[value] else { continue }
            let difference = try Difference(value.name, a, b, tolerance)
            if !difference.isEqual { return (value, difference) }
        }
        return nil
    }
}

extension Verification.Difference {
    /// Compares two tensors element by element in double precision.
    public init(
        _ name: String, _ first: Tensor, _ second: Tensor, _ tolerance: Double? = nil
    ) throws {
        self.name = name
        form = first.summary
        self.tolerance = tolerance ?? Self.tolerance(first.scalarType, second.scalarType)
        guard first.shape == second.shape else {
            (largest, mean, scale, sameClass) = (.infinity, .infinity, 0, nil)
            return
        }
        guard first.count > 0 else {
            (largest, mean, scale, sameClass) = (0, 0, 0, nil)
            return
        }
        let a = try first.converted(to: .float64).elements(Double.self)
        let b = try second.converted(to: .float64).elements(Double.self)
        var (largest, sum, scale) = (0.0, 0.0, 0.0)
        for (a, b) in zip(a, b) {
            // The same infinity, or not a number in both, is no difference.
            let difference = a == b || a.isNaN && b.isNaN ? 0 : abs(a - b)
            largest = max(largest, difference.isNaN ? .infinity : difference)
            sum += difference.isNaN ? .infinity : difference
            if a.isFinite { scale = max(scale, abs(a)) }
        }
        (self.largest, mean, self.scale) = (largest, sum / Double(a.count), scale)
        sameClass = try Self.sameClass(first, second)
    }

    private static func sameClass(_ first: Tensor, _ second: Tensor) throws -> Double? {
        guard first.scalarType.isFloatingPoint, let width = first.shape.last, width > 1 else {
            return nil
        }
        let axis = first.rank - 1
        let same = try first.argmax(along: axis).equals(second.argmax(along: axis))
        return try same.converted(to: .float64).mean().item()
    }

    /// How much of the largest value rounding may change, by type.
    static func tolerance(_ first: ScalarType, _ second: ScalarType) -> Double {
        [first, second].map { type in
            switch type {
            case .float64: 1e-9
            case .float32, .complex64: 1e-4
            case .float16: 1e-2
            case .bfloat16: 5e-2
            default: 0
            }
        }.max() ?? 0
    }
}

extension Program {
    fileprivate func inferred(_ inputs: [Tensor], wanted: [Value] = []) throws -> RunResult {
        var generator = Generator(seed: 0)
        return try withoutGradients {
            try Runner(self).run(inputs, mode: .inference, wanted: wanted, generator: &generator)
        }
    }

    /// The tensors that nodes of both compute under one name, in this Program's order.
    fileprivate func values(sharedWith other: Program) -> [Value] {
        let others = Set(other.nodes.flatMap { $0.outputs.compactMap { $0 } })
        return nodes.flatMap { $0.outputs.compactMap { $0 } }.filter { value in
            others.contains(value) && type(of: value)?.tensor != nil
                && other.type(of: value)?.tensor != nil
        }
    }
}
