import Programs

extension AllocationProblem {
    /// The problem of cutting a network to a budget.
    ///
    /// - Throws: where what the budget limits is not known of the network.
    init(
        of program: Program, keeping budget: Budget, from spectra: Spectra,
        _ options: AllocationOptions, allowed: Double? = nil
    ) throws {
        self.init(
            spectra.layers.map(\.spectrum),
            costs: try .counting(budget.measure ?? .parameters, of: program, spectra, options),
            budget: budget, allowed: allowed, rankMultiple: options.rankMultiple)
    }
}

extension CostTable {
    /// What the layers of a network take.
    ///
    /// - Throws: where times are asked for and were not measured, or the multiply-accumulates are not known.
    static func counting(
        _ measure: Measure, of program: Program, _ spectra: Spectra, _ options: AllocationOptions
    ) throws -> CostTable {
        switch measure {
        case .parameters: return parameters(of: program, spectra)
        case .macs: return try macs(of: program, spectra)
        case .bytes: return try bytes(of: program, spectra)
        case .seconds:
            guard let latencies = options.latencies else {
                throw CompressionError(
                    .data, "a choice by time needs measured times: make a LatencyTable first")
            }
            return try latencies.costs(of: spectra)
        }
    }

    private static func parameters(of program: Program, _ spectra: Spectra) -> CostTable {
        let layers = spectra.layers.map(\.spectrum)
        let others = program.cost.parameters - layers.reduce(0) { $0 + $1.matrices.count }
        return parameters(of: layers, others: others)
    }
}
