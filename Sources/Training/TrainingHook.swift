public import Programs
public import Tensors

/// What a hook sees of a run.
public struct TrainingProgress: Sendable {
    /// The epoch, from 0.
    public let epoch: Int
    /// The step in all, from 0.
    public let step: Int
    /// The number of steps in all.
    public let steps: Int
    /// The learning rate of the step.
    public let learningRate: Double

    /// Makes one from its parts.
    public init(epoch: Int, step: Int, steps: Int, learningRate: Double) {
        self.epoch = epoch
        self.step = step
        self.steps = steps
        self.learningRate = learningRate
    }
}

/// Takes part in training: methods that act while a network trains supply one.
///
/// Training itself knows nothing of compression.
public protocol TrainingHook: Sendable {
    /// More inputs of the Program for a step, by name, such as a temperature.
    mutating func inputs(_ progress: TrainingProgress) throws -> [String: Tensor]

    /// The parameters whose decay the hook sees to itself; the optimizer's own decay leaves them alone.
    ///
    /// Called with the Program before its first step, and again where a hook has rewritten it.
    mutating func ownDecay(in program: Program) throws -> Set<String>

    /// Called with the loss of a step; gives the one to go down, of which gradients can be taken.
    ///
    /// - Parameters:
    ///   - loss: a scalar, that on the labels or what the hook before gave.
    ///   - result: the Program's first result, `[batch, classes]` for most.
    ///   - inputs: what the Program was run on.
    mutating func loss(
        _ loss: Tensor, of result: Tensor, on inputs: [Tensor], _ progress: TrainingProgress
    ) throws -> Tensor

    /// Called with the gradients of a step before it is taken; may give others.
    mutating func beforeStep(
        _ progress: TrainingProgress, parameters: [String: Tensor], gradients: [String: Tensor]
    ) throws -> [String: Tensor]

    /// Called after a step; gives parameters to put in the place of others, by name.
    mutating func afterStep(
        _ progress: TrainingProgress, parameters: [String: Tensor]
    ) throws -> [String: Tensor]

    /// Called at an epoch's end with the Program as it stands; gives numbers for the epoch's metrics, by layer and
    /// then by what they are.
    mutating func measurements(
        _ progress: TrainingProgress, program: Program
    ) throws -> [String: [String: Double]]

    /// Called after that with the Program as it stands; gives a rewritten one to go on with, or nil.
    ///
    /// The optimizer's state goes the way of its parameter: it is kept, sliced or projected as the changes say, and
    /// begins anew where the parameter was replaced. Where nothing was replaced, sliced or dropped the rewritten Program is
    /// taken to compute the same, and the best epoch so far stays; else it is sought anew.
    mutating func epochEnded(_ progress: TrainingProgress, program: Program) throws -> Rewritten?
}

extension TrainingHook {
    /// None.
    public mutating func inputs(_ progress: TrainingProgress) throws -> [String: Tensor] { [:] }

    /// None.
    public mutating func ownDecay(in program: Program) throws -> Set<String> { [] }

    /// The loss as it is.
    public mutating func loss(
        _ loss: Tensor, of result: Tensor, on inputs: [Tensor], _ progress: TrainingProgress
    ) throws -> Tensor { loss }

    /// The gradients as they are.
    public mutating func beforeStep(
        _ progress: TrainingProgress, parameters: [String: Tensor], gradients: [String: Tensor]
    ) throws -> [String: Tensor] { gradients }

    /// None.
    public mutating func afterStep(
        _ progress: TrainingProgress, parameters: [String: Tensor]
    ) throws -> [String: Tensor] { [:] }

    /// None.
    public mutating func measurements(
        _ progress: TrainingProgress, program: Program
    ) throws -> [String: [String: Double]] { [:] }

    /// Nil.
    public mutating func epochEnded(
        _ progress: TrainingProgress, program: Program
    ) throws -> Rewritten? { nil }
}
