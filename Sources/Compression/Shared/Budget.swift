/// How much of a network may stay.
public enum Budget: Hashable, Sendable, CustomStringConvertible {
    /// At most this rank in every layer.
    case rank(Int)
    /// In each layer the smallest rank that keeps this share of the sum of squared values, from 0 to 1.
    case energy(Double)
    /// At most this share of the network's parameters, from 0 to 1.
    case parameters(Double)
    /// At most this share of the network's multiply-accumulates, from 0 to 1.
    case macs(Double)
    /// At most so many bytes on disk.
    case bytes(Int)
    /// At most so many seconds for a batch on this machine.
    case latency(Double)
    /// As small as a loss of so many percentage points of accuracy on the validation split allows, from 0 to 100.
    case drop(Double)

    /// Reads `rank:R`, `energy:E`, `parameters:F`, `macs:F`, `bytes:4MB`, `latency:3ms` or `drop:P`.
    public init(_ text: String) throws {
        let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
        guard parts.count == 2, let budget = Self.budget(parts[0], parts[1]) else {
            throw CompressionError(
                .text,
                "\(text) is not a budget: write rank:R with R from 1; energy:E, parameters:F or macs:F "
                    + "with 0 < E, F <= 1; bytes:4MB; latency:3ms; or drop:P with P points of accuracy"
            )
        }
        self = budget
    }

    private static func budget(_ kind: String, _ amount: String) -> Budget? {
        var share: Double? { Double(amount).flatMap { $0 > 0 && $0 <= 1 ? $0 : nil } }
        switch kind {
        case "rank": return Int(amount).flatMap { $0 >= 1 ? .rank($0) : nil }
        case "energy": return share.map(Budget.energy)
        case "parameters": return share.map(Budget.parameters)
        case "macs": return share.map(Budget.macs)
        case "bytes":
            // Above this a Double skips whole numbers.
            guard let bytes = quantity(amount, Self.byteUnits), bytes >= 1, bytes <= 0x1p53 else {
                return nil
            }
            return .bytes(Int(bytes))
        case "latency": return quantity(amount, Self.timeUnits).map(Budget.latency)
        case "drop": return Double(amount).flatMap { $0 >= 0 && $0 <= 100 ? .drop($0) : nil }
        default: return nil
        }
    }

    private static let byteUnits: KeyValuePairs = [
        "KiB": 1_024.0, "MiB": 1_048_576, "GiB": 1_073_741_824, "kB": 1e3, "MB": 1e6, "GB": 1e9,
        "B": 1, "": 1,
    ]
    private static let timeUnits: KeyValuePairs = ["ms": 1e-3, "us": 1e-6, "µs": 1e-6, "s": 1]

    /// A positive number with a unit.
    private static func quantity(_ text: String, _ units: KeyValuePairs<String, Double>) -> Double?
    {
        guard let (unit, scale) = units.first(where: { text.hasSuffix($0.key) }),
            let number = Double(text.dropLast(unit.count)), number > 0, number.isFinite
        else { return nil }
        return number * scale
    }

    /// The text form.
    public var description: String {
        switch self {
        case .rank(let rank): "rank:\(rank)"
        case .energy(let share): "energy:\(share)"
        case .parameters(let share): "parameters:\(share)"
        case .macs(let share): "macs:\(share)"
        case .bytes(let bytes): "bytes:\(bytes)"
        case .latency(let seconds): "latency:\((seconds * 1e9).rounded() / 1e6)ms"
        case .drop(let points): "drop:\(points)"
        }
    }

    /// What chooses ranks for such a budget where nothing else is asked for.
    public var allocator: any Allocator {
        switch self {
        case .rank(let rank): UniformRank(rank)
        case .energy(let share): EnergyThreshold(share)
        case .parameters, .macs, .bytes, .latency, .drop: GlobalThreshold()
        }
    }

    /// What it limits; nil where it limits no cost.
    public var measure: CostTable.Measure? {
        switch self {
        case .rank, .energy: nil
        case .parameters, .drop: .parameters
        case .macs: .macs
        case .bytes: .bytes
        case .latency: .seconds
        }
    }

    /// How much a network may take, in units of the ``measure``; nil without a limit.
    ///
    /// - Parameter dense: what the network takes as given.
    func allowed(of dense: Double) -> Double? {
        switch self {
        case .rank, .energy, .drop: nil
        // NB: the product is rounded away from a budget such as 0.1 of 1,000 that floats just miss.
        case .parameters(let share), .macs(let share): (share * dense + 1e-6).rounded(.down)
        case .bytes(let bytes): Double(bytes)
        case .latency(let seconds): seconds
        }
    }

    /// The budget of the same kind that just allows an amount.
    func smallest(allowing amount: Double, of dense: Double) -> Budget {
        switch self {
        case .parameters: .parameters((amount / dense * 1e4).rounded(.up) / 1e4)
        case .macs: .macs((amount / dense * 1e4).rounded(.up) / 1e4)
        case .bytes: .bytes(Int(amount.rounded(.up)))
        case .latency: .latency((amount * 1e6).rounded(.up) / 1e6)
        case .rank, .energy, .drop: self
        }
    }
}
