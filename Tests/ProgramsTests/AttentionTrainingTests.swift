import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Attention with dropout is written out where it trains: libtorch's own draws from no generator of ours.
@Suite struct AttentionTrainingTests {
    private func program(
        _ rate: Double, mask: TensorType? = nil, causal: Bool = false, scale: Double? = nil
    ) -> Program {
        let type = TensorType(.float32, [.dimension("batch"), 2, 5, 4])
        var node = Node(
            "aten.scaled_dot_product_attention.default",
            ["query": .value("q"), "key": .value("k"), "value": .value("v")], outputs: ["y"])
        if mask != nil { node["attn_mask"] = .value("mask") }
        node["dropout_p"] = .double(rate)
        node["is_causal"] = .bool(causal)
        node["scale"] = scale.map(Argument.double)
        var types: [Value: ValueType] = [
            "q": .tensor(type), "k": .tensor(type), "v": .tensor(type),
        ]
        types["mask"] = mask.map(ValueType.tensor)
        return Program(
            inputs: ["q", "k", "v"] + (mask == nil ? [] : ["mask"]), nodes: [node],
            outputs: [.result("y")], tensors: [:], types: types, dimensions: ["batch": 1...Int.max])
    }

    private func run(_ program: Program, _ mask: Tensor?, _ mode: RunMode, seed: UInt64 = 1) throws
        -> Tensor
    {
        var draw = Generator(seed: 5)
        let inputs = try (0..<3).map { _ in try Tensor.normal([3, 2, 5, 4], using: &draw) }
        var generator = Generator(seed: seed)
        return try Runner(program).run(
            inputs + (mask.map { [$0] } ?? []), mode: mode, generator: &generator
        ).results[0]
    }

    @Test(
        arguments: [
            (false, false, nil, false), (true, false, nil, false), (false, true, nil, false),
            (false, false, 0.3, true), (false, false, nil, true),
        ] as [(Bool, Bool, Double?, Bool)])
    func `with a rate of almost nothing it is what libtorch computes`(
        causal: Bool, isBool: Bool, scale: Double?, isAdded: Bool
    ) throws {
        let hidden = (0..<25).map { $0 % 5 < 3 }
        let mask =
            isBool
            ? Tensor(hidden, shape: [5, 5])
            : isAdded ? Tensor(hidden.map { Float($0 ? 0.5 : -1) }, shape: [5, 5]) : nil
        let type = mask.map { TensorType(of: $0) }
        let plain = program(0, mask: type, causal: causal, scale: scale)
        let dropping = program(1e-12, mask: type, causal: causal, scale: scale)
        let expected = try run(plain, mask, .inference)
        let found = try run(dropping, mask, .training)
        let difference = try Verification.Difference("y", expected, found, 1e-5)
        #expect(difference.isEqual, "\(difference)")
    }

    @Test func `it draws from the run's generator, and not at all in inference`() throws {
        let dropping = program(0.5)
        let first = try run(dropping, nil, .training).elements(Float.self)
        #expect(try run(dropping, nil, .training).elements(Float.self) == first)
        #expect(try run(dropping, nil, .training, seed: 2).elements(Float.self) != first)
        let plain = try run(program(0), nil, .inference).elements(Float.self)
        #expect(try run(dropping, nil, .inference).elements(Float.self) == plain)
    }

    @Test func `what draws without a generator infers, and is refused in training`() throws {
        let node = Node(
            "aten.alpha_dropout.default",
            ["input": .value("x"), "p": .double(0.5), "train": .bool(true)], outputs: ["y"])
        let program = Program(
            inputs: ["x"], nodes: [node], outputs: [.result("y")], tensors: [:],
            types: ["x": .tensor(TensorType(.float32, [3]))], dimensions: [:])
        let input = Tensor([Float(1), 2, 3])
        #expect(try Runner(program)(input).elements(Float.self) == [1, 2, 3])
        var generator = Generator(seed: 0)
        let error = #expect(throws: ProgramError.self) {
            try Runner(program).run([input], mode: .training, generator: &generator)
        }
        #expect(
            error?.description
                == "the randomness of aten.alpha_dropout.default cannot be trained; set its rate to 0: y"
        )
    }
}
