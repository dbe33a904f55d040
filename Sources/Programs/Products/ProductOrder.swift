/// Chooses, for each weight that is a product of factors, which of the factors are multiplied with each
/// other first (weight space), and which with the input one after the other (activation space).
///
/// All ways compute the same function of the same parameters; which costs least depends on the batch.
public struct ProductOrder: Rewrite {
    /// The number of examples in a batch.
    public let batch: Int
    /// How ways are chosen.
    public let choice: ProductChoice
    /// Ways that were chosen before, which stand where the weight's widths are the same.
    public let schedule: ProductSchedule

    /// Chooses for batches of this size.
    public init(
        batch: Int, choosing choice: ProductChoice = .modelled,
        replaying schedule: ProductSchedule = ProductSchedule()
    ) {
        self.batch = batch
        self.choice = choice
        self.schedule = schedule
    }

    /// Rewrites the layers where all factors multiplied first are not the best way.
    public func apply(to program: Program) throws -> Rewritten {
        try applied(to: program).rewritten
    }

    /// The same, with the ways that were chosen.
    public func applied(to program: Program) throws -> (
        rewritten: Rewritten, schedule: ProductSchedule
    ) {
        var result = program
        result.nodes = []
        var chosen = ProductSchedule()
        var timer = choice == .measured ? ProductTimer(program, batch: batch) : nil
        let context = WeightContext(program)
        for node in program.nodes {
            guard let layer = ProductLayer(node, in: context),
                let way = way(of: layer, in: program, &timer)
            else {
                result.nodes.append(node)
                continue
            }
            chosen.ways[layer.reading.value.name] = ProductSchedule.Way(
                widths: layer.widths, runs: way.map(\.count))
            layer.append(way, to: &result)
        }
        return (
            Rewritten(try result.withoutUnused().propagated(), from: program, changes: []), chosen
        )
    }

    /// The factors in runs that are multiplied with each other; nil where a size is not known.
    private func way(
        of layer: ProductLayer, in program: Program, _ timer: inout ProductTimer?
    ) -> [Range<Int>]? {
        let known = schedule.ways[layer.reading.value.name]
        if let way = known?.segments(of: layer.widths) { return way }
        guard let costs = layer.costs(in: program, batch: batch), let least = costs.first else {
            return nil
        }
        // Beyond twice the arithmetic no way has been seen to be faster.
        let near = costs.prefix { $0.macs <= 2 * least.macs }.prefix(Self.mostTimed).map(\.way)
        return timer?.fastest(of: near, for: layer) ?? least.way
    }

    /// How many ways of a layer are timed: with six factors there are 32.
    private static let mostTimed = 4
}

extension String {
    /// The text with everything but letters, digits and underscores replaced by underscores.
    public var identifier: String {
        let letters = map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return (letters.first?.isNumber ?? true ? "_" : "") + String(letters)
    }
}
