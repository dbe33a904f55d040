import Programs

/// What an allocator chooses from: the layers, what they take at each rank, and how much they may.
public struct AllocationProblem: Sendable {
    /// One choice for a layer.
    public struct Option: Sendable, Hashable {
        /// The rank; the full one where the layer stays as it is.
        public let rank: Int
        /// What the layer then takes.
        public let cost: Double
        /// What is then lost of it, 0 for the layer as it is.
        public let error: Double
    }

    /// The layers.
    public let layers: [LayerSpectrum]
    /// The budget.
    public let budget: Budget
    /// What the layers take in the budget's measure; parameters where it limits nothing.
    public let costs: CostTable
    /// How much the network may take; nil without a limit.
    public let allowed: Double?
    /// Ranks of factors are multiples of this where the layer has so many.
    public let rankMultiple: Int
    /// What is lost of each layer at each rank from 1 on, falling; the squared scores left out unless something
    /// better was measured.
    public let errors: [[Double]]

    /// Makes a problem.
    ///
    /// - Parameters:
    ///   - layers: their spectra.
    ///   - costs: what they take.
    ///   - budget: how much may stay.
    ///   - allowed: how much the network may take, where it is not what the budget says.
    ///   - rankMultiple: 1 or more.
    ///   - errors: what is lost of each layer at each rank; the squared scores left out by default.
    public init(
        _ layers: [LayerSpectrum], costs: CostTable, budget: Budget, allowed: Double? = nil,
        rankMultiple: Int = 1, errors: [[Double]]? = nil
    ) {
        precondition(rankMultiple >= 1, "ranks are multiples of 1 or more, not of \(rankMultiple)")
        precondition(layers.count == costs.layers.count, "costs are of other layers")
        self.layers = layers
        self.costs = costs
        self.budget = budget
        self.allowed = allowed ?? budget.allowed(of: costs.dense)
        self.rankMultiple = rankMultiple
        self.errors = errors ?? layers.map(\.errors)
    }

    /// The ranks of a layer: multiples, at least one, as far as its factors take less than the layer; then its full rank.
    func ranks(of layer: Int) -> [Int] {
        let full = layers[layer].matrices.fullRank
        let costs = costs.layers[layer]
        let last = min(costs.factored.count, layers[layer].values.count)
        let least = min(rankMultiple, last)
        let ranks = least < 1 ? [] : Array(stride(from: least, through: last, by: rankMultiple))
        return ranks.filter { $0 < full && costs.saves(atRank: $0) } + [full]
    }

    /// The choices for a layer, from the cheapest on: the more one takes, the less is lost.
    public func options(of layer: Int) -> [Option] {
        let errors = errors[layer]
        let costs = costs.layers[layer]
        var options: [Option] = []
        for rank in ranks(of: layer) {
            let isFull = rank == layers[layer].matrices.fullRank
            let option = Option(
                rank: rank, cost: isFull ? costs.dense : costs[rank],
                error: isFull ? 0 : errors[rank - 1])
            // What takes as much and loses no more stands in for what came before.
            while let last = options.last, last.cost >= option.cost { options.removeLast() }
            if options.last.map({ $0.error > option.error || isFull }) ?? true {
                options.append(option)
            }
        }
        return options
    }

    /// Whether a layer's factors of a rank take less than the layer.
    func saves(_ layer: Int, at rank: Int) -> Bool { costs.layers[layer].saves(atRank: rank) }

    /// The largest of a layer's ranks that is not above a rank; the smallest where there is none.
    ///
    /// Above the break-even rank that is the full one: two factors would take no less.
    func settled(_ rank: Int, of layer: Int) -> Int {
        guard costs.layers[layer].saves(atRank: rank) else {
            return layers[layer].matrices.fullRank
        }
        let ranks = ranks(of: layer)
        return ranks.last { $0 <= rank } ?? ranks[0]
    }

    /// Ranks as ``settled(_:of:)`` has them.
    func settled(_ ranks: [Int]) -> [Int] {
        ranks.enumerated().map { settled($0.element, of: $0.offset) }
    }

    /// Whether ranks meet the budget.
    func fits(_ ranks: [Int]) -> Bool { allowed.map { costs.cost(of: ranks) <= $0 } ?? true }

    /// The cheapest ranks.
    var least: [Int] { layers.indices.map { options(of: $0)[0].rank } }

    /// The last of a rising sequence of ranks that meets the budget.
    ///
    /// - Parameters:
    ///   - steps: the number of the last element, the first being 0.
    ///   - ranks: the ranks of an element, none below those of the element before.
    func largest(of steps: Int, _ ranks: (Int) -> [Int]) throws -> [Int] {
        try requireReachable()
        var (low, high) = (0, steps)
        guard fits(settled(ranks(0))) else { return least }
        while low < high {
            let middle = low + (high - low + 1) / 2
            if fits(settled(ranks(middle))) { low = middle } else { high = middle - 1 }
        }
        return settled(ranks(low))
    }
}
