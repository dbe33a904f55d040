import Tensors
import Testing

@Suite struct TensorShapeTests {
    private let cube = Tensor((0..<24).map { Float($0) }, shape: [2, 3, 4])

    @Test func `strides of a new tensor are row-major`() {
        #expect(cube.strides == [12, 4, 1])
        #expect(cube.isContiguous)
        #expect(cube.rank == 3 && cube.count == 24)
    }

    @Test(arguments: [(0, 1), (1, 2), (0, 2), (-3, -1)])
    func `a transposed tensor has shape and strides exchanged, and its own order of elements`(
        first: Int, second: Int
    ) throws {
        let turned = try cube.transposed(first, second)
        var (shape, strides) = (cube.shape, cube.strides)
        shape.swapAt((first + 3) % 3, (second + 3) % 3)
        strides.swapAt((first + 3) % 3, (second + 3) % 3)
        #expect(turned.shape == shape)
        #expect(turned.strides == strides)
        #expect(!turned.isContiguous)
        let packed = try turned.contiguous()
        #expect(packed.isContiguous)
        #expect(try packed.elements(Float.self) == turned.elements(Float.self))
        #expect(
            try turned.transposed(first, second).elements(Float.self) == cube.elements(Float.self))
    }

    @Test func `contiguous returns the tensor itself where nothing has to move`() throws {
        #expect(try cube.contiguous() === cube)
    }

    @Test func `a sliced part has the elements of its positions`() throws {
        let part = try cube.sliced(1..<3, along: 1)
        #expect(part.shape == [2, 2, 4])
        #expect(part.strides == cube.strides)
        #expect(
            try part.elements(Float.self) == (4..<12).map { Float($0) }
                + (16..<24).map { Float($0) })
    }

    @Test func `shapes change without the elements' order`() throws {
        #expect(try cube.reshaped(to: [4, -1]).shape == [4, 6])
        #expect(try cube.flattened(from: 1).shape == [2, 12])
        #expect(try cube.flattened().elements(Float.self) == cube.elements(Float.self))
        #expect(try cube.unsqueezed(at: 1).shape == [2, 1, 3, 4])
    }

    @Test func `an expanded dimension has stride zero and repeats its elements`() throws {
        let column = Tensor([1, 2] as [Float], shape: [2, 1])
        let wide = try column.expanded(to: [2, 3])
        #expect(wide.strides == [1, 0])
        #expect(try wide.elements(Float.self) == [1, 1, 1, 2, 2, 2])
    }

    @Test func `selecting and flipping pick rows in the order asked for`() throws {
        let rows = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [3, 2])
        #expect(try rows.selecting(Tensor([2, 0, 2])).elements(Float.self) == [5, 6, 1, 2, 5, 6])
        #expect(try rows.selecting(Tensor([1]), along: 1).elements(Float.self) == [2, 4, 6])
        #expect(try rows.flipped(along: [0, 1]).elements(Float.self) == [6, 5, 4, 3, 2, 1])
    }

    @Test func `a view may see elements more than once, and none outside`() throws {
        let numbers = Tensor([0, 1, 2, 3, 4, 5] as [Float])
        let windows = try numbers.viewed(as: [3, 2, 2], strides: [1, 2, 1])
        #expect(
            try windows.elements(Float.self) == [0, 1, 2, 3, 1, 2, 3, 4, 2, 3, 4, 5])
        #expect(throws: TensorError.self) {
            try numbers.viewed(as: [4, 2, 2], strides: [1, 2, 1])
        }
    }

    @Test func `concatenating and stacking are undone by slicing`() throws {
        let (a, b) = (Tensor([1, 2] as [Float]), Tensor([3, 4] as [Float]))
        let joined = try Tensor.concatenated([a, b])
        #expect(try joined.elements(Float.self) == [1, 2, 3, 4])
        #expect(try joined.sliced(2..<4).elements(Float.self) == b.elements(Float.self))
        let stacked = try Tensor.stacked([a, b], along: 1)
        #expect(stacked.shape == [2, 2])
        #expect(try stacked.elements(Float.self) == [1, 3, 2, 4])
    }

    @Test(arguments: [
        (ScalarType.float32, [1.75, -2.25]), (.float64, [1.75, -2.25]), (.int64, [1, -2]),
        (.int8, [1, -2]), (.bool, [1, 1]), (.float16, [1.75, -2.25]), (.bfloat16, [1.75, -2.25]),
    ])
    func `elements are converted as PyTorch converts them`(type: ScalarType, expected: [Double])
        throws
    {
        let converted = try Tensor([1.75, -2.25]).converted(to: type)
        #expect(converted.scalarType == type)
        #expect(try converted.converted(to: .float64).elements(Double.self) == expected)
    }

    @Test func `a conversion to the same type or place is the tensor itself`() throws {
        #expect(try cube.converted(to: .float32) === cube)
        #expect(try cube.moved(to: .cpu) === cube)
    }

    @Test func `a copy has memory of its own, in row-major order`() throws {
        let copy = try cube.transposed().copied()
        #expect(copy.strides == [12, 3, 1])
        #expect(try copy.elements(Float.self) == cube.transposed().elements(Float.self))
    }

    @Test func `a tensor without memory has a type, a shape and no elements`() throws {
        let meta = try cube.moved(to: .meta)
        #expect(meta.device == .meta && meta.summary == "float32 [2, 3, 4]")
        let read = #expect(throws: TensorError.self) { try meta.bytes() }
        #expect(
            read?.description == "libtorch: a meta tensor has no elements "
                + "(check the operands' shapes, types and devices)")
        #expect(read?.operands == ["float32 [2, 3, 4]"])
        let moved = #expect(throws: TensorError.self) { try meta.moved(to: .cpu) }
        #expect(moved?.kind == .notImplemented)
        #expect(moved?.message == "Cannot copy out of meta tensor; no data!")
    }

    @Test func `devices have PyTorch's names`() {
        #expect("\(Device.cpu) \(Device.cuda) \(Device.meta)" == "cpu cuda meta")
        #expect("\(Device(type: 1, index: 3))" == "cuda:3")
        #expect("\(Device(type: 20))" == "device20")
    }
}
