/// Chooses, for each weight that is a product of factors, which of the factors are multiplied with each
/// other first (weight space), and which with the input one after the other (activation space).
///
/// All ways compute the same function of the same parameters; which costs least depends on the batch. The one
/// with the fewest multiply-accumulates is taken, of equals the one with the fewest layers.
public struct ProductOrder: Rewrite {
    /// The number of examples in a batch.
    public let batch: Int

    /// Chooses for batches of this size.
    public init(batch: Int) { self.batch = batch }

    /// Rewrites the layers where all factors multiplied first are not the cheapest.
    public func apply(to program: Program) throws -> Rewritten {
        var result = program
        result.nodes = []
        let context = WeightContext(program)
        for node in program.nodes {
            let readings = context.readings(of: node)
            guard readings.count == 1, case let (form, reading) = readings[0], form.takesFactors,
                form.keepsGradients(in: node),
                let chain = FactorChain(of: reading, in: context),
                let segments = cheapestSegments(chain, form, node, program), segments.count > 1
            else {
                result.nodes.append(node)
                continue
            }
            append(node, form, reading, chain, segments, to: &result)
        }
        return Rewritten(try result.withoutUnused().propagated(), from: program, changes: [])
    }

    /// The factors in runs that are multiplied with each other; nil where a size is not known.
    private func cheapestSegments(
        _ chain: FactorChain, _ form: any WeightForm, _ node: Node, _ program: Program
    ) -> [Range<Int>]? {
        let rows = chain.blocks * (chain.factors.last?.outputs ?? 0)
        guard
            let positions = program.elements(of: node.output, at: ["batch": batch])
                .map({ $0 / max(rows, 1) })
        else { return nil }
        let count = chain.factors.count
        // Each bit of a mask is a cut between two neighbours.
        let ways = (0..<(1 << (count - 1))).map { mask -> [Range<Int>] in
            let cuts = [0] + (1..<count).filter { mask >> ($0 - 1) & 1 == 1 } + [count]
            return zip(cuts, cuts.dropFirst()).map { $0..<$1 }
        }
        let costs = ways.map { segments in
            segments.reduce(0) { total, segment in
                let product = chain.matrices(of: segment)
                let each =
                    segment.lowerBound == 0
                    ? form.firstFactorMACs(outputs: product.rows, inputs: product.columns)
                    : product.rows * product.columns
                return total + chain.macs(multiplying: segment) + positions * chain.blocks * each
            }
        }
        return zip(ways, costs).min {
            $0.1 != $1.1 ? $0.1 < $1.1 : $0.0.count < $1.0.count
        }?.0
    }

    private func append(
        _ node: Node, _ form: any WeightForm, _ reading: WeightReading, _ chain: FactorChain,
        _ segments: [Range<Int>], to program: inout Program
    ) {
        func fresh(_ stem: String) -> Value {
            let name = program.freshName(stem)
            program.types[name] = .scalar(.unknown)
            return name
        }
        let stem = reading.value.name.identifier
        var factors: [FactorChain.Factor] = []
        for segment in segments {
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

extension String {
    /// The text with everything but letters, digits and underscores replaced by underscores.
    public var identifier: String {
        let letters = map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return (letters.first?.isNumber ?? true ? "_" : "") + String(letters)
    }
}
