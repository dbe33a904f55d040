public import Datasets
public import Programs
public import Tensors

/// What calibration saw of one layer's inputs.
public struct LayerProfile: Sendable {
    /// The second moments E[x·xᵀ] of the inputs, `[columns, columns]`, in double precision.
    public let moments: Tensor
    /// The number of inputs that were seen.
    public let applications: Int
}

/// What calibration saw of a network: one profile for each weight, filled in one pass.
///
/// Criteria and allocators read profiles and never run the network themselves.
public struct Profile: Sendable {
    /// The layers' profiles by the weight's name.
    public let layers: [String: LayerProfile]
    /// The number of examples that were seen.
    public let examples: Int

    /// Runs a network over examples and gathers the inputs of all its weights.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - examples: what to run, unlabelled examples too; 2,048 training examples are usual.
    ///   - batchSize: how many at once.
    public init(of program: Program, on examples: Examples, batchSize: Int = 256) throws {
        let sites = program.weightSites
        let runner = try Runner(program)
        var sums: [String: (moments: Tensor, count: Int)] = [:]
        var generator = Generator(seed: 0)
        let wanted = sites.flatMap { site in
            site.nodes.compactMap { site.form.input(of: program.nodes[$0]) }
        }
        for start in stride(from: 0, to: examples.count, by: batchSize) {
            let batch = try examples.batch(start..<min(start + batchSize, examples.count))
            try withoutGradients {
                let run = try runner.run(
                    [batch.inputs], mode: .inference, wanted: wanted, generator: &generator)
                for site in sites { try Self.add(site, program, run.values, to: &sums) }
            }
        }
        layers = try sums.mapValues { sum in
            LayerProfile(
                moments: try sum.moments * (1 / Double(max(sum.count, 1))), applications: sum.count)
        }
        self.examples = examples.count
    }

    private static func add(
        _ site: WeightSite, _ program: Program, _ values: [Value: Tensor],
        to sums: inout [String: (moments: Tensor, count: Int)]
    ) throws {
        for index in site.nodes {
            let node = program.nodes[index]
            guard let input = site.form.input(of: node).flatMap({ values[$0] }) else { continue }
            let rows = try site.form.applications(of: input, in: node).converted(to: .float64)
            let moments = try matmul(rows.transposed(), rows)
            let before = sums[site.parameter]
            sums[site.parameter] = (
                try before.map { try $0.moments + moments } ?? moments,
                (before?.count ?? 0) + rows.shape[0]
            )
        }
    }
}
