import OrderedCollections
public import Programs
import Tensors

/// What `inspect` tells of one weight.
///
/// The matrices of a grouped convolution are cut to one rank: its spectrum joins theirs.
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
    /// The singular values, falling, one a rank.
    public let singularValues: [Double]
    /// The largest rank at which two factors have fewer elements.
    public let breakEvenRank: Int

    /// Reports on all weights of a network.
    public static func all(of program: Program) throws -> [LayerReport] {
        try program.weightSites.map { site in
            let spectrum = try Spectrum(joining: site.matrices(in: program))
            return LayerReport(site, spectrum, macs: site.macs(in: program))
        }
    }

    private init(_ site: WeightSite, _ spectrum: Spectrum, macs: Int?) {
        name = site.name
        kind = site.form.name
        shape = site.shape
        parameters = site.matrices.count
        self.macs = macs
        largestSingularValue = spectrum.values.first ?? 0
        stableRank = spectrum.stableRank
        effectiveRank = spectrum.effectiveRank
        rankAt99Energy = spectrum.rank(keeping: 0.99)
        singularValues = spectrum.values
        breakEvenRank = site.matrices.breakEvenRank
    }
}
