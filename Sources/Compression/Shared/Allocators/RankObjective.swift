/// What a choice of ranks does to a network's answers, the less the better.
///
/// Searches ask for it again and again: an objective has everything at hand that a choice needs, and costs one run of
/// the network for each.
public protocol RankObjective: Sendable {
    /// The number of examples that there are.
    var examples: Int { get }

    /// The mean over some of the examples.
    ///
    /// - Parameters:
    ///   - ranks: one for each layer, the full one for a layer as it is.
    ///   - range: which examples.
    func score(_ ranks: [Int], on range: Range<Int>) throws -> Double

    /// The same, where choices that differ from this one in few layers will be asked for on the same examples.
    func scoreBase(_ ranks: [Int], on range: Range<Int>) throws -> Double
}

extension RankObjective {
    /// The score.
    public func scoreBase(_ ranks: [Int], on range: Range<Int>) throws -> Double {
        try score(ranks, on: range)
    }
}
