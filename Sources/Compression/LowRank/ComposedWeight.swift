import Foundation
import Programs
import Tensors

/// A composed weight with its factors, F(N-1) · … · F(0), as matrices.
struct ComposedWeight {
    private let site: WeightSite
    private let names: [String]
    private let storages: [FactorStorage]
    private let program: Program

    /// Finds the widths of factors.
    ///
    /// - Parameters:
    ///   - site: the weight in the merged network.
    ///   - names: its factors' names, the one next to the input first; one at least.
    ///   - program: the composed network.
    init(_ site: WeightSite, _ names: [String], in program: Program) throws {
        self.site = site
        self.names = names
        self.program = program
        var widths = [site.matrices.columns]
        for name in names.dropLast() {
            // A factor has its outputs from its size.
            let count = try program.tensor(name).count
            widths.append(count / site.matrices.blocks / widths[widths.count - 1])
        }
        storages = Self.storages(site, widths + [site.matrices.rows])
    }

    /// The widths between the factors, next to the input first.
    var innerWidths: [Int] { storages.dropLast().map { $0.layout.matrices.rows } }

    private static func storages(_ site: WeightSite, _ widths: [Int]) -> [FactorStorage] {
        zip(widths, widths.dropFirst()).enumerated().map { index, size in
            site.storage(
                of: MatrixShape(blocks: site.matrices.blocks, rows: size.1, columns: size.0),
                at: ChainPlace(index, of: widths.count - 1))
        }
    }

    /// A factor's matrices, `[blocks, outputs, inputs]`.
    private func matrices(_ index: Int, _ type: ScalarType) throws -> Tensor {
        try storages[index].layout.matrices(
            of: program.tensor(names[index]).converted(to: type))
    }
}

// MARK: Cutting

extension ComposedWeight {
    /// What is left of the factors.
    struct Cut {
        /// The factors' names.
        let names: [String]
        /// How each is stored.
        let storages: [FactorStorage]
        /// The maps to them, by name; none where nothing is cut.
        var projections: [String: Projection] = [:]
        /// Why.
        var reason = ""
    }

    /// The factors without the directions that are dead, where those are enough.
    ///
    /// - Parameters:
    ///   - tolerance: how much of the product's norm may go.
    ///   - leastGain: the share of all inner widths that has to be dead.
    func withoutDead(_ tolerance: Double, leastGain: Double) throws -> Cut {
        let kept = Cut(names: names, storages: storages)
        let all = innerWidths.reduce(0, +)
        guard names.count > 1, tolerance > 0,
            try isWorthLooking(tolerance, leastGain)
        else { return kept }
        var factors = try names.indices.map { try matrices($0, .float64) }
        let norm = try InnerBasis.product(factors[...]).norm().item()
        // Each place is looked at with those before it cut already: what goes at each then adds up to what goes in all.
        let bases = try innerWidths.indices.map { place in
            let basis = try InnerBasis(factors, at: place, bound: bound(tolerance))
                .living(within: tolerance * norm / Double(innerWidths.count))
            if let basis {
                factors[place] = try matmul(basis.transposed(), factors[place])
                factors[place + 1] = try matmul(factors[place + 1], basis)
            }
            return basis
        }
        let left = zip(innerWidths, bases).map { $1?.shape[2] ?? $0 }
        guard Double(all - left.reduce(0, +)) >= leastGain * Double(all) else { return kept }
        return try cut(to: left, bases)
    }

    /// Whether enough is dead next to the first factor: values alone, in single precision, cost little.
    private func isWorthLooking(_ tolerance: Double, _ leastGain: Double) throws -> Bool {
        let width = innerWidths[0]
        let sum = try InnerBasis.sum(matrices(0, .float32), matrices(1, .float32))
        guard try sum.isFinite() else { return false }
        let alive = InnerBasis.count(
            above: bound(tolerance),
            of: try sum.symmetricEigenvalues().elements(Float.self).map {
                Double($0)
            }, width: width)
        return Double(width - alive) >= leastGain * Double(width)
    }

    /// The share of a place's largest eigenvalue below which a direction counts as dead on both sides: its singular value
    /// is then ten times the tolerance at most, and what goes in all is bounded by the tolerance itself.
    private func bound(_ tolerance: Double) -> Double {
        pow(10 * tolerance, 2 / Double(names.count))
    }

    private func cut(to widths: [Int], _ bases: [Tensor?]) throws -> Cut {
        let after = Self.storages(site, [site.matrices.columns] + widths + [site.matrices.rows])
        let text = { (widths: [Int]) in widths.map { "\($0)" }.joined(separator: ", ") }
        var cut = Cut(names: names, storages: after)
        cut.reason = "inner widths \(text(innerWidths)) are now \(text(widths)): the rest had died"
        for index in names.indices {
            let (below, above) = (
                index > 0 ? bases[index - 1] : nil, index < bases.count ? bases[index] : nil
            )
            guard below != nil || above != nil else { continue }
            cut.projections[names[index]] = Projection(
                from: storages[index], to: after[index], left: try above?.transposed(),
                right: below)
        }
        return cut
    }
}
