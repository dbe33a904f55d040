import Programs

/// The budget of a file's bytes.
///
/// What a layer's factors take beside their elements is only known on average, so that files are written, and the budget
/// lowered by what they are too large.
struct FileBudget {
    /// What is kept free for notes that are added to a file later.
    private static let reserve = 512

    private let bytes: Int
    private let problem: AllocationProblem
    private let program: Program
    private let spectra: Spectra

    /// A budget for the problem that it makes of costs on average.
    init(_ bytes: Int, _ problem: AllocationProblem, _ program: Program, _ spectra: Spectra) {
        (self.bytes, self.problem) = (bytes, problem)
        (self.program, self.spectra) = (program, spectra)
    }

    /// The plan of an allocator whose file does not take more.
    ///
    /// - Throws: where no file is so small, with the smallest that there is.
    func plan(by allocator: any Allocator) throws -> Plan {
        var allowed = Double(bytes - Self.reserve)
        while true {
            let tighter = problem(allowing: allowed, costs: problem.costs)
            guard tighter.fits(tighter.least) else { return try smallest() }
            let plan = try plan(allocator.ranks(for: tighter))
            let excess = try excess(of: plan)
            guard excess > 0 else { return plan }
            allowed -= Double(excess)
        }
    }

    /// The plan of the lowest ranks, where its file is small enough.
    private func smallest() throws -> Plan {
        let least = try plan(problem.least)
        let excess = try excess(of: least)
        guard excess > 0 else { return least }
        // The refusal tells what the file really takes.
        let costs = problem.costs
        let missing = Double(bytes + excess) - costs.cost(of: problem.least)
        try problem(
            allowing: Double(bytes),
            costs: CostTable(.bytes, layers: costs.layers, others: costs.others + missing)
        ).requireReachable()
        return least
    }

    private func problem(allowing allowed: Double, costs: CostTable) -> AllocationProblem {
        AllocationProblem(
            problem.layers, costs: costs, budget: problem.budget, allowed: allowed,
            rankMultiple: problem.rankMultiple, errors: problem.errors)
    }

    private func plan(_ ranks: [Int]) throws -> Plan {
        try Plan(for: program, keeping: problem.budget, from: spectra, ranks: ranks)
    }

    /// By how many bytes a plan's file is too large; below 0 where there is room.
    private func excess(of plan: Plan) throws -> Int {
        try Truncate(plan).apply(to: program).program.temporaryFileBytes + Self.reserve - bytes
    }
}
