import OrderedCollections
public import Programs
import Tensors

/// Into which two layers each convolution of a network is cut.
public enum SplitChoice: RawRepresentable, CaseIterable, Hashable, Sendable, Codable {
    /// All by one split, where they can be.
    case fixed(ConvolutionSplit)
    /// Each by the one that loses least at what it may take.
    case best

    /// All choices.
    public static let allCases = ConvolutionSplit.allCases.map(SplitChoice.fixed) + [.best]

    /// The choice of a name: a split's, or `best`.
    public init?(rawValue: String) {
        guard rawValue != "best" else {
            self = .best
            return
        }
        guard let split = ConvolutionSplit(rawValue: rawValue) else { return nil }
        self = .fixed(split)
    }

    /// The name.
    public var rawValue: String {
        switch self {
        case .fixed(let split): split.rawValue
        case .best: "best"
        }
    }

    /// The choice for the weights of a network that can be cut in several ways, by the weight's name.
    ///
    /// What a split loses is the mean squared error of the layer's result on the calibration examples, exactly, or without
    /// them the squared error of the weight; each split is looked at with the largest rank that its share allows.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - criterion: what makes a component worth keeping.
    ///   - profile: what calibration saw, where there was calibration.
    ///   - measure: what is shared out; multiply-accumulates are counted as such, all else as parameters.
    ///   - share: how much of itself each weight may take, by its name, from 0 to 1; `standard` where it is not in there.
    ///   - standard: the share of all others.
    public func splits(
        of program: Program, by criterion: any Criterion, from profile: Profile?,
        counting measure: CostTable.Measure, shares: [String: Double] = [:], standard: Double
    ) throws -> [String: ConvolutionSplit] {
        var chosen: [String: ConvolutionSplit] = [:]
        for site in program.weightSites where site.splits.count > 1 {
            switch self {
            case .fixed(let split):
                if site.splits.contains(split) { chosen[site.name] = split }
            case .best:
                let candidates = try Candidates(
                    site, program, criterion, profile?.layers[site.name])
                chosen[site.name] = try candidates.best(
                    taking: shares[site.name] ?? standard, counting: measure)
            }
        }
        return chosen
    }
}

extension SplitChoice {
    /// A plan with the splits that are chosen.
    ///
    /// Where the best are looked for they are chosen twice: at the share that the whole network may keep, and then at what the first
    /// plan gave each layer.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - criterion: what makes a component worth keeping.
    ///   - profile: what calibration saw, where there was calibration.
    ///   - measure: what is shared out.
    ///   - standard: the share of itself that the network may keep; nil where the budget is none, for a half.
    ///   - rank: the largest rank that will be asked for, if that is known.
    ///   - plan: makes a plan of spectra.
    public func plan(
        for program: Program, by criterion: any Criterion, from profile: Profile?,
        counting measure: CostTable.Measure = .parameters, standard: Double?,
        upTo rank: Int? = nil, planning plan: (Spectra) throws -> Plan
    ) throws -> Plan {
        func planned(_ shares: [String: Double]) throws -> (Plan, Spectra) {
            let splits = try splits(
                of: program, by: criterion, from: profile, counting: measure, shares: shares,
                standard: standard ?? 0.5)
            let spectra = try Spectra(
                of: program, by: criterion, from: profile, upTo: rank, splits: splits)
            return (try plan(spectra), spectra)
        }
        let (first, spectra) = try planned([:])
        return self == .best
            ? try planned(first.shares(in: program, spectra, counting: measure)).0 : first
    }
}

extension Plan {
    /// The share of its own cost that each weight keeps; those that stay dense may take as much as factors that just save.
    package func shares(
        in program: Program, _ spectra: Spectra, counting measure: CostTable.Measure
    ) -> [String: Double] {
        Dictionary(
            zip(layers, spectra.layers).map { layer, found in
                let cost = found.site.cost(in: program, counting: measure)
                let rank = layer.rank ?? layer.matrices.breakEvenRank
                return (layer.weight, min(1, Double(rank) * cost.ofRank / cost.dense))
            }
        ) { first, _ in first }
    }
}

extension Budget {
    /// The share of the network that may stay; nil where the budget is no share.
    public var share: Double? {
        switch self {
        case .parameters(let share), .macs(let share): share
        default: nil
        }
    }
}

/// One convolution, and all ways in which it can be cut.
private struct Candidates {
    private let site: WeightSite
    private let program: Program
    private let readings: [(site: WeightSite, decomposition: Decomposition)]
    private let weight: Tensor
    private let moments: Tensor?

    init(
        _ site: WeightSite, _ program: Program, _ criterion: any Criterion, _ profile: LayerProfile?
    ) throws {
        self.site = site
        self.program = program
        readings = try site.splits.map { split in
            let read = try site.cut(by: split)
            return (
                read,
                try criterion.decomposition(
                    of: read, in: program, profile: profile?.read(by: read))
            )
        }
        weight = try site.matrices(in: program).converted(to: .float64)
        if case .full(let tensor)? = profile?.moments { moments = tensor } else { moments = nil }
    }

    /// The split with the least error at a share of the layer's cost.
    func best(taking share: Double, counting measure: CostTable.Measure) throws -> ConvolutionSplit
    {
        let errors = try readings.map { read, decomposition in
            let costs = read.cost(in: program, counting: measure)
            // A share that was made of a rank gives that rank again.
            let rank = Int(share * costs.dense / costs.ofRank + 1e-9)
            return try error(read, decomposition, rank: min(max(rank, 1), read.matrices.fullRank))
        }
        let least = errors.min() ?? 0
        return readings[errors.firstIndex(of: least) ?? 0].site.split
    }

    /// The squared error of the layer's result, or of its weight, at a rank.
    private func error(
        _ read: WeightSite, _ decomposition: Decomposition, rank: Int
    ) throws -> Double {
        let factors = try decomposition.factors(rank: rank, type: .float64)
        let kernel = try read.layout.tensor(
            of: matmul(factors.second, factors.first), shape: read.shape)
        let difference = try weight - site.layout.matrices(of: kernel)
        let weighted = try moments.map { try matmul(difference, $0) } ?? difference
        return try (weighted * difference).sum().item()
    }
}

extension WeightSite {
    /// What the layer takes as it is, and its factors for each rank.
    fileprivate func cost(
        in program: Program, counting measure: CostTable.Measure
    ) -> (dense: Double, ofRank: Double) {
        let parameters = (
            dense: Double(matrices.count), ofRank: Double(matrices.count(atRank: 1))
        )
        guard measure == .macs, let positions = positions(in: program) else { return parameters }
        let first = Double(matrices.blocks * matrices.columns) * positions.inner
        let second = Double(matrices.blocks * matrices.rows) * positions.outer
        return (parameters.dense * positions.outer, first + second)
    }

    /// At how many places each of the two layers is applied; nil where sizes are not known.
    private func positions(in program: Program) -> (inner: Double, outer: Double)? {
        let node = program.nodes[nodes[0]]
        guard let output = node.output, let input = node.value("input"),
            let after = program.type(of: output)?.tensor?.sizes.dropFirst(2).map(\.fixed),
            let before = program.type(of: input)?.tensor?.sizes.dropFirst(2).map(\.fixed),
            !after.contains(nil), !before.contains(nil)
        else { return nil }
        let (large, small) = (before.compactMap { $0 }, after.compactMap { $0 })
        let outer = Double(small.reduce(1, *))
        switch split {
        case .channel: return (outer, outer)
        case .spatial: return (Double(small[0] * large[1]), outer)
        case .inputChannel: return (Double(large.reduce(1, *)), outer)
        }
    }
}
