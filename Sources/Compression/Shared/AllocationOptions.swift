/// What a choice of ranks keeps to beside its budget.
public struct AllocationOptions: Sendable {
    /// Ranks are multiples of this where a layer has so many; 1 or more.
    public var rankMultiple: Int
    /// Measured times of the layers, for a budget of time.
    public var latencies: LatencyTable?

    /// Makes options.
    public init(rankMultiple: Int = 1, latencies: LatencyTable? = nil) {
        self.rankMultiple = rankMultiple
        self.latencies = latencies
    }
}
