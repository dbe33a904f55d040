public import Datasets

extension TrainingOptions {
    /// The number of steps in an epoch on examples.
    public func stepsPerEpoch(on training: Examples) -> Int {
        BatchLoader(training, batchSize: batchSize, order: .shuffled(seed: seed, epoch: 0))
            .batchCount
    }

    /// The learning rate of a step.
    ///
    /// - Parameters:
    ///   - step: from 0.
    ///   - stepsPerEpoch: the steps in an epoch.
    ///   - losses: those of the epochs so far, which ``LearningRateSchedule/plateau`` looks at.
    public func learningRate(step: Int, stepsPerEpoch: Int, after losses: [Double]) -> Double {
        var factor = schedule.factor(
            step: step, of: epochs * stepsPerEpoch, warmUp: Self.steps(warmUpEpochs, stepsPerEpoch))
        if schedule == .plateau {
            factor *= LearningRateSchedule.plateauFactor(
                after: Array(losses.dropFirst(Int(warmUpEpochs.rounded(.up)))), patience: patience)
        }
        return learningRate * factor
    }

    /// The share of its weight decay that a parameter has at a step: it rises evenly over the epochs of warm-up.
    public func decayFactor(step: Int, stepsPerEpoch: Int) -> Double {
        let steps = Self.steps(decayWarmUpEpochs, stepsPerEpoch)
        return step < steps ? Double(step + 1) / Double(steps) : 1
    }

    private static func steps(_ epochs: Double, _ stepsPerEpoch: Int) -> Int {
        Int((epochs * Double(stepsPerEpoch)).rounded())
    }
}
