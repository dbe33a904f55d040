public import Datasets
public import Programs
import Tensors

/// What calibration saw of one layer's inputs.
public struct LayerProfile: Sendable {
    /// The second moments E[x·xᵀ] of what the weight's matrices are multiplied with.
    public let moments: Moments
    /// The number of inputs that were seen.
    public let applications: Int

    /// Makes a profile from its parts.
    public init(moments: Moments, applications: Int) {
        self.moments = moments
        self.applications = applications
    }
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
        var sums: [String: (moments: Moments, count: Int)] = [:]
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
                moments: try sum.moments.map { try $0 * (1 / Double(max(sum.count, 1))) },
                applications: sum.count)
        }
        self.examples = examples.count
    }

    private static func add(
        _ site: WeightSite, _ program: Program, _ values: [Value: Tensor],
        to sums: inout [String: (moments: Moments, count: Int)]
    ) throws {
        for index in site.nodes {
            let node = program.nodes[index]
            guard let input = site.form.input(of: node).flatMap({ values[$0] }) else { continue }
            let (moments, count) = try site.form.moments(of: input, in: node, shape: site.shape)
            let before = sums[site.name]
            sums[site.name] = (
                try before.map { try $0.moments + moments } ?? moments,
                (before?.count ?? 0) + count
            )
        }
    }
}

extension Moments {
    /// The moments with their tensor replaced.
    fileprivate func map(_ transform: (Tensor) throws -> Tensor) rethrows -> Moments {
        switch self {
        case .full(let tensor): .full(try transform(tensor))
        case .diagonal(let tensor): .diagonal(try transform(tensor))
        }
    }

    private var tensor: Tensor {
        switch self {
        case .full(let tensor), .diagonal(let tensor): tensor
        }
    }

    /// The sum of moments of one kind.
    fileprivate static func + (left: Moments, right: Moments) throws -> Moments {
        try left.map { try $0 + right.tensor }
    }
}
