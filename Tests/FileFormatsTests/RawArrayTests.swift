import FileFormats
import Foundation
import Testing

struct RawArrayTests {
    @Test func `values come back as they went in`() throws {
        let floats: [Float] = [0, -1.5, .infinity, 0x1p-140]
        #expect(try RawArray(floats, shape: [2, 2]).values(as: Float.self) == floats)
        #expect(try RawArray(floats, shape: [4]).floats() == floats)
        let integers = [Int.min, -1, 0, .max]
        #expect(try RawArray(integers, shape: [4, 1]).integers() == integers)
        #expect(try RawArray([true, false], shape: [2]).values(as: Bool.self) == [true, false])
        #expect(try RawArray([Int8(-5), 7], shape: [2]).integers() == [-5, 7])
        #expect(try RawArray([UInt32.max], shape: []).integers() == [4_294_967_295])
        #expect(try RawArray([Double(0.1)], shape: [1]).floats() == [0.1])
    }

    @Test func `numbers of 16 bits are widened exactly`() throws {
        let halves: [UInt16] = [0x3C00, 0xC000, 0x7BFF, 0x0001, 0x8000, 0x7C00, 0x3555, 0x03FF]
        let bytes = halves.reduce(into: Data()) { $0.put($1) }
        let values = try RawArray(.float16, shape: [8], bytes: bytes).floats()
        let expected: [Float] = [
            1, -2, 65504, 0x1p-24, -0.0, .infinity, 0x1.554p-2, 0x1.ff8p-15,
        ]
        #expect(values == expected)
        #expect(values[4].sign == .minus)
        let brains = try RawArray(.bfloat16, shape: [2], bytes: Data([0x80, 0x3F, 0x49, 0xC0]))
        #expect(try brains.floats() == [1, -3.140625])
    }

    @Test func `slices at any address are read`() throws {
        let data = Data([9, 9, 9]) + Data([1, 0, 0, 0, 2, 0, 0, 0])
        let array = try RawArray(.int32, shape: [2], bytes: data.dropFirst(3))
        #expect(try array.integers() == [1, 2])
    }

    @Test(arguments: ElementType.allCases)
    func `an array takes its elements' bytes`(type: ElementType) throws {
        let array = try RawArray(type, shape: [2, 3], bytes: Data(count: 6 * type.byteCount))
        #expect(array.count == 6)
        #expect(throws: FileFormatError.self) {
            try RawArray(type, shape: [2, 3], bytes: Data(count: 6 * type.byteCount - 1))
        }
        #expect(try RawArray(type, shape: [], bytes: Data(count: type.byteCount)).count == 1)
        #expect(try RawArray(type, shape: [0, 3], bytes: Data()).count == 0)
    }

    @Test(arguments: [
        [-1], [-1, -1], [1 << 62, 4], [Int.max, Int.max], [1 << 62, 4, 0], [.min],
    ])
    func `impossible shapes are refused`(shape: [Int]) {
        #expect(
            message(.malformed) { _ = try RawArray(.float32, shape: shape, bytes: Data(count: 4)) }
                == "array: float32 \(shape) is not a possible shape; "
                + "the file is damaged or not what it seems")
    }

    @Test func `errors name the numbers`() throws {
        #expect(
            message(.malformed) { _ = try RawArray([Float(1), 2], shape: [3]) }
                == "array: float32 [3] takes 12 bytes and 8 are given; write it again")
        #expect(
            message(.malformed) { _ = try RawArray(.bool, shape: [1], bytes: Data([2])) }
                == "array: bool [1] has an element that is neither 0 nor 1; store it as uint8")
        let array = try RawArray([UInt64.max], shape: [])
        #expect(
            message(.unsupported) { _ = try array.integers() }
                == "array: its uint64 values do not fit the numbers asked for; "
                + "store it as another type")
        #expect(
            message(.unsupported) { _ = try array.values(as: Float.self) }
                == "array: it holds uint64, not float32; read it as uint64")
    }
}
