/// A node that reads the product of factors, in a form that takes them one after the other too.
struct ProductLayer {
    let node: Node
    let form: any WeightForm
    let reading: WeightReading
    let chain: FactorChain

    /// Looks at a node; nil where it is no such node.
    init?(_ node: Node, in context: WeightContext) {
        let readings = context.readings(of: node)
        guard readings.count == 1, case let (form, reading) = readings[0], form.takesFactors,
            form.keepsGradients(in: node), let chain = FactorChain(of: reading, in: context)
        else { return nil }
        self.node = node
        self.form = form
        self.reading = reading
        self.chain = chain
    }

    /// The factors' widths from the input to the output.
    var widths: [Int] { [chain.factors[0].inputs] + chain.factors.map(\.outputs) }

    /// All ways with their multiply-accumulates, the cheapest first; nil where a size is not known.
    func costs(in program: Program, batch: Int) -> [(way: [Range<Int>], macs: Int)]? {
        let rows = chain.blocks * (chain.factors.last?.outputs ?? 0)
        guard let elements = program.elements(of: node.output, at: ["batch": batch]) else {
            return nil
        }
        let positions = elements / max(rows, 1)
        let count = chain.factors.count
        // Each bit of a mask is a cut between two neighbours.
        let ways = (0..<(1 << (count - 1))).map { mask -> [Range<Int>] in
            let cuts = [0] + (1..<count).filter { mask >> ($0 - 1) & 1 == 1 } + [count]
            return zip(cuts, cuts.dropFirst()).map { $0..<$1 }
        }
        return ways.enumerated().map { (index: $0, way: $1, macs: macs($1, positions)) }
            .sorted { ($0.macs, $0.way.count, $0.index) < ($1.macs, $1.way.count, $1.index) }
            .map { ($0.way, $0.macs) }
    }

    private func macs(_ way: [Range<Int>], _ positions: Int) -> Int {
        way.reduce(0) { total, segment in
            let product = chain.matrices(of: segment)
            let each =
                segment.lowerBound == 0
                ? form.firstFactorMACs(outputs: product.rows, inputs: product.columns)
                : product.rows * product.columns
            return total + chain.macs(multiplying: segment) + positions * chain.blocks * each
        }
    }

    /// Appends the nodes of a way: the node itself where all factors are multiplied first, as they are already.
    func append(_ way: [Range<Int>], to program: inout Program) {
        guard way.count > 1 else {
            program.nodes.append(node)
            return
        }
        func fresh(_ stem: String) -> Value {
            let name = program.freshName(stem)
            program.types[name] = .scalar(.unknown)
            return name
        }
        let stem = reading.value.name.identifier
        var factors: [FactorChain.Factor] = []
        for segment in way {
            guard segment.count > 1 else {
                factors.append(chain.factors[segment.lowerBound])
                continue
            }
            let product = fresh("\(stem)_\(segment.lowerBound)_to_\(segment.upperBound - 1)")
            let place = ChainPlace(
                isFirst: segment.lowerBound == 0,
                isLast: segment.upperBound == chain.factors.count)
            let storage = form.storage(of: chain.matrices(of: segment), at: place, of: reading)
            program.nodes += chain.nodes(multiplying: segment, into: product, stored: storage)
            factors.append(FactorChain.Factor(product, stored: storage))
        }
        program.nodes += FactorChain(factors).nodes(
            applyingTo: node, by: form, reading, fresh: fresh)
    }
}
