public import Datasets
import Foundation
public import Programs

/// How a network is trained.
public struct TrainingOptions: Hashable, Sendable, Codable {
    /// What takes the steps.
    public var optimizer: OptimizerChoice = .sgd
    /// The learning rate at its highest.
    public var learningRate = 0.05
    /// SGD's momentum, 0 ..< 1.
    public var momentum = 0.9
    /// Weight decay of weights and factors.
    public var weightDecay = 1e-3
    /// Whether norms and biases decay too.
    public var decaysNorms = false
    /// The decay of parameters that patterns name, a later one before an earlier and all before ``weightDecay``.
    public var decayRules: [DecayRule] = []
    /// Epochs over which decay rises from 0 at first.
    public var decayWarmUpEpochs = 0.0
    /// How the learning rate goes.
    public var schedule: LearningRateSchedule = .cosine
    /// How many epochs in a row a loss may fail to fall before ``LearningRateSchedule/plateau`` acts.
    public var patience = 10
    /// Epochs over which the learning rate rises from 0 at first.
    public var warmUpEpochs = 0.0
    /// Passes over the training examples.
    public var epochs = 20
    /// Examples a step.
    public var batchSize = 128
    /// The share of the target spread over all classes, 0 ..< 1.
    public var labelSmoothing = 0.0
    /// The largest norm of all gradients together; nil for no limit.
    public var largestGradientNorm: Double?
    /// Whether the epoch that was best on validation is kept, rather than the last.
    public var keepsBest = false
    /// How training examples are changed at random.
    public var augmentation: Augmentation = .none
    /// What all random numbers depend on.
    public var seed: UInt64 = 0
    /// How the order in which factors are multiplied is chosen.
    ///
    /// What is measured is kept in checkpoints, so that a run that goes on has the same bits; two runs may differ by rounding.
    public var productChoice: ProductChoice = .modelled

    /// Makes the options that stand where nothing is said.
    public init() {}
}

extension TrainingOptions {
    /// Reads options; those that older files lack are as they were before there was a choice.
    public init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        optimizer = try values.decode(OptimizerChoice.self, forKey: .optimizer)
        learningRate = try values.decode(Double.self, forKey: .learningRate)
        momentum = try values.decode(Double.self, forKey: .momentum)
        weightDecay = try values.decode(Double.self, forKey: .weightDecay)
        decaysNorms = try values.decode(Bool.self, forKey: .decaysNorms)
        decayRules = try values.decodeIfPresent([DecayRule].self, forKey: .decayRules) ?? decayRules
        decayWarmUpEpochs =
            try values.decodeIfPresent(Double.self, forKey: .decayWarmUpEpochs) ?? decayWarmUpEpochs
        schedule = try values.decode(LearningRateSchedule.self, forKey: .schedule)
        patience = try values.decodeIfPresent(Int.self, forKey: .patience) ?? patience
        warmUpEpochs = try values.decode(Double.self, forKey: .warmUpEpochs)
        epochs = try values.decode(Int.self, forKey: .epochs)
        batchSize = try values.decode(Int.self, forKey: .batchSize)
        labelSmoothing = try values.decode(Double.self, forKey: .labelSmoothing)
        largestGradientNorm = try values.decodeIfPresent(
            Double.self, forKey: .largestGradientNorm)
        keepsBest = try values.decode(Bool.self, forKey: .keepsBest)
        augmentation =
            try values.decodeIfPresent(Augmentation.self, forKey: .augmentation) ?? .none
        seed = try values.decode(UInt64.self, forKey: .seed)
        productChoice =
            try values.decodeIfPresent(ProductChoice.self, forKey: .productChoice) ?? .modelled
    }
}

/// What takes the steps, by libtorch's fused kernels.
public enum OptimizerChoice: String, Hashable, Sendable, Codable, CaseIterable {
    /// Stochastic gradient descent with momentum; decay is added to the gradient.
    case sgd
    /// Adam (Kingma and Ba, 2015); decay is added to the gradient.
    case adam
    /// AdamW (Loshchilov and Hutter, 2019); decay is apart from the gradient.
    case adamw
}

/// How the learning rate goes from its highest.
public enum LearningRateSchedule: String, Hashable, Sendable, Codable, CaseIterable {
    /// It stays.
    case constant
    /// A tenth after half of the epochs, and a tenth of that after three quarters.
    case step
    /// Half a cosine to zero, step by step (Loshchilov and Hutter, 2017).
    case cosine
    /// A tenth each time that the loss has not fallen for longer than
    /// ``TrainingOptions/patience``: on validation, or in training where there is none.
    ///
    /// Epochs of warm-up do not count. See ``plateauFactor(after:patience:)``.
    case plateau

    /// The share of the highest rate at a step; that of ``plateau`` without what losses ask for.
    ///
    /// - Parameters:
    ///   - step: 0 ..< steps.
    ///   - steps: in all.
    ///   - warmUp: the steps over which the rate rises linearly first.
    public func factor(step: Int, of steps: Int, warmUp: Int) -> Double {
        if step < warmUp { return Double(step + 1) / Double(warmUp) }
        let progress = Double(step - warmUp) / Double(max(steps - warmUp, 1))
        switch self {
        case .constant, .plateau: return 1
        case .step: return progress < 0.5 ? 1 : progress < 0.75 ? 0.1 : 0.01
        case .cosine: return (1 + cos(.pi * progress)) / 2
        }
    }

    /// The share of the highest rate, a power of a tenth, that is left after epochs with these losses.
    ///
    /// As PyTorch's `ReduceLROnPlateau` with its defaults, but without a smallest step: a loss has
    /// fallen where it is less than 0.9999 times the least before it.
    public static func plateauFactor(after losses: [Double], patience: Int) -> Double {
        var (factor, least, waited) = (1.0, Double.infinity, 0)
        for loss in losses {
            if loss < least * (1 - 1e-4) {
                (least, waited) = (loss, 0)
            } else {
                waited += 1
            }
            if waited > patience { (factor, waited) = (factor * 0.1, 0) }
        }
        return factor
    }
}
