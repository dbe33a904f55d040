import FileFormats
import Foundation
import TestSupport
import Testing

struct IDXTests {
    /// A file of this header, 32-bit words big endian, and this data.
    static func file(_ magic: UInt32, _ sizes: [UInt32], _ data: [UInt8]) -> Data {
        var result = Data()
        for word in [magic] + sizes { result.put(word.byteSwapped) }
        return result + Data(data)
    }

    func refusal(_ kind: FileFormatError.Kind, _ data: Data, rank: Int? = nil) -> String {
        message(kind) { _ = try IDX.read(data, file: "a", rank: rank) }
    }

    @Test func `images and labels are read`() throws {
        let images = try IDX.read(
            Self.file(0x803, [2, 1, 3], [1, 2, 3, 4, 5, 6]), file: "a", rank: 3)
        #expect(images == (try RawArray([UInt8(1), 2, 3, 4, 5, 6], shape: [2, 1, 3])))
        let labels = try IDX.read(Self.file(0x801, [2], [7, 9]), file: "a", rank: 1)
        #expect(try labels.integers() == [7, 9])
    }

    @Test(
        arguments: [
            (UInt32(0x901), [0xFE, 0x02], [-2, 2]),
            (0xB01, [0xFF, 0xFE, 0x01, 0x00], [-2, 256]),
            (0xC01, [0, 0, 1, 0, 0xFF, 0xFF, 0xFF, 0xFF], [256, -1]),
            (0xD01, [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0], [1, -2]),
            (0xE01, [0x3F, 0xF0, 0, 0, 0, 0, 0, 0, 0xC0, 0, 0, 0, 0, 0, 0, 0], [1, -2]),
        ] as [(UInt32, [UInt8], [Float])])
    func `every element type becomes little endian`(
        magic: UInt32, bytes: [UInt8], expected: [Float]
    ) throws {
        let array = try IDX.read(Self.file(magic, [2], bytes), file: "a")
        #expect(try array.floats() == expected)
    }

    @Test func `gzip is found by content and bounded`() throws {
        try withTemporaryFolder { folder in
            try AtomicFile.write(Compressed.gzippedText, to: "\(folder)/a.gz")
            #expect(
                message(.malformed) { _ = try IDX.read(contentsOf: "\(folder)/a.gz") }
                    == "\(folder)/a.gz: it begins with 0x53776966 and an IDX file with two zero "
                    + "bytes; check which file it is")
            #expect(throws: FileFormatError.self) {
                try IDX.read(contentsOf: "\(folder)/a.gz", limit: 700)
            }
        }
    }

    @Test func `each fault has its sentence`() {
        #expect(
            refusal(.truncated, Data([0, 0]))
                == "a: it has 2 bytes and an IDX file has at least 4; fetch the file again")
        #expect(
            refusal(.unsupported, Self.file(0xA01, [1], [0]))
                == "a: its element type is 0xa and the known ones are 0x8, 0x9, 0xb, 0xc, 0xd "
                + "and 0xe; convert it to one of them")
        #expect(
            refusal(.malformed, Self.file(0x801, [1], [0]), rank: 3)
                == "a: it has 1 dimensions and 3 are expected; "
                + "check that images and labels are not exchanged")
        #expect(
            refusal(.truncated, Self.file(0x803, [1], []))
                == "a: its header says 3 dimensions and holds 1; fetch the file again")
        #expect(
            refusal(.truncated, Self.file(0x802, [2, 3], [1, 2, 3]))
                == "a: uint8 [2, 3] takes 6 bytes and it holds 3; fetch the file again")
        #expect(
            refusal(.malformed, Self.file(0x801, [2], [1, 2, 3]))
                == "a: uint8 [2] takes 2 bytes and 1 more follow; fetch the file again")
        #expect(
            refusal(.malformed, Self.file(0x803, [.max, .max, .max], [1]))
                == "a: its shape [4294967295, 4294967295, 4294967295] is not possible; "
                + "fetch the file again")
        #expect(
            refusal(.malformed, Data("<html>".utf8))
                == "a: it is a web page, not the IDX file; "
                + "download the file itself, not the page about it")
    }

    @Test func `cut or damaged files throw and never crash`() {
        let data = Self.file(0xD02, [3, 5], [UInt8](repeating: 1, count: 60))
        expectTruncationsThrow(of: data) { _ = try IDX.read($0, file: "a") }
        expectSurvivesDamage(of: data, rounds: 3000) { _ = try IDX.read($0, file: "a") }
    }
}
