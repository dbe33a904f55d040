import FileFormats
import Foundation
import TestSupport
import Testing

struct NumPyTests {
    /// An `.npy` file of this header, which is not padded.
    static func file(_ header: String, version: UInt8 = 1, data: Data = Data()) -> Data {
        var result = Data([0x93]) + Data("NUMPY".utf8) + Data([version, 0])
        version == 1 ? result.put(UInt16(header.utf8.count)) : result.put(UInt32(header.utf8.count))
        return result + Data(header.utf8) + data
    }

    static func header(_ type: String, _ shape: String, fortran: String = "False") -> String {
        "{'descr': '\(type)', 'fortran_order': \(fortran), 'shape': \(shape), }\n"
    }

    func refusal(_ kind: FileFormatError.Kind, _ data: Data) -> String {
        message(kind) { _ = try NumPy.read(data, file: "a.npy") }
    }

    @Test(arguments: [[], [6], [2, 3], [1, 6, 1], [0, 3]])
    func `what is written is read back`(shape: [Int]) throws {
        try withTemporaryFolder { folder in
            let count = shape.reduce(1, *)
            let array = try RawArray((0..<count).map { Float($0) / 3 }, shape: shape)
            try NumPy.write(array, to: "\(folder)/a.npy")
            #expect(try NumPy.read(contentsOf: "\(folder)/a.npy") == array)
            let size = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/a.npy")).count
            #expect(size == 128 + 4 * count)
        }
    }

    @Test(arguments: ElementType.allCases)
    func `every type that NumPy has is kept`(type: ElementType) throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.npy"
            let array = try RawArray(type, shape: [2], bytes: Data(count: 2 * type.byteCount))
            guard type == .bfloat16 || "\(type)".hasPrefix("float8") else {
                try NumPy.write(array, to: path)
                #expect(try NumPy.read(contentsOf: path) == array)
                return
            }
            #expect(
                message(.unsupported) { try NumPy.write(array, to: path) }
                    == "\(path): NumPy has no type for \(type); convert the array to float32")
        }
    }

    @Test func `big-endian Fortran order becomes little-endian C order`() throws {
        // NumPy's own bytes for arange(24).reshape(2, 3, 4) of type >i4 in Fortran order.
        let order = [0, 12, 4, 16, 8, 20].flatMap { start in [start] }
        let columns = (0..<4).flatMap { column in order.map { $0 + column } }
        let data = columns.reduce(into: Data()) { $0.put(Int32($1).byteSwapped) }
        let array = try NumPy.read(
            Self.file(Self.header(">i4", "(2, 3, 4)", fortran: "True"), data: data), file: "a")
        #expect(array.shape == [2, 3, 4])
        #expect(try array.integers() == Array(0..<24))
    }

    @Test func `complex numbers are swapped by halves`() throws {
        let data = Data([0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0])
        let array = try NumPy.read(Self.file(Self.header(">c8", "(1,)"), data: data), file: "a")
        #expect(Array(array.bytes) == [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0])
    }

    @Test(
        arguments: [
            (header("<u2", "(2L, 1L)"), 1), (header("<u2", "(2, 1)"), 2),
            (#"{"shape":(2,1),"descr":"<u2","fortran_order":False}"#, 3),
        ] as [(String, UInt8)])
    func `versions, key orders and Python 2 are read`(header: String, version: UInt8) throws {
        let data = Self.file(header, version: version, data: Data([1, 0, 2, 0]))
        let array = try NumPy.read(data, file: "a")
        #expect(array.shape == [2, 1])
        #expect(try array.integers() == [1, 2])
    }

    @Test(arguments: [
        ("|O", "it holds Python objects (“|O”), which are never unpickled"),
        ("<U5", "its element type is “<U5”, which is not supported"),
        ("|S3", "its element type is “|S3”, which is not supported"),
        ("<M8[ns]", "its element type is “<M8[ns]”, which is not supported"),
        ("=f4", "its element type is “=f4”, which is not supported"),
        ("|f4", "its element type is “|f4”, which is not supported"),
        ("", "its element type is “”, which is not supported"),
    ])
    func `objects and texts are refused by name`(type: String, reason: String) {
        #expect(
            refusal(.unsupported, Self.file(Self.header(type, "(1,)")))
                == "a.npy: \(reason); save it with a type of numbers")
    }

    @Test func `each fault has its sentence`() {
        let good = Self.header("<f4", "(2, 3)")
        #expect(
            refusal(.truncated, Self.file(good, data: Data(count: 23)))
                == "a.npy: float32 [2, 3] takes 24 bytes and it holds 23; fetch the file again")
        #expect(
            refusal(.malformed, Self.file(good, data: Data(count: 25)))
                == "a.npy: float32 [2, 3] takes 24 bytes and 1 more follow; fetch the file again")
        #expect(
            refusal(.malformed, Self.file(Self.header("<f4", "(4611686018427387904, 4)")))
                == "a.npy: float32 [4611686018427387904, 4] is not a possible shape; "
                + "fetch the file again")
        #expect(
            refusal(.unsupported, Self.file(good, version: 4))
                == "a.npy: it is .npy version 4 and 1 to 3 are known; save it with another NumPy")
        #expect(
            refusal(.malformed, Data("no numbers here".utf8))
                == "a.npy: it is not an .npy file; check which file it is")
        #expect(
            refusal(.truncated, Self.file(good).prefix(40))
                == "a.npy: the .npy file ends within its header; fetch the file again")
        var huge = Self.file(good, version: 2)
        huge.overwrite(UInt32(2_000_000), at: 8)
        #expect(
            refusal(.tooLarge, huge)
                == "a.npy: its header is said to take 2000000 bytes, more than 1048576; "
                + "do not trust this file")
        let record = "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"
        #expect(
            refusal(.unsupported, Self.file(record))
                == "a.npy: it holds records with fields; save each field by itself")
    }

    @Test(arguments: [
        "", "{", "{}", "{'descr': '<f4'}", "{'shape': (1,), 'shape': (1,)}", "{'other': 1}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1)} x",
        "{'descr': __import__('os'), 'fortran_order': False, 'shape': ()}",
        "{'descr': '\\x3cf4', 'fortran_order': False, 'shape': ()}",
    ])
    func `headers that are not the three keys are refused`(header: String) {
        let text = refusal(.malformed, Self.file(header, data: Data(count: 4)))
        #expect(text.hasPrefix("a.npy: its header is damaged at byte "))
    }

    @Test func `a shape of very many axes is refused in one short sentence`() {
        let axes = "(" + String(repeating: "1,", count: 9000) + ")"
        let file = Self.file(Self.header("<f4", axes, fortran: "True"), data: Data(count: 4))
        #expect(
            refusal(.malformed, file)
                == "a.npy: float32 [1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, …] is not a "
                + "possible shape; fetch the file again")
    }

    @Test func `cut or damaged files throw and never crash`() {
        let data = Self.file(
            Self.header(">f8", "(2, 1, 3)", fortran: "True"), data: Data(count: 48))
        expectTruncationsThrow(of: data) { _ = try NumPy.read($0, file: "a") }
        let refused = expectSurvivesDamage(of: data, rounds: 3000) {
            _ = try NumPy.read($0, file: "a")
        }
        #expect(refused > 1000)
    }
}
