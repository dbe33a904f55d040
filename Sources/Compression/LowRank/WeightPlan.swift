public import Interchange
import Programs

/// Which tensors of a file of weights are cut to two factors, the network that they are of unknown.
///
/// A tensor of two axes is a matrix `[outputs, inputs]`, one of three to five axes `[outputs, inputs / groups, k…]`
/// the matrix `[outputs, rest]` of a convolution. W = second · first, at the rank that the budget allows, where that
/// has fewer elements; everything else stays. Whether a table is an embedding, a linear layer is kept transposed or a
/// convolution has groups cannot be seen without a graph; the factors multiply back to the weight in any case.
///
/// One tensor is in memory at a time: a file may be larger than memory.
public struct WeightPlan: Sendable {
    /// What becomes of one tensor of the file.
    public struct Entry: Sendable {
        /// The tensor's name.
        public let name: String
        /// The type of its elements as the file has it.
        public let typeName: String
        /// Its sizes, slowest axis first.
        public let shape: [Int]
        /// The sort of change.
        public internal(set) var outcome: Outcome
        /// Why.
        public internal(set) var reason: String
        /// The share of the sum of its squared singular values that is lost, from 0 to 1.
        public internal(set) var droppedEnergy = 0.0
    }

    /// The sort of change.
    public enum Outcome: Hashable, Sendable {
        /// The same elements under the same name.
        case kept
        /// The same elements under the name that goes with the second factor of its layer.
        case renamed(String)
        /// Two factors, `first` `[rank, inputs, k…]` and `second` `[outputs, rank, 1…]`.
        case replaced(first: String, second: String, rank: Int)
        /// Another name of a tensor that is written once, under that tensor's own.
        case shared(with: String)
    }

    /// The budget that it meets.
    public let budget: Budget
    /// The name of the criterion that ranked the components.
    public var criterion: String { ranking.name }
    /// The tensors in the order of the file.
    public let entries: [Entry]
    /// Floating-point elements in the file, those of a tensor of several names once.
    public let parametersBefore: Int
    /// Floating-point elements as planned.
    public let parametersAfter: Int
    let weights: StateDict
    let ranking: any Criterion

    /// The share of the floating-point elements that stays.
    public var keptFraction: Double { Double(parametersAfter) / Double(max(parametersBefore, 1)) }

    /// The names of floating-point tensors with values that are not finite, which are kept as they are.
    public let notFinite: [String]

    /// Reads every tensor once and chooses ranks.
    ///
    /// - Parameters:
    ///   - weights: the file.
    ///   - budget: how much may stay; of `parameters:F` F is a share of `parametersBefore`.
    ///   - criterion: what makes a component worth keeping, from the weight alone.
    ///   - observe: is told the name of each tensor before it is read; what it throws ends the work.
    /// - Throws: for a criterion that needs examples or the network, where no tensor can be factored, where the budget cannot be met,
    ///   and what reading the file throws.
    public init(
        for weights: StateDict, keeping budget: Budget, by criterion: any Criterion = .relative,
        observing observe: (String) throws -> Void = { _ in }
    ) throws {
        guard !criterion.needsProfile else {
            throw CompressionError(
                .data,
                "the criterion \(criterion.name) needs examples, on which weights without their "
                    + "network cannot run: use raw or relative, or compress a model file")
        }
        guard !criterion.needsNetwork else {
            throw CompressionError(
                .data,
                "the criterion \(criterion.name) reads the batch norm after a layer, and weights without "
                    + "their network have none: use raw or relative, or compress a model file")
        }
        if let measure = budget.measure, measure != .parameters || budget.allowed(of: 1) == nil {
            throw CompressionError(
                .data,
                "\(budget) is measured on a network, and these are weights without theirs: use "
                    + "parameters:F, energy:E or rank:R")
        }
        var survey = WeightSurvey(weights, criterion)
        for name in weights.names { try survey.add(name, observe) }
        guard !survey.layers.isEmpty else {
            throw CompressionError(
                .program,
                "\(weights.file) has no tensor that can be factored: none is a finite matrix of "
                    + "floating-point numbers")
        }
        let others = survey.parameters - survey.layers.reduce(0) { $0 + $1.spectrum.matrices.count }
        let spectra = survey.layers.map(\.spectrum)
        let costs = CostTable.parameters(of: spectra, others: others)
        let problem = AllocationProblem(spectra, costs: costs, budget: budget)
        let ranks = try budget.allocator.ranks(for: problem)
        for (layer, rank) in zip(survey.layers, ranks) { survey.cut(layer, to: rank) }
        self.budget = budget
        self.weights = weights
        ranking = criterion
        entries = survey.entries
        notFinite = survey.notFinite
        parametersBefore = survey.parameters
        parametersAfter = zip(spectra, ranks).reduce(others) {
            $0 + $1.0.parameters(atRank: $1.1)
        }
    }

    /// A tensor's shape as a matrix.
    static func matrix(ofShape shape: [Int]) -> MatrixShape {
        MatrixShape(rows: shape[0], columns: shape.dropFirst().reduce(1, *))
    }
}
