import CTorch

/// Runs `body` without recording what gradients would need.
///
/// The mode belongs to the thread, so `body` is synchronous.
public func withoutGradients<Result, Failure: Error>(
    _ body: () throws(Failure) -> Result
) throws(Failure) -> Result {
    let before = ct_gradient_mode()
    ct_set_gradient_mode(false)
    defer { ct_set_gradient_mode(before) }
    return try body()
}

/// Whether this thread records what gradients need; see ``withoutGradients(_:)``.
public var recordsGradients: Bool { ct_gradient_mode() }

/// The gradients of a scalar with respect to tensors.
///
/// - Parameters:
///   - output: a tensor of one element, computed from `inputs`.
///   - inputs: tensors made by `trainable()`, or computed from such.
///   - keepGraph: whether the recorded operations are kept for another call.
/// - Returns: a gradient of each input's shape; nil where the input has no part in the output.
public func gradients(
    of output: Tensor, with inputs: [Tensor], keepGraph: Bool = false
) throws(TensorError) -> [Tensor?] {
    try gradients(of: [output], weights: [nil], with: inputs, keepGraph: keepGraph)
}

/// The gradients of a weighted sum of outputs with respect to tensors.
///
/// - Parameters:
///   - outputs: tensors computed from `inputs`.
///   - weights: one tensor for each output, of its shape; nil stands for one, for a scalar output.
///   - inputs: tensors made by `trainable()`, or computed from such.
///   - keepGraph: whether the recorded operations are kept for another call.
///   - differentiable: whether gradients of the gradients can be taken.
/// - Returns: a gradient of each input's shape; nil where the input has no part in the outputs.
public func gradients(
    of outputs: [Tensor], weights: [Tensor?], with inputs: [Tensor], keepGraph: Bool = false,
    differentiable: Bool = false
) throws(TensorError) -> [Tensor?] {
    precondition(outputs.count == weights.count, "one weight for each output")
    var found = unsafe [ct_tensor?](repeating: nil, count: inputs.count)
    let status = unsafe ct_gradients(
        outputs.map { unsafe $0.handle }, weights.map { unsafe $0?.handle }, Int32(outputs.count),
        inputs.map { unsafe $0.handle }, Int32(inputs.count), keepGraph || differentiable,
        differentiable, &found)
    withExtendedLifetime((outputs, weights, inputs)) {}
    guard status == CT_OK else {
        throw TensorError(status, operatorName: "backward", operands: outputs.map(\.summary))
    }
    return unsafe found.map { handle in
        guard let handle = unsafe handle else { return nil }
        return unsafe Tensor(owning: handle)
    }
}

extension Tensor {
    /// Whether operations on it are recorded for gradients.
    public var requiresGradient: Bool { unsafe ct_requires_gradient(handle) }

    /// The same elements as a new leaf of the graph, of which gradients can be taken.
    public func trainable() throws(TensorError) -> Tensor {
        let leaf = try detached()
        let status = unsafe ct_set_requires_gradient(leaf.handle, true)
        guard status == CT_OK else { throw TensorError(status, operands: [summary]) }
        return leaf
    }
}
