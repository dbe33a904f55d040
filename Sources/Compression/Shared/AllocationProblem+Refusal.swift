extension AllocationProblem {
    /// Throws where not even the cheapest ranks meet the budget.
    func requireReachable() throws {
        guard let allowed, !fits(least) else { return }
        let (least, dense) = (costs.cost(of: least), costs.dense)
        let smallest = budget.smallest(allowing: least, of: dense)
        let ranks =
            rankMultiple == 1
            ? "the lowest ranks take" : "the lowest ranks, multiples of \(rankMultiple), take"
        throw CompressionError(
            .budget,
            "\(budget) allows \(text(allowed)) of \(text(dense)) \(costs.measure.name), and \(ranks) "
                + "\(text(least)): the smallest budget is \(smallest), of which \(binding)")
    }

    /// What takes most of the smallest budget.
    private var binding: String {
        let least = least
        var parts = layers.indices.map { index in
            (cost: costs.layers[index][least[index]], name: layers[index].name)
        }
        parts.append((costs.others, "what has no rank"))
        let largest = parts.enumerated().sorted {
            ($1.element.cost, $0.offset) < ($0.element.cost, $1.offset)
        }
        let named = largest.prefix(3).map(\.element).filter { $0.cost > 0 }
        return named.map { "\($0.name) takes \(text($0.cost))" }.joined(separator: ", ")
    }

    private func text(_ amount: Double) -> String {
        costs.measure == .seconds
            ? "\((amount * 1e6).rounded() / 1e3)" : "\(Int(amount.rounded(.up)))"
    }
}

extension CostTable.Measure {
    /// The word for amounts of it, times in milliseconds.
    var name: String {
        switch self {
        case .parameters: "parameters"
        case .bytes: "bytes"
        case .macs: "multiply-accumulates"
        case .seconds: "ms"
        }
    }
}
