import Foundation
public import Programs
import Tensors

/// What `inspect` tells of one weight.
public struct LayerReport: Sendable, Codable {
    /// The weight's name.
    public let name: String
    /// How it is read, `linear` for example.
    public let kind: String
    /// The weight's shape.
    public let shape: [Int]
    /// Its elements.
    public let parameters: Int
    /// The multiply-accumulates for one example of the nodes that read it; nil where not known.
    public let macs: Int?
    /// The largest singular value.
    public let largestSingularValue: Double
    /// Σσ² / σ₁² (Rudelson and Vershynin, 2007).
    public let stableRank: Double
    /// e to the entropy of σ / Σσ (Roy and Vetterli, 2007).
    public let effectiveRank: Double
    /// The smallest rank that keeps 99 % of Σσ².
    public let rankAt99Energy: Int
    /// The largest rank at which two factors have fewer elements.
    public let breakEvenRank: Int

    /// Reports on all weights of a network.
    public static func all(of program: Program) throws -> [LayerReport] {
        try program.weightSites.map { site in
            let values = try Decomposition(of: site.matrices(in: program)).values
            let macs = site.nodes.map { program.macs(of: program.nodes[$0]) }
            return LayerReport(
                site, values, macs: macs.contains(nil) ? nil : macs.reduce(0) { $0 + ($1 ?? 0) })
        }
    }

    private init(_ site: WeightSite, _ values: [Double], macs: Int?) {
        name = site.name
        kind = site.form.name
        shape = site.shape
        parameters = site.matrices.count
        self.macs = macs
        let largest = values.first ?? 0
        let energy = values.reduce(0) { $0 + $1 * $1 }
        largestSingularValue = largest
        stableRank = largest > 0 ? energy / (largest * largest) : 0
        effectiveRank = Self.effectiveRank(values)
        let spectrum = LayerSpectrum(
            matrices: site.matrices, values: values, scores: values)
        rankAt99Energy = EnergyThreshold(0.99).ranks(for: [spectrum], otherParameters: 0)[0]
        breakEvenRank = site.matrices.breakEvenRank
    }

    private static func effectiveRank(_ values: [Double]) -> Double {
        let sum = values.reduce(0, +)
        guard sum > 0 else { return 0 }
        let entropy = values.reduce(0.0) { total, value in
            let share = value / sum
            return share > 0 ? total - share * log(share) : total
        }
        return exp(entropy)
    }
}
