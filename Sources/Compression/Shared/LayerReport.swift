import OrderedCollections
public import Programs
public import Tensors

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

    /// Reports on all weights of a network whose values are finite.
    public static func all(of program: Program) throws -> [LayerReport] {
        try program.weightSites.compactMap { site in
            guard try site.matrices(in: program).isFinite() else { return nil }
            let spectrum = try Spectrum(joining: site.matrices(in: program))
            return LayerReport(site, spectrum, macs: site.macs(in: program))
        }
    }

    /// Reports on a tensor of a file of weights, read as the matrix of its first axis and all others.
    ///
    /// - Returns: nil for vectors and numbers, and where values are not finite.
    public static func tensor(_ name: String, _ tensor: Tensor) throws -> LayerReport? {
        guard tensor.rank >= 2, tensor.count > 0, tensor.scalarType.isFloatingPoint,
            try tensor.isFinite()
        else { return nil }
        let shape = MatrixShape(
            blocks: 1, rows: tensor.shape[0], columns: tensor.count / tensor.shape[0])
        let matrix = try tensor.reshaped(to: [1, shape.rows, shape.columns])
        return LayerReport(
            name, "tensor", tensor.shape, shape, try Spectrum(joining: matrix), macs: nil)
    }

    private init(_ site: WeightSite, _ spectrum: Spectrum, macs: Int?) {
        self.init(site.name, site.form.name, site.shape, site.matrices, spectrum, macs: macs)
    }

    private init(
        _ name: String, _ kind: String, _ shape: [Int], _ matrices: MatrixShape,
        _ spectrum: Spectrum, macs: Int?
    ) {
        self.name = name
        self.kind = kind
        self.shape = shape
        parameters = matrices.count
        self.macs = macs
        largestSingularValue = spectrum.values.first ?? 0
        stableRank = spectrum.stableRank
        effectiveRank = spectrum.effectiveRank
        rankAt99Energy = spectrum.rank(keeping: 0.99)
        singularValues = spectrum.values
        breakEvenRank = matrices.breakEvenRank
    }
}
