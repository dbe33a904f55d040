import FileFormats
import Foundation
import TestSupport
import Testing

struct NumPyArchiveTests {
    /// What numpy.savez_compressed writes for a weight of <f4 [2, 3] and a label of >i2 [2].
    static let compressed = Data(
        hexadecimal: """
            504b03042d0000000800000021004fe9002affffffffffffffff0a0014007765696768742e6e70790100
            1000980000000000000055000000000000009bec17ea1b10c9c850c650ad9e925a9c5ca46ea5a06e9366
            a2aea3a09e965f54529498179f5f94920a12774bcc294e058a17672416a402f91a463a0ac69a3a0ab50a
            64032e063068b007120e4004c40d40bcc00100504b03042d0000000800000021007c9bcfa9ffffffffff
            ffffff090014006c6162656c2e6e707901001000840000000000000048000000000000009bec17ea1b10
            c9c850c650ad9e925a9c5ca46ea5a06e9769a4aea3a09e965f54529498179f5f94920a12774bcc294e05
            8a17672416a402f91a463a9a3a0ab50a14002e0646062600504b01022d032d0000000800000021004fe9
            002a55000000980000000a00000000000000000000008001000000007765696768742e6e7079504b0102
            2d032d0000000800000021007c9bcfa94800000084000000090000000000000000000000800191000000
            6c6162656c2e6e7079504b050600000000020002006f000000140100000000
            """)

    func read(_ data: Data, limit: Int = 1_000_000) throws -> [(name: String, array: RawArray)] {
        try NumPy.readArchive(data, file: "a.npz", limit: limit)
    }

    @Test func `compressed arrays are read by name`() throws {
        let arrays = try read(Self.compressed)
        #expect(arrays.map(\.name) == ["weight", "label"])
        #expect(arrays[0].array == (try RawArray([Float(0), 1, 2, 3, 4, 5], shape: [2, 3])))
        #expect(arrays[1].array == (try RawArray([Int16(1), 2], shape: [2])))
    }

    @Test func `the limit is for all compressed arrays together`() {
        #expect(throws: Never.self) { try read(Self.compressed, limit: 152 + 132) }
        #expect(
            message(.tooLarge) { _ = try read(Self.compressed, limit: 152 + 131) }
                == "a.npz: entry “label.npy” inflates to 132 bytes, more than 131; "
                + "raise the limit if the file is trusted")
    }

    @Test func `stored arrays are slices and need no limit`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.npz"
            let array = try RawArray([1, 2, 3], shape: [3])
            try NumPy.write(array, to: "\(folder)/x.npy")
            var writer = try ZipWriter(path: path)
            try writer.add("x.npy", Data(contentsOf: URL(fileURLWithPath: "\(folder)/x.npy")))
            try writer.finish()
            let found = try NumPy.readArchive(contentsOf: path, limit: 0)
            #expect(found.map(\.name) == ["x"])
            #expect(found.map(\.array) == [array])
        }
    }

    @Test func `entries that are no arrays are named`() {
        let text = ZipBytes([ZipBytes.Entry("notes.txt")])
        #expect(
            message(.malformed) { _ = try read(text.data) }
                == "a.npz: entry “notes.txt” is not an .npy file; "
                + "save the arrays with numpy.savez")
        let object = NumPyTests.file(NumPyTests.header("|O", "(1,)"))
        #expect(
            message(.unsupported) { _ = try read(ZipBytes([.init("x.npy", object)]).data) }
                == "a.npz, entry “x.npy”: it holds Python objects (“|O”), which are never "
                + "unpickled; save it with a type of numbers")
    }

    @Test func `cut or damaged files throw and never crash`() {
        expectTruncationsThrow(of: Self.compressed, every: 3) { _ = try read($0) }
        let refused = expectSurvivesDamage(of: Self.compressed) { _ = try read($0) }
        #expect(refused > 1000)
    }
}
