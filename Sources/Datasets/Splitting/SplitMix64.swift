/// Random numbers for orders and splits: the same on every machine and in every version of libtorch
/// and Swift.
///
/// Steele, Lea and Flood, “Fast splittable pseudorandom number generators” (2014), figure 17.
struct SplitMix64 {
    private var state: UInt64

    /// Makes a generator; streams of one seed are unrelated.
    init(seed: UInt64, stream: UInt64) {
        var outer = SplitMix64(state: seed)
        state = outer.next() ^ stream
        state = next()
    }

    private init(state: UInt64) { self.state = state }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }

    /// A number in 0 ..< bound; its bias, bound / 2⁶⁴, is below notice.
    mutating func next(below bound: Int) -> Int {
        Int(next().multipliedFullWidth(by: UInt64(bound)).high)
    }

    /// The elements in a random order, by Fisher and Yates.
    mutating func shuffled(_ elements: [Int]) -> [Int] {
        var result = elements
        for last in stride(from: result.count - 1, to: 0, by: -1) {
            result.swapAt(last, next(below: last + 1))
        }
        return result
    }
}
