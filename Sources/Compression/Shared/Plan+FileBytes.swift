import Programs

extension Plan {
    /// What is kept free for notes that are added to a file later.
    private static let reserve = 512

    /// The plan, or a smaller one, whose file does not take more than so many bytes.
    ///
    /// What a layer's factors take beside their elements is only known on average, so that the file is written and
    /// the budget lowered by what it is too large.
    func fitting(
        _ bytes: Int, _ problem: AllocationProblem, _ program: Program, _ spectra: Spectra,
        _ allocator: any Allocator
    ) throws -> Plan {
        var plan = self
        var allowed = Double(bytes - Self.reserve)
        while true {
            let small = try Truncate(plan).apply(to: program).program
            let excess = try small.temporaryFileBytes + Self.reserve - bytes
            guard excess > 0 else { return plan }
            allowed -= Double(excess)
            let tighter = AllocationProblem(
                problem.layers, costs: problem.costs, budget: budget, allowed: allowed,
                rankMultiple: problem.rankMultiple, errors: problem.errors)
            plan = try Plan(
                for: program, keeping: budget, from: spectra, ranks: allocator.ranks(for: tighter))
        }
    }
}
