public import Datasets
public import Programs
public import Training

/// A plan for each criterion, and the one that does best on validation.
public struct BestPlan: Sendable {
    /// One criterion's plan and how the network does that it gives.
    public struct Candidate: Sendable {
        /// The plan.
        public let plan: Plan
        /// How the truncated network does on validation.
        public let evaluation: Evaluation
    }

    /// The candidates, in the order in which the criteria were given.
    public let candidates: [Candidate]
    /// The one of the highest accuracy; of equals the one of the lowest loss.
    public let best: Candidate

    /// Tries criteria on the validation split.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - budget: how much may stay.
    ///   - criteria: what to try.
    ///   - profile: what calibration saw.
    ///   - validation: labelled examples.
    public init(
        for program: Program, keeping budget: Budget,
        trying criteria: [any Criterion] = Criteria.all,
        from profile: Profile, validating validation: Examples
    ) throws {
        try self.init(
            for: program, trying: criteria, validating: validation
        ) { try Plan(for: program, keeping: budget, by: $0, from: profile) }
    }

    /// Tries criteria on the validation split, with plans made in a way of one's own.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - criteria: what to try.
    ///   - validation: labelled examples.
    ///   - plan: makes a criterion's plan.
    public init(
        for program: Program, trying criteria: [any Criterion] = Criteria.all,
        validating validation: Examples, planning plan: (any Criterion) throws -> Plan
    ) throws {
        candidates = try criteria.map { criterion in
            let plan = try plan(criterion)
            let small = try Truncate(plan).apply(to: program).program
            return Candidate(plan: plan, evaluation: try Evaluation(of: small, on: validation))
        }
        let ranked = candidates.sorted { first, second in
            let (one, two) = (first.evaluation, second.evaluation)
            return one.accuracy != two.accuracy ? one.accuracy > two.accuracy : one.loss < two.loss
        }
        guard let best = ranked.first else {
            throw CompressionError(.program, "there is no criterion to try")
        }
        self.best = best
    }
}
