public import Programs
public import Tensors

/// Another criterion on weights whose rows are scaled as the batch norm after the layer scales them, γ / √(σ² + ε).
///
/// What the network goes on with is the norm's result: a row that the norm makes larger counts for more. As LRPET folds it
/// (Guo et al., Low-rank projection with energy transfer, 2022, section III). It needs no data beside what the other criterion
/// needs; a layer that no batch norm follows is ranked as it is.
public struct NormFoldedCriterion: Criterion {
    /// `norm-folded` for raw values, `whitened-norm-folded` and so on for others.
    public let name: String
    private let base: any Criterion

    /// Makes the criterion.
    public init(_ base: any Criterion = RawCriterion()) {
        self.base = base
        name = (base is RawCriterion ? "" : "\(base.name)-") + "norm-folded"
    }

    /// What the other one needs.
    public var needsProfile: Bool { base.needsProfile }

    /// It reads the norms.
    public let needsNetwork = true

    /// What the other one needs.
    public var needsGradients: Bool { base.needsGradients }

    /// The other one's, since matrices alone have no norm.
    public func decomposition(of matrices: Tensor, profile: LayerProfile?) throws -> Decomposition {
        try base.decomposition(of: matrices, profile: profile)
    }

    /// The components of the scaled weight, brought back to the weight.
    public func decomposition(
        of site: WeightSite, in program: Program, profile: LayerProfile?
    ) throws -> Decomposition {
        let matrices = try site.matrices(in: program)
        guard let scale = try site.normScale(in: program) else {
            return try decomposition(of: matrices, profile: profile)
        }
        return try RowWeights(flooring: scale, blocks: site.matrices.blocks)
            .decomposition(of: matrices) { try base.decomposition(of: $0, profile: profile) }
    }

    /// As the other one compares layers.
    public func scores(_ values: [Double]) -> [Double] { base.scores(values) }
}

extension WeightSite {
    /// |γ| / √(σ² + ε) of the batch norm that alone reads the layer's result, `[channels]`; nil where there is none.
    func normScale(in program: Program) throws -> Tensor? {
        guard uses.count == 1, part == nil, let output = program.nodes[uses[0].node].output,
            let readers = program.readers[output], readers.count == 1
        else { return nil }
        let norm = program.nodes[readers[0]]
        guard norm.operation.name.contains("batch_norm"), norm.value("input") == output,
            let variance = norm.value("running_var"), case .double(let epsilon)? = norm["eps"]
        else { return nil }
        let spread = try program.tensor(variance.name).converted(to: .float64)
        guard hasRows(forChannels: spread.count, of: output, in: program) else { return nil }
        let deviation = try (spread + epsilon).squareRoot()
        guard let scale = norm.value("weight") else {
            return try Tensor.full([1], 1, type: .float64) / deviation
        }
        return try program.tensor(scale.name).converted(to: .float64).magnitude() / deviation
    }

    /// Whether the channels of the layer's result, its second dimension, are its rows, or each some of them.
    private func hasRows(forChannels count: Int, of output: Value, in program: Program) -> Bool {
        let rows = matrices.blocks * matrices.rows
        if form is any KernelForm { return rows % max(count, 1) == 0 }
        return form.putsRowsLast(uses[0].reading) && rows == count
            && program.type(of: output)?.tensor?.sizes.count == 2
    }
}
