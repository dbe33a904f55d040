public import Datasets
import OrderedCollections
public import Programs
public import Tensors
import Training

/// What calibration saw of one layer's inputs.
public struct LayerProfile: Sendable {
    /// The second moments E[x·xᵀ] of what the weight's matrices are multiplied with.
    public let moments: Moments
    /// The number of inputs that were seen.
    public let applications: Int
    /// The second moments of what the transposed matrices are multiplied with, where a node reads those too.
    public let transposedMoments: Moments?
    /// The mean squared gradients of the loss, summed over each row, `[blocks, rows]`, in double precision; nil where the
    /// examples were not looked at for them.
    public let squaredGradients: Tensor?

    /// Whether every moment is a number.
    var isFinite: Bool {
        get throws {
            try moments.tensor.isFinite() && transposedMoments?.tensor.isFinite() ?? true
        }
    }

    /// Makes a profile from its parts.
    public init(
        moments: Moments, applications: Int, transposedMoments: Moments? = nil,
        squaredGradients: Tensor? = nil
    ) {
        self.moments = moments
        self.applications = applications
        self.transposedMoments = transposedMoments
        self.squaredGradients = squaredGradients
    }

    /// What the matrices of a site's split are multiplied with.
    func read(by site: WeightSite) throws -> LayerProfile {
        guard site.split != .channel, case .full(let tensor) = moments else { return self }
        return LayerProfile(
            moments: .full(try site.split.moments(tensor, of: site.uses[0].reading)),
            applications: applications, squaredGradients: squaredGradients)
    }

    /// The profile with the gradients replaced.
    func with(squaredGradients: Tensor) -> LayerProfile {
        LayerProfile(
            moments: moments, applications: applications, transposedMoments: transposedMoments,
            squaredGradients: squaredGradients)
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

    init(layers: [String: LayerProfile], examples: Int) {
        self.layers = layers
        self.examples = examples
    }

    /// Runs a network over examples and gathers the inputs of all its weights.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - examples: what to run, unlabelled examples too; 2,048 training examples are usual.
    ///   - batchSize: how many at once, where the network takes any number.
    /// - Throws: where a value on the way is not finite, naming the weight that would read it.
    public init(of program: Program, on examples: Examples, batchSize: Int = 256) throws {
        try program.requireFinite()
        let sites = program.weightSites
        let runner = try Runner(program)
        var sums: [String: Sums] = [:]
        var generator = Generator(seed: 0)
        let wanted = Set(
            sites.flatMap { site in
                site.uses.flatMap { $0.form.inputs(of: program.nodes[$0.node]) }
            }
        ).filter { program.tensors[$0.name] == nil }
        let size = try examples.batchSize(batchSize, for: program)
        for start in stride(from: 0, to: examples.count, by: size) {
            let batch = try examples.batch(start..<min(start + size, examples.count))
            try withoutGradients {
                let run = try runner.run(
                    batch.all, mode: .inference, wanted: Array(wanted), generator: &generator)
                for site in sites {
                    try sums[site.name, default: Sums()].add(site, program, run.values)
                }
            }
        }
        let layers = try sums.compactMapValues { try $0.profile }
        let odd = try sites.first { site in
            try layers[site.name].map { try !$0.isFinite } ?? false
        }
        if let odd {
            throw CompressionError(
                .data,
                "what \(odd.name) reads is not finite on the calibration examples; look for NaNs in the data, or "
                    + "at the network with swiftlet verify")
        }
        self.layers = layers
        self.examples = examples.count
    }

    /// What was seen of one weight so far.
    private struct Sums {
        private var plain: (moments: Moments, count: Int)?
        private var transposed: (moments: Moments, count: Int)?

        /// Adds what all uses of a site saw in a run.
        mutating func add(
            _ site: WeightSite, _ program: Program, _ values: [Value: Tensor]
        ) throws {
            for use in site.uses {
                let node = program.nodes[use.node]
                let found = try use.form.moments(of: use.reading, in: node) { value in
                    try values[value] ?? program.tensor(value.name)
                }
                let before = use.isTransposed ? transposed : plain
                let sum = (
                    moments: try before.map { try $0.moments + found.sum } ?? found.sum,
                    count: (before?.count ?? 0) + found.count
                )
                if use.isTransposed { transposed = sum } else { plain = sum }
            }
        }

        var profile: LayerProfile? {
            get throws {
                func mean(_ sum: (moments: Moments, count: Int)) throws -> Moments {
                    try sum.moments.map { try $0 * (1 / Double(max(sum.count, 1))) }
                }
                return try plain.map {
                    LayerProfile(
                        moments: try mean($0), applications: $0.count,
                        transposedMoments: try transposed.map(mean))
                }
            }
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

    fileprivate var tensor: Tensor {
        switch self {
        case .full(let tensor), .diagonal(let tensor): tensor
        }
    }

    /// The sum of moments of one kind.
    fileprivate static func + (left: Moments, right: Moments) throws -> Moments {
        try left.map { try $0 + right.tensor }
    }
}
