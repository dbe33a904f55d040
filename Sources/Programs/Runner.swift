import OrderedCollections
public import Tensors

/// Whether a run trains or infers.
public enum RunMode: Sendable {
    /// Batch norm reads its running statistics, dropout does nothing.
    case inference
    /// Batch norm uses the batch and updates its statistics, dropout draws; gradients are recorded.
    case training
}

/// What a run gives back.
public struct RunResult: Sendable {
    /// The Program's results, in order; a number as a tensor without dimensions.
    public let results: [Tensor]
    /// The buffers that changed, by name.
    public let buffers: [String: Tensor]
    /// The values that were asked for.
    public let values: [Value: Tensor]
}

/// Runs a Program.
public struct Runner: Sendable {
    package let program: Program
    private let inference: CallList
    private let training: Result<CallList, ProgramError>

    /// Makes a Program ready to run.
    ///
    /// - Throws: where an operator is unknown. What cannot be trained is refused by a run that trains.
    public init(_ program: Program) throws {
        self.program = program
        inference = try CallList(program.withImageLayouts.inInference)
        do { training = .success(try CallList(TrainingForm(program.withImageLayouts))) } catch let
            error as ProgramError
        { training = .failure(error) }
    }

    /// Runs the Program.
    ///
    /// - Parameters:
    ///   - inputs: the Program's inputs, in order; a number as a tensor with one element.
    ///   - mode: whether it trains or infers.
    ///   - tensors: stored tensors to use in place of the Program's own, by name.
    ///   - wanted: values to give back beside the results.
    ///   - generator: where dropout draws from.
    /// - Throws: where inputs do not fit or an operator fails, naming the node.
    public func run(
        _ inputs: [Tensor], mode: RunMode, tensors: [String: Tensor] = [:], wanted: [Value] = [],
        generator: inout Generator
    ) throws -> RunResult {
        try check(inputs)
        let calls = mode == .training ? try training.get() : inference
        var registers = [Operand?](repeating: nil, count: calls.registerCount)
        for (value, tensor) in zip(program.inputs, inputs) {
            guard let number = calls.registers[value] else { continue }
            registers[number] = try program.isNumber(value) ? tensor.asNumber : .tensor(tensor)
        }
        for (name, number) in calls.stored {
            registers[number] = .tensor(try tensors[name] ?? program.tensor(name))
        }
        let kept = Set(wanted.compactMap { calls.registers[$0] })
        for step in calls.steps {
            try run(step, &registers, mode, &generator)
            for number in step.lastReads where !kept.contains(number) { registers[number] = nil }
        }
        var buffers: [String: Tensor] = [:]
        for (name, number) in calls.buffers { buffers[name] = registers[number]?.tensor }
        var values: [Value: Tensor] = [:]
        for value in wanted {
            guard let number = calls.registers[value], let tensor = registers[number]?.tensor else {
                throw ProgramError(.name, "the Program computes no tensor named \(value)")
            }
            values[value] = tensor
        }
        return RunResult(
            results: calls.results.compactMap { registers[$0]?.asTensor }, buffers: buffers,
            values: values)
    }

    /// Infers without recording what gradients would need, and gives the first result.
    public func callAsFunction(_ inputs: Tensor...) throws -> Tensor {
        var generator = Generator(seed: 0)
        return try withoutGradients {
            try run(inputs, mode: .inference, generator: &generator).results[0]
        }
    }

    private func run(
        _ step: CallList.Step, _ registers: inout [Operand?], _ mode: RunMode,
        _ generator: inout Generator
    ) throws {
        var operands = step.call.operands(registers)
        if let draw = step.generatorSlot { operands[draw] = try generator.operand() }
        let results: [Operand]
        do { results = try step.call.results(operands) } catch {
            throw ProgramError(.execution, "\(error.description), in the node \(step.node)")
        }
        if mode == .training { try checkDerivative(step, operands, results) }
        for (number, result) in zip(step.writes, results) {
            if let number { registers[number] = result }
        }
    }

    /// Refuses operators that silently cut the way back to a parameter.
    private func checkDerivative(
        _ step: CallList.Step, _ operands: [Operand], _ results: [Operand]
    ) throws {
        let reached = operands.contains { operand in
            switch operand {
            case .tensor(let tensor): tensor.requiresGradient
            case .tensors(let list): list.contains { $0?.requiresGradient ?? false }
            default: false
            }
        }
        guard reached, let result = results.first?.tensor, result.scalarType.isFloatingPoint,
            step.differentiable, recordsGradients,
            !result.requiresGradient || !step.call.callee.hasDerivative
        else { return }
        throw ProgramError(
            .unsupported,
            "\(step.node.operation) has no derivative and cannot be trained: \(step.node)")
    }

    private func check(_ inputs: [Tensor]) throws {
        guard inputs.count == program.inputs.count else {
            throw ProgramError(
                .input, "\(inputs.count) inputs given, the Program takes \(program.inputs.count)")
        }
        var bound: [String: Int] = [:]
        for (value, tensor) in zip(program.inputs, inputs) {
            guard let type = program.type(of: value)?.tensor else {
                guard tensor.count == 1 else {
                    throw ProgramError(
                        .input, "the input \(value) is a number, and \(tensor.summary) was passed")
                }
                continue
            }
            let fits =
                type.scalarType == tensor.scalarType && type.sizes.count == tensor.rank
                && zip(type.sizes, tensor.shape).allSatisfy { size, number in
                    switch size {
                    case .fixed(let expected): return expected == number
                    case .affine(1, let name, 0):
                        let first = bound[name] ?? number
                        bound[name] = first
                        return first == number
                            && (program.dimensions[name]?.contains(number) ?? true)
                    default: return true
                    }
                }
            guard fits else {
                throw ProgramError(
                    .input, "the input \(value) is \(type), and \(tensor.summary) was passed")
            }
        }
    }
}

extension Program {
    /// Whether a value is a number and no tensor.
    fileprivate func isNumber(_ value: Value) -> Bool {
        if case .scalar = types[value] { true } else { false }
    }
}

extension Tensor {
    /// The one element as a number.
    fileprivate var asNumber: Operand {
        get throws {
            let number = try converted(to: .float64).item()
            return scalarType.isFloatingPoint ? .double(number) : .int(Int(number))
        }
    }
}

extension Operand {
    /// The tensor that it is, or that holds the number that it is.
    fileprivate var asTensor: Tensor? {
        switch self {
        case .tensor(let tensor): tensor
        case .int(let int): Tensor(int)
        case .double(let double): Tensor(double)
        case .bool(let bool): Tensor(bool)
        default: nil
        }
    }
}
