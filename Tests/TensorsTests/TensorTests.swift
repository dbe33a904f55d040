import Tensors
import Testing

@Suite struct TensorTests {
    @Test func `elements come back in row-major order`() throws {
        let tensor = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
        #expect(try tensor.elements() as [Float] == [1, 2, 3, 4, 5, 6])
        #expect(try tensor.transposed().elements() as [Float] == [1, 4, 2, 5, 3, 6])
    }
}
