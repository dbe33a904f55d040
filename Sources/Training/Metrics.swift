/// What one epoch of training gave.
public struct EpochMetrics: Hashable, Sendable, Codable {
    /// The epoch, from 1.
    public let epoch: Int
    /// The steps taken so far.
    public let step: Int
    /// The learning rate of the last step.
    public let learningRate: Double
    /// The mean loss over the epoch's batches, in training mode.
    public let trainingLoss: Double
    /// The share of right classes over the epoch's batches, in training mode, from 0 to 1.
    public let trainingAccuracy: Double
    /// The mean cross entropy on validation, in nats.
    public let validationLoss: Double?
    /// The share of right classes on validation, from 0 to 1.
    public let validationAccuracy: Double?
    /// Seconds that the epoch took.
    public let seconds: Double
    /// Seconds of these in which training waited for a batch to be ready; nil in older files.
    public let waitSeconds: Double?
    /// What hooks measured at the epoch's end, by layer and then by what it is; nil where none did.
    public let layers: [String: [String: Double]]?
}
