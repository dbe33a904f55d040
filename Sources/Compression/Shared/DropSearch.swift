public import Datasets
public import Programs
public import Training

/// The smallest network whose accuracy on validation falls by no more than a number of points.
///
/// Shares of what the network takes are halved in between those that lose too much and those that do not, as if
/// accuracy fell steadily with them; what is given was measured and keeps the limit.
public struct DropSearch: Sendable {
    /// The plan; its budget is the smallest share that was found.
    public let plan: Plan
    /// How the truncated network does on validation.
    public let evaluation: Evaluation
    /// How the network as it is does on validation.
    public let reference: Evaluation
    /// The budgets that were tried and the accuracies, in order.
    public let tried: [(budget: Budget, accuracy: Double)]

    /// Searches.
    ///
    /// - Parameters:
    ///   - points: the percentage points that may be lost, from 0 to 100.
    ///   - program: the network, merged.
    ///   - spectra: the components of its weights.
    ///   - validation: labelled examples.
    ///   - measure: of what the share is taken: parameters or multiply-accumulates.
    ///   - steps: how often a budget is tried; each halves what is not known.
    ///   - plan: makes a plan for a budget; the budget's own allocator by default.
    /// - Throws: what planning and running throw; a budget that cannot be met counts as one that loses too much.
    public init(
        losing points: Double, of program: Program, from spectra: Spectra,
        validating validation: Examples, measure: CostTable.Measure = .parameters, steps: Int = 8,
        planning plan: ((Budget) throws -> Plan)? = nil
    ) throws {
        let plan = plan ?? { try Plan(for: program, keeping: $0, from: spectra) }
        let reference = try Evaluation(of: program, on: validation)
        let whole = try plan(Self.budget(1, measure))
        var best = (plan: whole, evaluation: reference)
        var tried: [(budget: Budget, accuracy: Double)] = []
        var (low, high) = (0.0, 1.0)
        for _ in 0..<steps {
            let middle = ((low + high) / 2 * 1e4).rounded() / 1e4
            guard middle > low, middle < high else { break }
            let budget = Self.budget(middle, measure)
            guard let candidate = try Self.reachable({ try plan(budget) }) else {
                low = middle
                continue
            }
            let small = try Truncate(candidate).apply(to: program).program
            let evaluation = try Evaluation(of: small, on: validation)
            tried.append((budget, evaluation.accuracy))
            if (reference.accuracy - evaluation.accuracy) * 100 <= points + 1e-9 {
                best = (candidate, evaluation)
                high = middle
            } else {
                low = middle
            }
        }
        (self.plan, self.evaluation) = best
        self.reference = reference
        self.tried = tried
    }

    private static func budget(_ share: Double, _ measure: CostTable.Measure) -> Budget {
        measure == .macs ? .macs(share) : .parameters(share)
    }

    /// The plan, or nil where its budget cannot be met.
    private static func reachable(_ plan: () throws -> Plan) throws -> Plan? {
        do { return try plan() } catch let error as CompressionError where error.kind == .budget {
            return nil
        }
    }
}
