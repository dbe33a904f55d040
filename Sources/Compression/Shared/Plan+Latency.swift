public import Programs

extension Plan {
    /// How often a plan that measured too slow is tightened.
    private static let attempts = 6

    /// Plans for a budget of time and measures the network that comes out.
    ///
    /// Layers timed by themselves do not add up to the time of the network. Where it measures slower than the budget, the
    /// table's correction is raised and the choice made again.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - seconds: what a batch may take.
    ///   - spectra: the components of its weights.
    ///   - table: the measured times; its correction is raised as needed, and a choice from it is then the same again.
    ///   - rankMultiple: ranks are multiples of this; 1 or more.
    ///   - allocator: what chooses the ranks for a corrected table; the budget's own by default.
    /// - Throws: where no choice is as fast.
    public static func timed(
        for program: Program, within seconds: Double, from spectra: Spectra,
        by table: inout LatencyTable, rankMultiple: Int = 1,
        allocator: (AllocationOptions) throws -> any Allocator = { _ in GlobalThreshold() }
    ) throws -> Plan {
        for _ in 0..<attempts {
            let options = AllocationOptions(rankMultiple: rankMultiple, latencies: table)
            let plan = try Plan(
                for: program, keeping: .latency(seconds), from: spectra,
                allocator: allocator(options), options: options)
            let small = try Truncate(plan).apply(to: program).program
            let time = try Latency.measured(of: [small], batch: table.batch, rounds: 60)[0].seconds
            if time <= seconds { return plan }
            // A little more than was measured, so that the next one is faster.
            table.correction *= max(1.02, time / seconds)
        }
        throw CompressionError(
            .budget,
            "no choice of ranks measured as fast as latency:\(seconds * 1e3)ms in \(attempts) attempts: "
                + "allow more time")
    }
}
