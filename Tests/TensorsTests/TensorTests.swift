import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct TensorTests {
    @Test func `elements come back in row-major order`() throws {
        let tensor = Tensor([1, 2, 3, 4, 5, 6] as [Float], shape: [2, 3])
        #expect(try tensor.elements() as [Float] == [1, 2, 3, 4, 5, 6])
        #expect(try tensor.transposed().elements() as [Float] == [1, 4, 2, 5, 3, 6])
    }

    @Test func `elements of every Swift type come back as they went in`() throws {
        func expectRoundTrip<Element: TensorElement & Equatable>(_ elements: [Element]) throws {
            let tensor = Tensor(elements, shape: [elements.count, 1])
            #expect(try tensor.elements(Element.self) == elements)
            #expect(tensor.scalarType == Element.scalarType)
            #expect(tensor.byteCount == elements.count * MemoryLayout<Element>.stride)
        }
        try expectRoundTrip([1.5, -.infinity, .leastNonzeroMagnitude] as [Float])
        try expectRoundTrip([1.5, .greatestFiniteMagnitude, -0.1] as [Double])
        try expectRoundTrip([Int.min, 0, .max])
        try expectRoundTrip([Int32.min, 0, .max])
        try expectRoundTrip([0, 127, 255] as [UInt8])
        try expectRoundTrip([true, false, true])
        try expectRoundTrip([] as [Float])
    }

    @Test(arguments: ScalarType.allCases)
    func `bytes of every scalar type come back as they went in`(type: ScalarType) throws {
        let count = 6 * type.byteCount
        let bytes = Data((0..<count).map { type == .bool ? UInt8($0 % 2) : UInt8($0 * 37 % 256) })
        let tensor = Tensor(bytes: bytes, type: type, shape: [2, 3])
        #expect(try tensor.bytes() == bytes)
        #expect(tensor.summary == "\(type) [2, 3]")
        #expect(tensor.byteCount == count)
        let rows = [bytes.prefix(count / 2), bytes.suffix(count / 2)]
        #expect(try tensor.sliced(1..<2).bytes() == rows[1])
        #expect(try tensor.flipped(along: [0]).bytes() == rows[1] + rows[0])
    }

    @Test(arguments: 0...70)
    func `data of any length makes a tensor, also where it has no address`(count: Int) throws {
        let bytes = Data((0..<count).map { UInt8($0) })
        let tensor = Tensor(bytes: bytes, type: .uint8, shape: [count])
        #expect(try tensor.elements(UInt8.self) == Array(bytes))
        #expect(tensor.count == count)
    }

    @Test(arguments: 0..<8)
    func `data that starts anywhere makes a tensor`(start: Int) throws {
        let numbers = (0..<32).map { Double($0) * 0.1 }
        let plain = try Tensor(numbers).bytes()
        let slice = (Data(count: start) + plain).dropFirst(start)
        let tensor = Tensor(bytes: slice, type: .float64, shape: [4, 8])
        #expect(try tensor.elements(Double.self) == numbers)
    }

    @Test func `a mapped file can be read after its name is gone`() throws {
        let file = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
        let numbers = (0..<100_000).map { Float($0) }
        try Tensor(numbers).bytes().write(to: file)
        let tensor = try {
            let mapped = try Data(contentsOf: file, options: .alwaysMapped)
            return Tensor(bytes: mapped, type: .float32, shape: [1_000, 100])
        }()
        try FileManager.default.removeItem(at: file)
        #expect(try tensor.elements(Float.self) == numbers)
    }

    @Test func `a view keeps the memory alive, and the last one gives it back`() throws {
        final class Memory {
            var isFreed = false
        }
        let memory = Memory()
        let block = UnsafeMutableRawPointer.allocate(byteCount: 96, alignment: 64)
        unsafe block.initializeMemory(as: UInt8.self, repeating: 7, count: 96)
        var view: Tensor? = try {
            let bytes = unsafe Data(
                bytesNoCopy: block, count: 96,
                deallocator: .custom { block, _ in
                    unsafe block.deallocate()
                    memory.isFreed = true
                })
            return try Tensor(bytes: bytes, type: .uint8, shape: [8, 12]).transposed().sliced(1..<3)
        }()
        #expect(!memory.isFreed)
        #expect(try view?.elements(UInt8.self) == Array(repeating: 7, count: 16))
        view = nil
        #expect(memory.isFreed)
    }

    @Test(arguments: [8, 800])
    func `a tensor does not follow later changes of its data`(count: Int) throws {
        var bytes = Data(repeating: 1, count: count)
        let tensor = Tensor(bytes: bytes, type: .uint8, shape: [count])
        bytes[0] = 9
        #expect(try tensor.elements(UInt8.self) == Array(repeating: 1, count: count))
    }

    @Test func `a single number is a tensor without dimensions`() throws {
        let tensor = Tensor(2.5)
        #expect(tensor.shape == [] && tensor.rank == 0 && tensor.count == 1)
        #expect(try tensor.item() == 2.5)
        #expect(try Tensor(true).item() == 1)
    }

    @Test func `bytes of a lazily conjugated tensor are those of its elements`() throws {
        let tensor = Tensor(
            bytes: try Tensor([1, 2] as [Float]).bytes(), type: .complex64, shape: [1])
        let conjugate = try call("aten::_conj", "", .tensor(tensor))
        #expect(try conjugate.bytes() == Tensor([1, -2] as [Float]).bytes())
        let imaginary = try call("aten::imag", "", .tensor(conjugate))
        #expect(try imaginary.elements(Float.self) == [-2])
    }

    @Test func `a sparse tensor's layout can be asked for without a crash`() async {
        await #expect(processExitsWith: .success) {
            let dense = try Tensor.identity(3)
            let sparse = try call("aten::to_sparse", "", .tensor(dense))
            #expect(sparse.shape == [3, 3])
            #expect(!sparse.isContiguous)
            #expect(sparse.strides == [])
            #expect(throws: TensorError.self) { try sparse.bytes() }
        }
    }

    @Test func `elements of the wrong type or number are a programmer's mistake`() async {
        await #expect(processExitsWith: .failure) {
            _ = try Tensor([1, 2, 3] as [Float]).elements(Double.self)
        }
        await #expect(processExitsWith: .failure) { _ = Tensor([1, 2, 3] as [Float], shape: [2]) }
        await #expect(processExitsWith: .failure) {
            _ = Tensor(bytes: Data(count: 7), type: .float32, shape: [2])
        }
        await #expect(processExitsWith: .failure) { _ = try Tensor([1, 2] as [Float]).item() }
    }
}
