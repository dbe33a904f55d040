public import Tensors

/// Parameters that are trained alike.
public struct ParameterGroup: Sendable {
    /// Their names.
    public var names: [String]
    /// Their weight decay.
    public var weightDecay: Double

    /// Makes a group.
    public init(names: [String], weightDecay: Double) {
        self.names = names
        self.weightDecay = weightDecay
    }
}

/// What a tensor that an optimizer keeps for a parameter is.
public enum OptimizerStateRole: Sendable {
    /// A mean of gradients, of the parameter's shape.
    case mean
    /// A mean of squared gradients, of the parameter's shape.
    case meanSquare
    /// A number of steps.
    case count
}

/// Takes steps against gradients, and keeps a state for each parameter.
public protocol Optimizer: Sendable {
    /// The state's tensors, by the parameter's name and then the state's.
    var state: [String: [String: Tensor]] { get set }

    /// What a tensor of the state is.
    func role(of part: String) -> OptimizerStateRole

    /// Writes new elements into parameters.
    ///
    /// - Parameters:
    ///   - parameters: the trainer's own tensors, by name.
    ///   - gradients: by the same names; a parameter without one is left alone.
    ///   - group: which parameters.
    ///   - learningRate: of this step.
    mutating func step(
        _ parameters: [String: Tensor], _ gradients: [String: Tensor], _ group: ParameterGroup,
        learningRate: Double
    ) throws
}

extension TrainingOptions {
    /// The optimizer that the options ask for, without a state.
    public var newOptimizer: any Optimizer {
        switch optimizer {
        case .sgd: SGD(momentum: momentum)
        case .adam: Adam(decoupled: false)
        case .adamw: Adam(decoupled: true)
        }
    }
}

/// Stochastic gradient descent with momentum, as PyTorch's `torch.optim.SGD(fused=True)`.
public struct SGD: Optimizer {
    /// `momentum_buffer` for each parameter.
    public var state: [String: [String: Tensor]] = [:]
    private let momentum: Double

    /// Makes an optimizer without a state.
    public init(momentum: Double) { self.momentum = momentum }

    /// The buffer is a mean.
    public func role(of part: String) -> OptimizerStateRole { .mean }

    /// v ← momentum · v + gradient + decay · p;  p ← p − rate · v.
    public mutating func step(
        _ parameters: [String: Tensor], _ gradients: [String: Tensor], _ group: ParameterGroup,
        learningRate: Double
    ) throws {
        let names = group.names.filter { gradients[$0] != nil }
        // The kernel sets the momentum of parameters that take their first step: they are called apart.
        let beginning = names.filter { state[$0] == nil }
        let going = names.filter { state[$0] != nil }
        try call(beginning, parameters, gradients, group, learningRate, isFirst: true)
        try call(going, parameters, gradients, group, learningRate, isFirst: false)
    }

    private mutating func call(
        _ names: [String], _ parameters: [String: Tensor], _ gradients: [String: Tensor],
        _ group: ParameterGroup, _ learningRate: Double, isFirst: Bool
    ) throws {
        guard !names.isEmpty else { return }
        let key = "momentum_buffer"
        for name in names where isFirst {
            guard let parameter = parameters[name] else { continue }
            state[name] = [key: try .zeros(parameter.shape, type: parameter.scalarType)]
        }
        let momenta = momentum == 0 ? [] : names.map { state[$0]?[key] }
        _ = try Operator("aten::_fused_sgd_").call([
            .tensors(names.map { parameters[$0] }), .tensors(try rowMajor(gradients, names)),
            .tensors(momenta), .double(group.weightDecay), .double(momentum),
            .double(learningRate), .double(0), .bool(false), .bool(false), .bool(isFirst),
        ])
    }
}

/// Adam and AdamW, as PyTorch's `torch.optim.Adam(fused=True)`: betas 0.9 and 0.999, epsilon 1e-8.
public struct Adam: Optimizer {
    /// `exp_avg`, `exp_avg_sq` and `step` for each parameter.
    public var state: [String: [String: Tensor]] = [:]
    private let decoupled: Bool

    /// Makes an optimizer without a state.
    ///
    /// - Parameter decoupled: whether decay is apart from the gradient, as in AdamW.
    public init(decoupled: Bool) { self.decoupled = decoupled }

    /// Of the gradient, of its square, and the steps.
    public func role(of part: String) -> OptimizerStateRole {
        switch part {
        case "exp_avg": .mean
        case "exp_avg_sq": .meanSquare
        default: .count
        }
    }

    /// Moves each parameter against its mean gradient over the root of its mean square.
    public mutating func step(
        _ parameters: [String: Tensor], _ gradients: [String: Tensor], _ group: ParameterGroup,
        learningRate: Double
    ) throws {
        let names = group.names.filter { gradients[$0] != nil }
        guard !names.isEmpty else { return }
        for name in names where state[name] == nil {
            guard let parameter = parameters[name] else { continue }
            let zeros = { try Tensor.zeros(parameter.shape, type: parameter.scalarType) }
            state[name] = [
                "exp_avg": try zeros(), "exp_avg_sq": try zeros(), "step": try .zeros([]),
            ]
        }
        let steps = try names.compactMap { try state[$0]?["step"].map { try $0 + 1 } }
        for (name, step) in zip(names, steps) { state[name]?["step"] = step }
        let operation = try Operator(decoupled ? "aten::_fused_adamw_" : "aten::_fused_adam_")
        _ = try operation.call([
            .tensors(names.map { parameters[$0] }), .tensors(try rowMajor(gradients, names)),
            .tensors(names.map { state[$0]?["exp_avg"] }),
            .tensors(names.map { state[$0]?["exp_avg_sq"] }), .tensors([]), .tensors(steps),
            .double(learningRate), .double(0.9), .double(0.999), .double(group.weightDecay),
            .double(1e-8), .bool(false), .bool(false),
        ])
    }
}

/// The gradients as they lie beside parameters in row-major order.
///
/// NB: libtorch's fused kernels go through memory element by element and do not look at strides; the gradient of a
/// convolution of images with the channels last has them last too.
private func rowMajor(_ gradients: [String: Tensor], _ names: [String]) throws -> [Tensor?] {
    try names.map { try gradients[$0]?.contiguous() }
}
