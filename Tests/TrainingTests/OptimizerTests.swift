import Foundation
import Tensors
import TestSupport
import Testing
import Training

/// The fused kernels against the formulas of PyTorch's documentation, in double precision.
@Suite struct OptimizerTests {
    /// Gradients of five steps for two parameters.
    private static let gradients: [[String: [Double]]] = (0..<5).map { step in
        let a = (0..<4).map { (index: Int) -> Double in sin(Double(step * 7 + index)) }
        let b = (0..<3).map { (index: Int) -> Double in 2 * cos(Double(step * 3 + index)) }
        return ["a": a, "b": b]
    }
    private static let start: [String: [Double]] = ["a": [1, -2, 3, 0.5], "b": [0.1, 0, -4]]

    /// Parameters after five steps of learning rates 0.1, 0.09 and so on.
    private func stepped(_ optimizer: any Optimizer, decay: [String: Double]) throws -> [String:
        [Double]]
    {
        var optimizer = optimizer
        let parameters = Self.start.mapValues { Tensor($0) }
        for (index, gradients) in Self.gradients.enumerated() {
            for name in ["a", "b"] {
                try optimizer.step(
                    parameters, gradients.mapValues { Tensor($0) },
                    ParameterGroup(names: [name], weightDecay: decay[name] ?? 0),
                    learningRate: rate(index))
            }
        }
        return try parameters.mapValues { try $0.elements() }
    }

    private func rate(_ step: Int) -> Double { 0.1 - 0.01 * Double(step) }

    /// Each element's way, by a formula of (step from 0, element, gradient, state).
    private func written(
        _ formula: (Int, String, Double, Double, inout [Double]) -> Double
    ) -> [String: [Double]] {
        var result = Self.start
        for (name, elements) in Self.start {
            for index in elements.indices {
                var state = [0.0, 0.0]
                var element = elements[index]
                for step in Self.gradients.indices {
                    let gradient = Self.gradients[step][name]?[index] ?? 0
                    element = formula(step, name, element, gradient, &state)
                }
                result[name]?[index] = element
            }
        }
        return result
    }

    private func expectEqual(
        _ found: [String: [Double]], _ wanted: [String: [Double]],
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        for (name, elements) in wanted {
            expectClose(
                found[name] ?? [], elements, within: 1e-12, sourceLocation: sourceLocation)
        }
    }

    private let decay = ["a": 0.3, "b": 0.0]

    @Test(arguments: [0, 0.5, 0.9])
    func `SGD adds decay to the gradient and momentum to the step`(momentum: Double) throws {
        let wanted = written { step, name, element, gradient, state in
            let decayed = gradient + (decay[name] ?? 0) * element
            state[0] = momentum * state[0] + decayed
            return element - rate(step) * state[0]
        }
        expectEqual(try stepped(SGD(momentum: momentum), decay: decay), wanted)
    }

    @Test func `Adam adds decay to the gradient`() throws {
        let wanted = written { step, name, element, gradient, state in
            let decayed = gradient + (decay[name] ?? 0) * element
            return element - adam(step, decayed, &state)
        }
        expectEqual(try stepped(Adam(decoupled: false), decay: decay), wanted)
    }

    @Test func `AdamW decays apart from the gradient`() throws {
        let wanted = written { step, name, element, gradient, state in
            element * (1 - rate(step) * (decay[name] ?? 0)) - adam(step, gradient, &state)
        }
        expectEqual(try stepped(Adam(decoupled: true), decay: decay), wanted)
    }

    private func adam(_ step: Int, _ gradient: Double, _ state: inout [Double]) -> Double {
        state[0] = 0.9 * state[0] + 0.1 * gradient
        state[1] = 0.999 * state[1] + 0.001 * gradient * gradient
        let mean = state[0] / (1 - pow(0.9, Double(step + 1)))
        let square = state[1] / (1 - pow(0.999, Double(step + 1)))
        return rate(step) * mean / (square.squareRoot() + 1e-8)
    }

    @Test(arguments: OptimizerChoice.allCases)
    func `a parameter without a gradient is left alone`(choice: OptimizerChoice) throws {
        var optimizer = options { $0.optimizer = choice }.newOptimizer
        let parameters = ["a": Tensor([1.0, 2]), "b": Tensor([3.0])]
        try optimizer.step(
            parameters, ["a": Tensor([1.0, 1])],
            ParameterGroup(names: ["a", "b"], weightDecay: 0.1), learningRate: 0.1)
        #expect(try parameters["b"]?.elements(Double.self) == [3])
        #expect(try parameters["a"]?.elements(Double.self) != [1, 2])
        #expect(Set(optimizer.state.keys) == ["a"])
    }

    @Test(arguments: OptimizerChoice.allCases)
    func `a parameter that comes later begins its own state`(choice: OptimizerChoice) throws {
        func trained(_ names: [[String]]) throws -> [Double]? {
            var optimizer = options { $0.optimizer = choice }.newOptimizer
            let parameters = ["a": Tensor([1.0, 2]), "b": Tensor([3.0])]
            let gradients = ["a": Tensor([1.0, 1]), "b": Tensor([0.5])]
            for names in names {
                try optimizer.step(
                    parameters, gradients, ParameterGroup(names: names, weightDecay: 0.1),
                    learningRate: 0.1)
            }
            return try parameters["b"]?.elements()
        }
        #expect(try trained([["a"], ["a", "b"], ["a", "b"]]) == trained([["b"], ["b"]]))
    }

    @Test func `options choose the optimizer`() throws {
        let state = { (choice: OptimizerChoice) throws -> Set<String> in
            var optimizer = options { $0.optimizer = choice }.newOptimizer
            try optimizer.step(
                ["a": Tensor([1.0])], ["a": Tensor([1.0])],
                ParameterGroup(names: ["a"], weightDecay: 0), learningRate: 0.1)
            return Set((optimizer.state["a"] ?? [:]).keys)
        }
        #expect(try state(.sgd) == ["momentum_buffer"])
        #expect(try state(.adam) == ["exp_avg", "exp_avg_sq", "step"])
        #expect(try state(.adamw) == ["exp_avg", "exp_avg_sq", "step"])
    }

    @Test(arguments: OptimizerChoice.allCases)
    func `a gradient that lies otherwise in memory gives the same step`(choice: OptimizerChoice)
        throws
    {
        var options = TrainingOptions()
        options.optimizer = choice
        let gradient = Tensor((0..<12).map { sin(Double($0)) }, shape: [4, 3])
        let transposed = try gradient.transposed().contiguous().transposed()
        #expect(!transposed.isContiguous)
        let stepped = try [gradient, transposed].map { gradient in
            var optimizer = options.newOptimizer
            let parameter = Tensor((0..<12).map(Double.init), shape: [4, 3])
            for _ in 0..<2 {
                try optimizer.step(
                    ["a": parameter], ["a": gradient],
                    ParameterGroup(names: ["a"], weightDecay: 0.1), learningRate: 0.1)
            }
            return try parameter.elements(Double.self)
        }
        expectClose(stepped[1], stepped[0], within: 1e-12)
    }
}
