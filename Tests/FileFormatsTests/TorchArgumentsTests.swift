import FileFormats
import Foundation
import Testing

@Suite struct TorchArgumentsTests {
    @Test func `arrays that were written as arguments are read back`() throws {
        let arrays = [
            try RawArray([Float(1.5), -2, 3, 4, 5, 6], shape: [2, 3]),
            try RawArray([Int(7)], shape: []), try RawArray([UInt8](), shape: [0, 4]),
            try RawArray([Int32(-1), 2], shape: [1, 2, 1]),
        ]
        let file = try TorchCheckpoint(#require(TorchArguments.data(arrays)), file: "f")
        guard case .list(let items) = file.contents, items.count == 2,
            case .list(let given) = items[0], case .dictionary(let named) = items[1]
        else {
            Issue.record("\(file.contents)")
            return
        }
        #expect(named.isEmpty && given.count == arrays.count)
        for (value, array) in zip(given, arrays) {
            guard case .tensor(let tensor) = value else {
                Issue.record("\(value)")
                continue
            }
            #expect(try file.array(tensor) == array)
        }
    }

    @Test func `a type without a storage in PyTorch gives nothing`() throws {
        #expect(TorchArguments.data([try RawArray([UInt16(1)], shape: [1])]) == nil)
    }
}
