import Compression
import Foundation
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct DecayTests {
    private func decays(
        _ rules: [String], of program: Program, decaysNorms: Bool = false
    ) throws -> [String: Double] {
        let options = try options {
            $0.weightDecay = 0.5
            $0.decaysNorms = decaysNorms
            $0.decayRules = try rules.map { try DecayRule(parsing: $0) }
        }
        return try options.groups(of: program).reduce(into: [:]) { found, group in
            for name in group.names { found[name] = group.weightDecay }
        }
    }

    private func options(
        _ change: (inout TrainingOptions) throws -> Void
    ) rethrows -> TrainingOptions {
        var options = TrainingOptions()
        options.epochs = 4
        options.batchSize = 16
        try change(&options)
        return options
    }

    @Test func `weights decay, norms and biases where asked`() throws {
        let network = try normed()
        let plain = try decays([], of: network)
        #expect(Set(plain.keys) == Set(network.parameterNames))
        for (name, decay) in plain {
            #expect(decay == ((network.tensors[name]?.shape.count ?? 0) > 1 ? 0.5 : 0))
        }
        #expect(Set(try decays([], of: network, decaysNorms: true).values) == [0.5])
    }

    @Test func `a rule goes before the rest, and a later one before an earlier`() throws {
        let network = try normed()
        let found = try decays(
            ["*=0.25", "layers.0=0.1", "layers.0.norm.weight=0.75"], of: network)
        #expect(found["head.weight"] == 0.25 && found["head.bias"] == 0.25)
        #expect(found["layers.0.linear.weight"] == 0.1 && found["layers.1.linear.weight"] == 0.25)
        #expect(found["layers.0.norm.weight"] == 0.75)
    }

    @Test func `a weight's name stands for its factors`() throws {
        let composed = try Compose(factors: 3).apply(to: normed()).program
        for text in ["head.weight=0.1", "head=0.1", "head.factors.*=0.1", "/^head/=0.1"] {
            let found = try decays([text], of: composed)
            for index in 0..<3 { #expect(found["head.factors.\(index)"] == 0.1, "\(text)") }
            #expect(found["layers.0.linear.factors.0"] == 0.5)
        }
        let linear = try decays(["kind:linear=0.2"], of: composed)
        #expect(linear["head.factors.1"] == 0.2 && linear["layers.1.linear.factors.2"] == 0.2)
        #expect(linear["layers.0.norm.weight"] == 0)
    }

    @Test(arguments: ["head", "head=", "head=-1", "head=x", "head=inf", "head=nan"])
    func `a text of another form is refused`(text: String) {
        expectError(
            .unusable,
            "\(text) is not of the form PATTERN=X with X 0 or more, such as head=1e-4"
        ) { _ = try DecayRule(parsing: text) }
    }

    @Test func `a rule for no parameter is an error`() throws {
        let error = #expect(throws: ProgramError.self) {
            let options = try options { $0.decayRules = [try DecayRule(parsing: "heads=0.1")] }
            _ = try Trainer(options).fit(normed(), on: blobs(32))
        }
        #expect(error?.description == "no layer is called heads; did you mean head?")
    }

    @Test func `decay rises evenly over its warm-up`() throws {
        let options = options { $0.decayWarmUpEpochs = 2 }
        let shares = (0..<8).map { options.decayFactor(step: $0, stepsPerEpoch: 2) }
        #expect(shares == [0.25, 0.5, 0.75, 1, 1, 1, 1, 1])
        #expect(self.options { _ in }.decayFactor(step: 0, stepsPerEpoch: 2) == 1)
    }

    /// A network whose loss does not depend on a weight: what changes it is decay alone.
    private func unused() throws -> Program {
        try Program(input: [6]) { x in
            let h = x.linear("first", outputs: 4, bias: false)
            let zero = h.builder.call(
                "aten.mul.Scalar", ["self": .value(h.value), "other": .double(0)])
            return x.linear("second", outputs: 3) + zero.linear("third", outputs: 3, bias: false)
        }.initialized(seed: 1)
    }

    @Test func `what has no gradient shrinks as its own decay and the warm-up say`() throws {
        let network = try unused()
        let options = try options {
            $0.momentum = 0
            $0.schedule = .constant
            $0.weightDecay = 0.3
            $0.decayWarmUpEpochs = 2
            $0.decayRules = [try DecayRule(parsing: "first=0.6")]
        }
        // Two steps in each of four epochs.
        let run = try Trainer(options).fit(network, on: blobs(32))
        for (name, decay) in [("first.weight", 0.6), ("third.weight", 0.3)] {
            let share = [0.25, 0.5, 0.75, 1, 1, 1, 1, 1].reduce(1.0) {
                $0 * (1 - options.learningRate * decay * $1)
            }
            try expectClose(
                run.program.tensor(name), network.tensor(name) * share, within: 1e-6)
        }
    }
}
