public import Tensors

/// A small generator with a seed, SplitMix64.
public struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    /// Makes a generator whose draws depend on `state` alone.
    public init(state: UInt64) { self.state = state }

    /// The next 64 bits.
    public mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

/// Numbers drawn by seed from the normal distribution.
public func random(
    _ shape: [Int], seed: UInt64 = 1, type: ScalarType = .float32
) throws -> Tensor {
    var generator = Generator(seed: seed)
    return try .normal(shape, type: type, using: &generator)
}
