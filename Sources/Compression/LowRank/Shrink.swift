import OrderedCollections
public import Programs
import Tensors
public import Training

/// Cuts directions that have died from the inner widths of composed weights, so that training gets cheaper as it goes.
///
/// Between two factors F₂·F₁ an orthogonal change of basis, F₂·Q and Qᵀ·F₁, changes neither the product nor the factors'
/// norms, and gradients and momenta turn with them: training goes on as before. Q is chosen so that F₂ᵀF₂ and F₁F₁ᵀ, each
/// over its trace, are diagonal in their sum. A direction is dead where its part of that sum is small, so that both
/// factors have lost it and neither can bring it back, and where the product does not notice: all that is cut changes the
/// product by at most ``tolerance`` of its norm, shared among the places between factors. With N balanced factors a
/// singular value σ has σ^(2/N) there.
///
/// The tolerance of 1e-5 is what products of floats are accurate to: sums of some hundred terms, each rounded to 2^-24.
public struct Shrink: Rewrite, TrainingHook {
    /// How much of a weight's norm what is cut from it may be, 0 ..< 1.
    public let tolerance: Double

    /// The share of a weight's inner widths that has to be dead before anything is cut: a new Program has its price.
    static let leastGain = 0.125

    /// Makes the rewrite.
    ///
    /// - Precondition: `tolerance` is from 0 to below 1.
    public init(tolerance: Double = 1e-5) {
        precondition((0..<1).contains(tolerance), "a tolerance of \(tolerance)")
        self.tolerance = tolerance
    }

    /// Cuts the dead directions of every composed weight that has enough of them.
    public func apply(to program: Program) throws -> Rewritten {
        let unchanged = Rewritten(program, from: program, changes: [])
        guard let values = program.marks[Compose.mark] else { return unchanged }
        // The merged network is looked at for its structure alone.
        let merged = try program.folding(values, in: .float32)
        let weights = merged.weightSites.joinedByParameter.filter { sites in
            !Compose.factorNames(of: sites[0], 0, in: program).isEmpty
        }
        let cuts = try weights.map { sites in
            try sites.enumerated().map { index, site in
                try ComposedWeight(
                    site, Compose.factorNames(of: site, index, in: program), in: program
                ).withoutDead(tolerance, leastGain: Self.leastGain)
            }
        }
        guard cuts.contains(where: { $0.contains { !$0.projections.isEmpty } }) else {
            return unchanged
        }
        return try composed(merged, of: program, zip(weights, cuts))
    }

    /// The network composed of the factors that are left.
    private func composed(
        _ merged: Program, of program: Program,
        _ cuts: some Sequence<([WeightSite], [ComposedWeight.Cut])>
    ) throws -> Rewritten {
        var result = merged
        var products: [Int: [Node]] = [:]
        var projections: [String: Projection] = [:]
        var changes: [Change] = []
        for (sites, cuts) in cuts {
            var product = WeightProduct(of: sites)
            for cut in cuts {
                let factors = try zip(cut.names, cut.storages).map { name, storage in
                    let old = try program.tensor(name)
                    let new = try cut.projections[name].map { try $0(old) } ?? old
                    return (name, StoredTensor(.parameter, new), storage)
                }
                product.add(factors)
                projections.merge(cut.projections) { $1 }
                changes += cut.projections.keys.map { Change($0, .projected, reason: cut.reason) }
            }
            let (nodes, reader) = try product.replace(in: &result)
            products[reader, default: []] += nodes
            result.marks[Compose.mark, default: []].append(Value(sites[0].parameter))
        }
        result.nodes = merged.nodes.enumerated().flatMap { (products[$0] ?? []) + [$1] }
        return Rewritten(
            try result.propagated(), from: program, changes: changes, projections: projections)
    }

    /// Cuts what has died in the epoch.
    public mutating func epochEnded(
        _ progress: TrainingProgress, program: Program
    ) throws -> Rewritten? {
        let rewritten = try withoutGradients { try apply(to: program) }
        return rewritten.projections.isEmpty ? nil : rewritten
    }
}
