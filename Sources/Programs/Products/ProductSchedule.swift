/// How the factors of each weight that is a product are multiplied with each other and with the input.
public struct ProductSchedule: Hashable, Sendable, Codable {
    /// The way of one weight.
    public struct Way: Hashable, Sendable, Codable {
        /// The widths from the input to the output, as in `[784, 20, 20, 784]` for three factors.
        public let widths: [Int]
        /// The numbers of neighbouring factors that are multiplied with each other first, next to the input first.
        ///
        /// `[3]` is weight space, all factors multiplied and applied as one; `[1, 1, 1]` is activation space, one after
        /// the other; `[1, 2]` and `[2, 1]` are between.
        public let runs: [Int]

        init(widths: [Int], runs: [Int]) {
            self.widths = widths
            self.runs = runs
        }

        /// The same as ranges of factors; nil where it is of another chain.
        func segments(of widths: [Int]) -> [Range<Int>]? {
            guard widths == self.widths, runs.allSatisfy({ $0 > 0 && $0 < widths.count }),
                runs.count < widths.count, runs.reduce(0, +) == widths.count - 1
            else { return nil }
            var start = 0
            return runs.map { run in
                defer { start += run }
                return start..<(start + run)
            }
        }
    }

    /// The ways by the value that is the product.
    public var ways: [String: Way] = [:]

    /// Makes a schedule without ways.
    public init() {}
}

/// How the ways of a ``ProductSchedule`` are chosen.
///
/// All compute the same function of the same parameters.
public enum ProductChoice: String, Hashable, Sendable, Codable, CaseIterable {
    /// The way with the fewest multiply-accumulates, of equals the one with the fewest layers.
    case modelled
    /// The fastest, as timed once, of those whose multiply-accumulates are near the fewest.
    case measured
}
