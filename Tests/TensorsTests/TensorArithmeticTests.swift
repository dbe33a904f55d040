import Tensors
import TestSupport
import Testing

@Suite struct TensorArithmeticTests {
    private let left = Tensor([1, -2, 3, 4.5, 0.5, -6], shape: [2, 3])
    private let right = Tensor([2, 4, 0.5, 1, 8, 3], shape: [2, 3])

    @Test func `operators work element by element`() throws {
        let (a, b) = (try left.elements(Double.self), try right.elements(Double.self))
        #expect(try (left + right).elements(Double.self) == zip(a, b).map { $0 + $1 })
        #expect(try (left - right).elements(Double.self) == zip(a, b).map { $0 - $1 })
        #expect(try (left * right).elements(Double.self) == zip(a, b).map { $0 * $1 })
        #expect(try (left / right).elements(Double.self) == zip(a, b).map { $0 / $1 })
        #expect(try (left + 1.5).elements(Double.self) == a.map { $0 + 1.5 })
        #expect(try (left * -2).elements(Double.self) == a.map { $0 * -2 })
    }

    @Test func `functions of one tensor work element by element`() throws {
        let a = try left.elements(Double.self)
        #expect(try left.power(2).elements(Double.self) == a.map { $0 * $0 })
        #expect(try left.magnitude().elements(Double.self) == a.map(\.magnitude))
        #expect(try left.clamped(from: 0.75).elements(Double.self) == a.map { max($0, 0.75) })
        try expectClose(left.power(2).squareRoot(), left.magnitude(), within: 1e-15)
        try expectClose(right.logarithm().exponential(), right, within: 1e-15)
    }

    @Test func `a row is added to every row`() throws {
        let row = Tensor([10, 20, 30], shape: [1, 3])
        #expect(try (left + row).elements(Double.self) == [11, 18, 33, 14.5, 20.5, 24])
    }

    @Test func `sums and means run over all elements or along dimensions`() throws {
        #expect(try left.sum().item() == 1)
        #expect(try left.sum(along: [0]).elements(Double.self) == [5.5, -1.5, -3])
        #expect(try left.sum(along: [1]).elements(Double.self) == [2, -1])
        #expect(try right.mean(along: [0]).elements(Double.self) == [1.5, 6, 1.75])
        #expect(try left.mean().item() == 1.0 / 6)
        #expect(try left.sum(along: [0, 1]).item() == 1)
    }

    @Test func `extremes, their positions and the norm`() throws {
        #expect(try left.maximum().item() == 4.5)
        #expect(try left.minimum().item() == -6)
        #expect(try left.argmax(along: 1).elements(Int.self) == [2, 0])
        #expect(try left.argmax(along: 0).elements(Int.self) == [1, 1, 0])
        #expect(try Tensor([3.0, -4.0]).norm().item() == 5)
    }

    @Test func `comparison says where elements agree`() throws {
        let other = Tensor([1, 0, 3, 0, 0.5, 0], shape: [2, 3])
        #expect(
            try left.equals(other).elements(Bool.self) == [true, false, true, false, true, false])
    }

    @Test(arguments: [(Double.infinity, false), (-.infinity, false), (.nan, false), (1e308, true)])
    func `a tensor is finite where every element is`(element: Double, expected: Bool) throws {
        #expect(try Tensor([0, element, 1]).isFinite() == expected)
    }

    @Test func `a matrix product sums over the inner dimension`() throws {
        let product = try matmul(left, right.transposed())
        #expect(try product.elements(Double.self) == [-4.5, -6, 8, -9.5])
        try expectClose(matmul(left, .identity(3, type: .float64)), left, within: 0)
    }

    @Test func `new tensors have the elements that their names say`() throws {
        #expect(try Tensor.zeros([2]).elements(Float.self) == [0, 0])
        #expect(try Tensor.ones([2], type: .int64).elements(Int.self) == [1, 1])
        #expect(try Tensor.full([2], 2.5, type: .float64).elements(Double.self) == [2.5, 2.5])
        #expect(try Tensor.identity(2).elements(Float.self) == [1, 0, 0, 1])
        #expect(try Tensor.range(4).elements(Int.self) == [0, 1, 2, 3])
        #expect(try Tensor([2.0, 3.0]).asDiagonal().elements(Double.self) == [2, 0, 0, 3])
        #expect(try Tensor.meta([2, 5], type: .int8).summary == "int8 [2, 5]")
    }
}
