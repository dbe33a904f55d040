/// Which examples are held out and which remain, every class in the same share.
struct StratifiedSplit {
    /// A share of all examples.
    struct Share {
        let numerator: Int
        let denominator: Int

        static let tenth = Share(numerator: 1, denominator: 10)
        static let fifth = Share(numerator: 1, denominator: 5)
    }

    /// The positions of each part that is held out, ascending.
    let heldOut: [[Int]]
    /// The other positions, in a random order.
    let remaining: [Int]

    /// Splits examples by their labels.
    ///
    /// Of each class a part has its share to within one example, and at least one example remains.
    init(labels: [Int], holdingOut shares: [Share], seed: UInt64) {
        var generator = SplitMix64(seed: seed, stream: .max)
        var byClass: [Int: [Int]] = [:]
        for (position, label) in labels.enumerated() {
            byClass[label, default: []].append(position)
        }
        var pools = byClass.keys.sorted().map { generator.shuffled(byClass[$0] ?? []) }
        let sizes = pools.map(\.count)
        heldOut = shares.map { share in
            let taken = Self.seats(share, sizes: sizes, left: pools.map(\.count))
            var part: [Int] = []
            for (index, count) in taken.enumerated() {
                part += pools[index].suffix(count)
                pools[index].removeLast(count)
            }
            return part.sorted()
        }
        remaining = generator.shuffled(pools.flatMap { $0 }.sorted())
    }

    /// How many examples of each class a part gets: the share rounded down, and one more for those
    /// with the largest remainders, as long as one example is left behind.
    private static func seats(_ share: Share, sizes: [Int], left: [Int]) -> [Int] {
        let (numerator, denominator) = (share.numerator, share.denominator)
        let quotas = sizes.map { ($0 * numerator).quotientAndRemainder(dividingBy: denominator) }
        var seats = zip(quotas, left).map { min($0.quotient, $1 - 1) }
        let wanted = (sizes.reduce(0, +) * numerator + denominator / 2) / denominator
        var open = wanted - seats.reduce(0, +)
        let byRemainder = sizes.indices.sorted {
            (quotas[$1].remainder, $0) < (quotas[$0].remainder, $1)
        }
        for index in byRemainder where open > 0 && quotas[index].remainder > 0 {
            guard seats[index] < left[index] - 1 else { continue }
            seats[index] += 1
            open -= 1
        }
        return seats
    }
}
