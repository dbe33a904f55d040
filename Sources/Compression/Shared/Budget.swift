/// How much of a network may stay.
public enum Budget: Hashable, Sendable, CustomStringConvertible {
    /// At most this rank in every layer.
    case rank(Int)
    /// In each layer the smallest rank that keeps this share of the sum of squared values, from 0 to 1.
    case energy(Double)
    /// At most this share of the network's parameters, from 0 to 1.
    case parameters(Double)

    /// Reads `rank:R`, `energy:E` or `parameters:F`.
    public init(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        let refusal = CompressionError(
            .text,
            "\(text) is not a budget: write rank:R with R from 1, energy:E or parameters:F with 0 < E, F <= 1"
        )
        guard parts.count == 2 else { throw refusal }
        switch parts[0] {
        case "rank":
            guard let rank = Int(parts[1]), rank >= 1 else { throw refusal }
            self = .rank(rank)
        case "energy":
            guard let share = Double(parts[1]), share > 0, share <= 1 else { throw refusal }
            self = .energy(share)
        case "parameters":
            guard let share = Double(parts[1]), share > 0, share <= 1 else { throw refusal }
            self = .parameters(share)
        default: throw refusal
        }
    }

    /// The text form.
    public var description: String {
        switch self {
        case .rank(let rank): "rank:\(rank)"
        case .energy(let share): "energy:\(share)"
        case .parameters(let share): "parameters:\(share)"
        }
    }

    /// What chooses ranks for such a budget.
    public var allocator: any Allocator {
        switch self {
        case .rank(let rank): UniformRank(rank)
        case .energy(let share): EnergyThreshold(share)
        case .parameters(let share): GlobalThreshold(parameters: share)
        }
    }
}
