import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Recurrent layers: the moments of their weights' inputs, and training.
@Suite struct RecurrentTests {
    private func network(_ name: String) throws -> Program {
        try #require(WeightCase.recurrent.first { $0.name == name }).program()
    }

    private func train(
        _ program: Program, _ x: Tensor, seed: UInt64 = 0
    ) throws -> (output: Tensor, gradients: [Tensor?]) {
        let leaves = try program.trainableParameters()
        var generator = Generator(seed: seed)
        let output = try Runner(program).run(
            [x], mode: .training, tensors: leaves, generator: &generator
        ).results[0]
        let names = program.parameterNames
        return (
            output, try gradients(of: output.power(2).sum(), with: names.compactMap { leaves[$0] })
        )
    }

    @Test func `an LSTM's hidden weight sees the state before each time`() throws {
        let network = try network("lstm-1")
        let x = try random([3, 5, 7], seed: 5)
        let site = try #require(
            network.weightSites.first { $0.parameter == "rnn.weight_hh_l0" })
        var generator = Generator(seed: 0)
        let values = try Runner(network).run(
            [x], mode: .inference, wanted: ["x1", "h0"], generator: &generator
        ).values
        func weight(_ name: String) throws -> Tensor {
            try network.tensor("rnn.\(name)_l0").converted(to: .float64)
        }
        // Cell by cell, in double precision.
        let input = try #require(values["x1"]).converted(to: .float64)
        var state = try #require(values["h0"]).reshaped(to: [3, 6]).converted(to: .float64)
        var cell = state
        var expected = try Tensor.zeros([6, 6], type: .float64)
        for time in 0..<5 {
            expected = try expected + matmul(state.transposed(), state)
            let now = try input.sliced(time..<(time + 1)).reshaped(to: [3, 7])
            let gates =
                try matmul(now, weight("weight_ih").transposed()) + weight("bias_ih")
                + matmul(state, weight("weight_hh").transposed()) + weight("bias_hh")
            func gate(_ index: Int, _ function: String) throws -> Tensor {
                try call(
                    "aten::\(function)", "",
                    .tensor(gates.sliced((index * 6)..<((index + 1) * 6), along: 1)))
            }
            cell = try gate(1, "sigmoid") * cell + gate(0, "sigmoid") * gate(2, "tanh")
            state = try gate(3, "sigmoid") * call("aten::tanh", "", .tensor(cell))
        }
        let (moments, count) = try site.form.moments(
            of: site.uses[0].reading, in: network.nodes[site.nodes[0]]
        ) { try values[$0] ?? network.tensor($0.name) }
        guard case .full(let sum) = moments else {
            Issue.record("moments of the wrong kind")
            return
        }
        #expect(count == 15)
        try expectClose(sum.reshaped(to: [6, 6]), expected, within: 1e-5)
    }

    /// The moments of a weight of the layer in the second place, found with a layer of its own.
    @Test(arguments: ["weight_ih_l1", "weight_ih_l1_reverse"])
    func `a second layer's input is what the first gives`(name: String) throws {
        let network = try network("lstm-2-both")
        let x = try random([3, 5, 7], seed: 5)
        let site = try #require(network.weightSites.first { $0.parameter == "rnn.\(name)" })
        var first = network
        let last = first.nodes.count - 1
        first.nodes[last]["num_layers"] = .int(1)
        first.nodes[last]["params"] = .list(
            network.parameterNames.prefix(8).map { .value(Value($0)) })
        for index in first.nodes.indices where first.nodes[index].outputs == ["h0"] {
            first.nodes[index]["tensors"] = .list([.value("s2"), .value("s2")])
        }
        first = try first.withoutUnused().propagated()
        let hidden = try Runner(first)(x).reshaped(to: [-1, 12]).converted(to: .float64)
        var generator = Generator(seed: 0)
        let values = try Runner(network).run(
            [x], mode: .inference, wanted: ["x1", "h0"], generator: &generator
        ).values
        let (moments, count) = try site.form.moments(
            of: site.uses[0].reading, in: network.nodes[site.nodes[0]]
        ) { try values[$0] ?? network.tensor($0.name) }
        guard case .full(let sum) = moments else {
            Issue.record("moments of the wrong kind")
            return
        }
        #expect(count == 15)
        try expectClose(
            sum.reshaped(to: [12, 12]), matmul(hidden.transposed(), hidden), within: 1e-5)
    }

    @Test func `a reversed direction's state comes from behind`() throws {
        let network = try network("rnn-tanh-1-both")
        let x = try random([3, 5, 7], seed: 5)
        var generator = Generator(seed: 0)
        let run = try Runner(network).run(
            [x], mode: .inference, wanted: ["x1", "h0"], generator: &generator)
        // [time, batch, both directions]: the reversed one's last state is at the first time.
        let backward = try run.results[0].sliced(6..<12, along: 2)
        let start = try #require(run.values["h0"]).sliced(1..<2)
        let states = try Tensor.concatenated([backward.sliced(1..<5), start])
            .reshaped(to: [-1, 6]).converted(to: .float64)
        let site = try #require(
            network.weightSites.first { $0.parameter == "rnn.weight_hh_l0_reverse" })
        let (moments, _) = try site.form.moments(
            of: site.uses[0].reading, in: network.nodes[site.nodes[0]]
        ) { try run.values[$0] ?? network.tensor($0.name) }
        guard case .full(let sum) = moments else {
            Issue.record("moments of the wrong kind")
            return
        }
        try expectClose(
            sum.reshaped(to: [6, 6]), matmul(states.transposed(), states), within: 1e-5)
    }

    @Test(arguments: WeightCase.recurrent)
    func `training without dropout computes what inference does, and reaches every parameter`(
        test: WeightCase
    ) throws {
        let network = try test.program()
        let x = try test.inputs(batch: 3)
        let (output, gradients) = try train(network, x)
        try expectClose(output.detached(), Runner(network)(x), within: 1e-5)
        for gradient in gradients {
            #expect(try #require(gradient).magnitude().maximum().item() > 0)
        }
    }

    @Test(arguments: ["lstm-2-both", "gru-2"])
    func `dropout between layers draws from the run's generator`(name: String) throws {
        var network = try network(name)
        let last = network.nodes.count - 1
        let x = try random([3, 5, 7], seed: 5)
        let dense = try Runner(network)(x)
        network.nodes[last]["dropout"] = .double(0.4)
        try expectClose(Runner(network)(x), dense, within: 0)
        let (one, two, other) = try (
            train(network, x, seed: 1), train(network, x, seed: 1), train(network, x, seed: 2)
        )
        try expectClose(one.output, two.output, within: 0)
        #expect(try (one.output - other.output).magnitude().maximum().item() > 1e-3)
        #expect(one.gradients.allSatisfy { $0 != nil })
        // A rate of next to nothing is next to nothing.
        network.nodes[last]["dropout"] = .double(1e-9)
        var both = network
        both.outputs = [.result("y"), .result("h")]
        var generator = Generator(seed: 0)
        let trained = try Runner(both).run([x], mode: .training, generator: &generator).results
        let inferred = try Runner(both).run([x], mode: .inference, generator: &generator).results
        for (found, expected) in zip(trained, inferred) {
            try expectClose(found, expected, within: 1e-5)
        }
    }

    @Test func `projections are left dense`() throws {
        var network = try network("lstm-1")
        network.tensors["rnn.weight_hr_l0"] = StoredTensor(.parameter, try random([4, 6]))
        network.tensors["rnn.weight_hh_l0"] = StoredTensor(.parameter, try random([24, 4]))
        let last = network.nodes.count - 1
        guard case .list(let given)? = network.nodes[last]["params"] else { return }
        network.nodes[last]["params"] = .list(given + [.value("rnn.weight_hr_l0")])
        network.nodes[last]["hx"] = .list([.value("h1"), .value("h0")])
        network.nodes.insert(
            Node(
                "aten.slice.Tensor",
                ["self": .value("h0"), "dim": .int(2), "start": .int(0), "end": .int(4)],
                outputs: ["h1"]), at: last)
        network = try network.propagated()
        #expect(network.weightSites.isEmpty)
        #expect(
            network.denseWeights.map(\.reason)
                == Array(repeating: "a recurrent layer with projections has no form yet", count: 3))
    }
}
