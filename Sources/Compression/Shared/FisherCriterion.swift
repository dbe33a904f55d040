public import Tensors

/// Another criterion on weights whose rows are scaled by the root of their mean squared gradients.
///
/// Y.-C. Hsu et al., Language model compression with weighted low-rank factorization (FWSVD), ICLR 2022, section 4: an estimate of
/// the Fisher information, summed over each row, tells how much the loss feels an error in it. There the rows of a weight
/// `[inputs, outputs]` are taken; here its outputs, since a whitened criterion knows the inputs already.
public struct FisherCriterion: Criterion {
    /// `fisher` for relative values, `whitened-fisher` and so on for others.
    public let name: String
    /// It reads what a labelled calibration saw.
    public let needsProfile = true
    /// It reads gradients.
    public let needsGradients = true
    private let base: any Criterion

    /// Makes the criterion.
    public init(_ base: any Criterion = RelativeCriterion()) {
        self.base = base
        name = (base is RelativeCriterion ? "" : "\(base.name)-") + "fisher"
    }

    /// The components of the scaled weight, brought back to the weight.
    public func decomposition(of matrices: Tensor, profile: LayerProfile?) throws -> Decomposition {
        guard let gradients = profile?.squaredGradients else {
            throw CompressionError(
                .data,
                "the criterion \(name) needs labelled examples: pass --data with labels, or use "
                    + "whitened")
        }
        // Where the loss feels no row at all, all rows count alike.
        guard try gradients.maximum().item() > 0 else {
            return try base.decomposition(of: matrices, profile: profile)
        }
        return try RowWeights(flooring: gradients.squareRoot(), blocks: matrices.shape[0])
            .decomposition(of: matrices) { try base.decomposition(of: $0, profile: profile) }
    }

    /// As the other one compares layers.
    public func scores(_ values: [Double]) -> [Double] { base.scores(values) }
}
