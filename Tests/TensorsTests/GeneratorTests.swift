import Tensors
import TestSupport
import Testing

@Suite struct GeneratorTests {
    private func draw(_ generator: inout Generator, _ count: Int = 50) throws -> [Float] {
        try Tensor.normal([count], using: &generator).elements()
    }

    @Test func `the same seed gives the same draws, another seed others`() throws {
        var (one, same, other) = (Generator(seed: 7), Generator(seed: 7), Generator(seed: 8))
        let first = try draw(&one)
        #expect(try draw(&same) == first)
        #expect(try draw(&other) != first)
        #expect(try draw(&one) != first)
    }

    @Test func `a copy is a value: drawing from one does not advance the other`() throws {
        var original = Generator(seed: 1)
        _ = try draw(&original)
        var copy = original
        let fromCopy = try draw(&copy)
        _ = try draw(&copy)
        #expect(try draw(&original) == fromCopy)
        var later = original
        let next = try draw(&original)
        #expect(try draw(&later) == next)
    }

    @Test func `an operand that is held does not tie generators together`() throws {
        var generator = Generator(seed: 3)
        let held = try generator.operand()
        let copy = generator
        _ = try Operator("aten::rand", "generator")(.ints([4]), held)
        var (one, two) = (generator, copy)
        #expect(try draw(&one) == draw(&two))
    }

    @Test func `a generator goes on from a stored state`() throws {
        var generator = Generator(seed: 5)
        _ = try draw(&generator, 3)
        let state = try generator.state()
        #expect(state.scalarType == .uint8 && state.rank == 1)
        let bytes = try state.bytes()
        let expected = try draw(&generator)
        #expect(try state.bytes() == bytes)
        var restored = try Generator(state: Tensor(bytes: bytes, type: .uint8, shape: state.shape))
        #expect(try draw(&restored) == expected)
    }

    @Test func `a state of the wrong length or type is refused`() throws {
        let short = try Generator(seed: 1).state().sliced(0..<100)
        #expect(throws: TensorError.self) { try Generator(state: short) }
        let floats = try Tensor.zeros(Generator(seed: 1).state().shape)
        #expect(throws: TensorError.self) { try Generator(state: floats) }
    }

    @Test func `a generator passes through the boxed call`() throws {
        func bits(_ seed: UInt64) throws -> [Float] {
            var generator = Generator(seed: seed)
            return try call(
                "aten::bernoulli", "p", .tensor(.zeros([200])), .double(0.5), generator.operand()
            ).elements()
        }
        #expect(try bits(1) == bits(1))
        #expect(try bits(1) != bits(2))
        let ones = try bits(1).reduce(0, +)
        #expect((60...140).contains(ones))
    }

    @Test func `a permutation has every number once`() throws {
        var generator = Generator(seed: 9)
        let order = try Tensor.permutation(100, using: &generator).elements(Int.self)
        #expect(order != Array(0..<100))
        #expect(order.sorted() == Array(0..<100))
    }

    @Test func `draws have the bounds and moments asked for`() throws {
        var generator = Generator(seed: 11)
        let even = try Tensor.uniform([10_000], from: -2, to: 3, type: .float64, using: &generator)
        #expect(try even.minimum().item() >= -2 && even.maximum().item() < 3)
        #expect(try (even.mean().item() - 0.5).magnitude < 0.06)
        let bell = try Tensor.normal(
            [10_000], mean: 5, deviation: 2, type: .float64, using: &generator)
        #expect(try (bell.mean().item() - 5).magnitude < 0.08)
        #expect(try ((bell + -5).power(2).mean().item() - 4).magnitude < 0.25)
    }
}
