import Compression

/// What was measured of a model file after tuning, and how it came to it, as `--json` prints it.
struct TunedMeasurement: Encodable {
    var measured: Measurement
    /// The accuracy on validation before.
    let accuracyBefore: Double?
    /// The epoch whose state was kept, 0 for the network as it came; nil for `iterate`.
    var epoch: Int?
    /// The steps of `iterate`.
    var steps: [Iterate.Step]?
    /// Why it ended early.
    var stopped: String?

    private enum Keys: String, CodingKey { case accuracyBefore, epoch, steps, stopped }

    func encode(to encoder: any Encoder) throws {
        try measured.encode(to: encoder)
        var keyed = encoder.container(keyedBy: Keys.self)
        try keyed.encodeIfPresent(accuracyBefore, forKey: .accuracyBefore)
        try keyed.encodeIfPresent(epoch, forKey: .epoch)
        try keyed.encodeIfPresent(steps, forKey: .steps)
        try keyed.encodeIfPresent(stopped, forKey: .stopped)
    }
}
