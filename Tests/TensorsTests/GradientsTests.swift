import Tensors
import TestSupport
import Testing

@Suite struct GradientsTests {
    /// The loss of a small net, `[5, 4] → tanh → [5, 3]`, in double.
    private func loss(_ parameters: [Tensor]) throws -> Tensor {
        let x = Tensor((0..<20).map { Double($0 * 7 % 11) / 10 - 0.5 }, shape: [5, 4])
        let hidden = try call("aten::tanh", "", .tensor(matmul(x, parameters[0]) + parameters[1]))
        return try crossEntropy(matmul(hidden, parameters[2]), Tensor([0, 2, 1, 1, 0]))
    }

    private func parameters() throws -> [Tensor] {
        var generator = Generator(seed: 4)
        return try [[4, 6], [6], [6, 3]].map {
            try .normal($0, deviation: 0.5, type: .float64, using: &generator)
        }
    }

    @Test func `gradients agree with finite differences`() throws {
        let values = try parameters()
        let leaves = try values.map { try $0.trainable() }
        let found = try gradients(of: loss(leaves), with: leaves)
        let step = 1e-5
        for (index, value) in values.enumerated() {
            let numbers = try value.elements(Double.self)
            let differences = try numbers.indices.map { position in
                func shifted(_ amount: Double) throws -> Double {
                    var (moved, all) = (numbers, values)
                    moved[position] += amount
                    all[index] = Tensor(moved, shape: value.shape)
                    return try loss(all).item()
                }
                return try (shifted(step) - shifted(-step)) / (2 * step)
            }
            let gradient = try #require(found[index])
            try expectClose(gradient, Tensor(differences, shape: value.shape), within: 1e-8)
        }
    }

    @Test func `an input without part in the output has no gradient`() throws {
        let used = try Tensor([2.0]).trainable()
        let unused = try Tensor([3.0]).trainable()
        let found = try gradients(of: used.power(2).sum(), with: [unused, used])
        #expect(found[0] == nil)
        #expect(try found[1]?.elements(Double.self) == [4])
    }

    @Test func `gradients can be taken of values on the way`() throws {
        let x = try Tensor([3.0]).trainable()
        let square = try x.power(2)
        let found = try gradients(of: (square * 5).sum(), with: [square])
        #expect(try found[0]?.item() == 5)
    }

    @Test func `a gradient of a gradient`() throws {
        let x = try Tensor([2.0, -1.0]).trainable()
        let first = try gradients(
            of: [x.power(3).sum()], weights: [nil], with: [x], differentiable: true)
        let slope = try #require(first[0])
        #expect(try slope.elements(Double.self) == [12, 3])
        let second = try gradients(of: slope.sum(), with: [x])
        #expect(try second[0]?.elements(Double.self) == [12, -6])
    }

    @Test func `outputs are weighted`() throws {
        let x = try Tensor([2.0, 3.0]).trainable()
        let found = try gradients(
            of: [x.power(2), x * 10], weights: [Tensor([1.0, 0.5]), Tensor([0.0, 1.0])], with: [x])
        #expect(try found[0]?.elements(Double.self) == [4, 13])
    }

    @Test func `a graph serves once, or again where it is kept`() throws {
        let x = try Tensor([2.0]).trainable()
        let square = try x.power(2).sum()
        for _ in 0..<2 {
            #expect(try gradients(of: square, with: [x], keepGraph: true)[0]?.item() == 4)
        }
        _ = try gradients(of: square, with: [x])
        #expect(throws: TensorError.self) { try gradients(of: square, with: [x]) }
    }

    @Test func `a trainable tensor is a leaf of its own`() throws {
        let plain = Tensor([1.0])
        let leaf = try plain.trainable()
        #expect(leaf.requiresGradient && !plain.requiresGradient)
        let again = try (leaf * 2).trainable()
        #expect(throws: TensorError.self) { try gradients(of: leaf.sum(), with: []) }
        #expect(try gradients(of: (again * 3).sum(), with: [leaf, again])[0] == nil)
        #expect(try !leaf.detached().requiresGradient)
        #expect(throws: TensorError.self) { try Tensor([1]).trainable() }
    }

    @Test func `an output of many elements needs weights`() throws {
        let x = try Tensor([2.0, 3.0]).trainable()
        let failure = #expect(throws: TensorError.self) { try gradients(of: x * 2, with: [x]) }
        #expect(
            failure?.description == "backward on float64 [2]: grad can be implicitly created only "
                + "for scalar outputs (check the operands' shapes, types and devices)")
    }

    @Test func `withoutGradients records nothing and restores the mode, also where it throws`()
        throws
    {
        struct Stop: Error {}
        let x = try Tensor([2.0]).trainable()
        #expect(try !withoutGradients { try x * 2 }.requiresGradient)
        #expect(try (x * 2).requiresGradient)
        #expect(throws: Stop.self) { try withoutGradients { throw Stop() } }
        #expect(try (x * 2).requiresGradient)
        try withoutGradients { () throws in
            withoutGradients {}
            #expect(try !(x * 2).requiresGradient)
        }
        #expect(try (x * 2).requiresGradient)
    }
}
