import FileFormats
import Foundation
import TestSupport
import Testing

/// A checkpoint of more than 4 GB, which needs numbers of 64 bits in its archive.
@Suite struct TorchLargeTests {
    /// Elements of the first tensor: 4.8 GB that take no room on disk.
    private static let count = 1_200_000_000

    /// A tensor of one axis in a storage of its own.
    private func tensor(_ key: String, count: Int) -> Pickled {
        let storage = Pickled.persistent(
            .tuple([
                .text("storage"), .global("torch", "FloatStorage"), .text(key), .text("cpu"),
                .integer(count), .null,
            ]))
        return .call(
            "torch._utils", "_rebuild_tensor_v2",
            [
                storage, .integer(0), .tuple([.integer(count)]), .tuple([.integer(1)]),
                .bool(false), .ordered([]),
            ])
    }

    /// Writes an archive by hand, the data of `hole` left out of the disk.
    private func write(_ path: String, _ entries: [(name: String, data: Data?, byteCount: Int)])
        throws
    {
        #expect(FileManager.default.createFile(atPath: path, contents: nil))
        let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
        var (offset, directory) = (0, Data())
        func put(_ data: Data) throws {
            try file.seek(toOffset: UInt64(offset))
            try file.write(contentsOf: data)
            offset += data.count
        }
        for entry in entries {
            let start = offset
            // Sizes, and in the directory the offset, stand in the field of 64 bits.
            var sizes = Data()
            for number in [entry.byteCount, entry.byteCount] { sizes.put(UInt64(number)) }
            func common(_ extraByteCount: Int) -> Data {
                var data = Data()
                for number in [45, 0, 0, 0, 0] as [UInt16] { data.put(number) }
                data.put(UInt32(0))  // a check sum of 0 is not compared
                data.put(UInt32.max)
                data.put(UInt32.max)
                data.put(UInt16(entry.name.utf8.count))
                data.put(UInt16(extraByteCount))
                return data
            }
            var local = Data()
            local.put(UInt32(0x0403_4B50))
            local += common(20) + Data(entry.name.utf8)
            local.put(UInt16(1))
            local.put(UInt16(16))
            try put(local + sizes + (entry.data ?? Data()))
            if entry.data == nil { offset += entry.byteCount }
            directory.put(UInt32(0x0201_4B50))
            directory.put(UInt16(45))
            directory += common(28) + Data(count: 10)
            directory.put(UInt32.max)
            directory += Data(entry.name.utf8)
            directory.put(UInt16(1))
            directory.put(UInt16(24))
            directory += sizes
            directory.put(UInt64(start))
        }
        let position = offset
        var end = directory
        end.put(UInt32(0x0606_4B50))
        end.put(UInt64(44))
        for number in [45, 45, 0, 0, 0, 0] as [UInt16] { end.put(number) }
        for number in [entries.count, entries.count, directory.count, position] {
            end.put(UInt64(number))
        }
        end.put(UInt32(0x0706_4B50))
        end.put(UInt32(0))
        end.put(UInt64(position + directory.count))
        end.put(UInt32(1))
        end.put(UInt32(0x0605_4B50))
        end.put(UInt32(0))
        for _ in 0..<2 { end.put(UInt16(entries.count)) }
        end.put(UInt32(directory.count))
        end.put(UInt32.max)
        end.put(UInt16(0))
        try put(end)
        try file.close()
    }

    @Test func `Tensors behind the first 4 GB are read, and nothing else is`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/large.pt"
            let pickle = Pickled.state([
                "large": tensor("0", count: Self.count), "small": tensor("1", count: 3),
            ]).pickle(version: 2)
            let small = TorchBytes.Storage("1", floats: 3).bytes
            try write(
                path,
                [
                    ("x/data.pkl", pickle, pickle.count),
                    ("x/data/0", nil, 4 * Self.count), ("x/data/1", small, small.count),
                ])
            let before = residentBytes()
            let file = try TorchCheckpoint(contentsOf: path)
            #expect(try file.array(file.tensor("small")).floats() == [0, 1, 2])
            let large = try file.array(file.tensor("large"))
            #expect(large.bytes.count == 4 * Self.count)
            #expect(large.bytes.last == 0)
            #expect(residentBytes() - before < 200 << 20)
        }
    }
}
