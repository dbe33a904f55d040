import FileFormats
import Foundation
import TestSupport
import Testing

struct SafetensorsTests {
    /// A file of this header and so many bytes of data.
    static func file(_ header: String, data: Int = 0) -> Data {
        var result = Data()
        result.put(UInt64(header.utf8.count))
        return result + Data(header.utf8) + Data(count: data)
    }

    static func samples() throws -> [(name: String, array: RawArray)] {
        [
            ("layer.weight", try RawArray([Float(1), 2, 3, 4, 5, 6], shape: [2, 3])),
            ("layer.größe", try RawArray([7], shape: [])),
            ("a \"quoted\"\n\u{1}name", try RawArray([UInt8(1), 2, 3], shape: [3])),
            ("nothing", try RawArray([Float](), shape: [0, 5])),
            ("mask", try RawArray([true, false], shape: [2])),
            ("half", try RawArray(.bfloat16, shape: [2], bytes: Data([0x80, 0x3F, 0, 0]))),
        ]
    }

    func read(_ data: Data) throws {
        let file = try Safetensors(data, file: "a.safetensors")
        for name in file.names { _ = try file[name]?.floats() }
    }

    func refusal(_ kind: FileFormatError.Kind, _ data: Data) -> String {
        message(kind) { _ = try Safetensors(data, file: "a") }
    }

    @Test func `what is written is read back`() throws {
        try withTemporaryFolder { folder in
            let metadata = ["format": "pt", "note": "ä\"\\\t\u{2}"]
            let path = "\(folder)/a.safetensors"
            try Safetensors.write(Self.samples(), metadata: metadata, to: path)
            let found = try Safetensors(contentsOf: path)
            for (name, array) in try Self.samples() { #expect(try found[name] == array) }
            #expect(found.metadata == metadata)
            #expect(
                found.names == [
                    "layer.größe", "layer.weight", "nothing", "half", "a \"quoted\"\n\u{1}name",
                    "mask",
                ])
            #expect(try found["other"] == nil)
        }
    }

    @Test func `the bytes equal those of the reference writer`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.safetensors"
            try Safetensors.write(
                [
                    ("b", RawArray([UInt8(0), 1, 2], shape: [3])),
                    ("a", RawArray([Float(0), 1], shape: [2])), ("c", RawArray([7], shape: [])),
                ], to: path)
            let header =
                #"{"c":{"dtype":"I64","shape":[],"data_offsets":[0,8]},"#
                + #""a":{"dtype":"F32","shape":[2],"data_offsets":[8,16]},"#
                + #""b":{"dtype":"U8","shape":[3],"data_offsets":[16,19]}}       "#
            #expect(header.utf8.count == 0xA8)
            let data = Data([7, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0x80, 0x3F, 0, 1, 2])
            #expect(
                try Data(contentsOf: URL(fileURLWithPath: path)) == Self.file(header) + data)
        }
    }

    @Test(arguments: [[:], ["a": "b"]])
    func `a file may hold no tensors`(metadata: [String: String]) throws {
        try withTemporaryFolder { folder in
            try Safetensors.write([], metadata: metadata, to: "\(folder)/a")
            let found = try Safetensors(contentsOf: "\(folder)/a")
            #expect(found.names.isEmpty)
            #expect(found.metadata == metadata)
        }
    }

    @Test func `escapes, blanks and any order of keys are read`() throws {
        let header =
            #"{ "\u0061\ud83d\ude00\/" : {"data_offsets" : [ 0 , 1 ], "#
            + #""shape":[1],"dtype":"U8" } } "#
        let found = try Safetensors(Self.file(header, data: 1), file: "a")
        #expect(found.names == ["a😀/"])
    }

    @Test func `what cannot be written is refused`() throws {
        try withTemporaryFolder { folder in
            let array = try RawArray([Float(1)], shape: [])
            let path = "\(folder)/a"
            for names in [["x", "x"], ["__metadata__"]] {
                let text = message(.malformed) {
                    try Safetensors.write(names.map { ($0, array) }, to: path)
                }
                #expect(text == "\(path): the name “\(names[0])” is taken already; choose another")
            }
            let wide = try RawArray(.complex128, shape: [], bytes: Data(count: 16))
            #expect(
                message(.unsupported) { try Safetensors.write([("w", wide)], to: path) }
                    == "\(path): tensor “w” is complex128, which safetensors lacks; "
                    + "convert it to another type")
            #expect(try names(in: folder).isEmpty)
        }
    }

    @Test func `files that are something else say so`() {
        #expect(
            refusal(.malformed, Data("version https://git-lfs.github.com/spec/v1\n".utf8))
                == "a: it is a Git LFS pointer, not the safetensors file itself; "
                + "run `git lfs pull`")
        #expect(
            refusal(.malformed, Data("\n<!DOCTYPE html><html></html>".utf8))
                == "a: it is a web page, not the safetensors file; "
                + "download the file itself, not the page about it")
        #expect(
            refusal(.malformed, Data([0x50, 0x4B, 3, 4, 0, 0, 0, 0, 0]))
                == "a: it is a zip archive, not safetensors; open it as .pt2 or .pt")
        #expect(
            refusal(.tooLarge, Data("random text".utf8))
                == "a: its header is said to take 8367808432848134514 bytes, more than 100000000; "
                + "it is not a safetensors file or is damaged, fetch it again")
    }

    @Test func `incomplete downloads say so`() {
        #expect(
            refusal(.truncated, Data(count: 7))
                == "a: it has 7 bytes, too few for a safetensors file; "
                + "the download is incomplete, fetch it again")
        #expect(
            refusal(.truncated, Self.file("{}     ").prefix(12))
                == "a: it has 12 bytes and its header alone ends at 15; "
                + "the download is incomplete, fetch it again")
        let header = #"{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}"#
        #expect(
            refusal(.truncated, Self.file(header, data: 5))
                == "a: tensor “x” ends at byte 8 of the data, which end at 5; "
                + "the download is incomplete, fetch it again")
        #expect(
            refusal(.malformed, Self.file(header, data: 9))
                == "a: 1 bytes follow the last tensor; fetch the file again")
    }

    /// Two tensors of four bytes each, at these offsets.
    static func pair(_ first: String, _ second: String) -> Data {
        let entry = #"{"dtype":"I8","shape":[4],"data_offsets":"#
        return file(#"{"a":\#(entry)[\#(first)]},"b":\#(entry)[\#(second)]}}"#, data: 8)
    }

    @Test(arguments: [
        (pair("0,4", "2,6"), "tensor “b” begins at byte 2 of the data, where 4 is expected"),
        (pair("0,4", "5,9"), "tensor “b” begins at byte 5 of the data, where 4 is expected"),
        (pair("1,5", "5,9"), "tensor “a” begins at byte 1 of the data, where 0 is expected"),
        (pair("0,3", "3,8"), "tensor “a” of int8 [4] does not fit bytes 0 to 3"),
        (pair("4,0", "4,8"), "tensor “a” begins at byte 4 of the data, where 0 is expected"),
        (
            file(
                #"{"x":{"dtype":"F32","shape":[4611686018427387904,4],"data_offsets":[0,0]}}"#),
            "tensor “x” of float32 [4611686018427387904, 4] does not fit bytes 0 to 0"
        ),
        (
            file(
                #"{"x":{"dtype":"U8","shape":[1],"data_offsets":[0,1]},"#
                    + #""\u0078":{"dtype":"U8","shape":[1],"data_offsets":[1,2]}}"#, data: 2),
            "its header has the key “x” twice"
        ),
        (file(#"{"x":{"dtype":"U8","dtype":"I8"}}"#), "its header has the key “dtype” twice"),
        (file(#"{"__metadata__":{"k":"a","k":"b"}}"#), "its header has the key “k” twice"),
    ])
    func `holes, overlaps and duplicates are refused`(data: Data, reason: String) {
        #expect(refusal(.malformed, data) == "a: \(reason); do not trust this file")
    }

    @Test(arguments: [
        ("", 0, "“{”"), (" {}", 0, "“{”"), ("[]", 0, "“{”"), ("{}x", 2, "the end"),
        (#"{"x":1}"#, 5, "“{”"),
        (#"{"x":{}}"#, 7, "an array with dtype, shape and two data_offsets before it"),
        (#"{"x":{"dtype":5}}"#, 14, "“\"”"), (#"{"x":{"shape":[-1]}}"#, 15, "a whole number"),
        (#"{"x":{"shape":[01]}}"#, 17, "a whole number"),
        (#"{"x":{"shape":[1.5]}}"#, 16, "“,”"),
        (#"{"x":{"shape":[99999999999999999999]}}"#, 33, "a smaller number"),
        (#"{"x":{"shape":[1,]}}"#, 17, "a whole number"),
        (#"{"x":{"other":1}}"#, 14, "“dtype”, “shape” or “data_offsets” as the key"),
        (#"{"__metadata__":{"a":1}}"#, 21, "“\"”"), (#"{"\x":1}"#, 4, "an escaped character"),
        (#"{"\ud800":1}"#, 9, "the second half of a character"),
        ("{\"a\nb\":1}", 4, "a character that is no control character"),
        (#"{"abc"#, 5, "the end of a string"),
    ])
    func `headers that are not what JSON asks for are refused`(
        header: String, position: Int, expected: String
    ) {
        #expect(
            refusal(.malformed, Self.file(header))
                == "a: its header is damaged at byte \(position), where \(expected) is expected; "
                + "fetch the file again")
    }

    @Test(arguments: [("F4", 2, 1), ("F6_E2M3", 4, 3), ("F6_E3M2", 4, 3), ("Q8", 3, 7), ("", 0, 1)])
    func `types that are not whole bytes or unknown are refused when they are asked for`(
        type: String, count: Int, bytes: Int
    ) throws {
        let header =
            #"{"x":{"dtype":"\#(type)","shape":[\#(count)],"data_offsets":[0,\#(bytes)]},"#
            + #""y":{"dtype":"U8","shape":[1],"data_offsets":[\#(bytes),\#(bytes + 1)]}}"#
        let file = try Safetensors(Self.file(header, data: bytes + 1), file: "a")
        #expect(try file["y"]?.integers() == [0])
        #expect(file.entry("x")?.elementType == nil)
        #expect(file.entry("x")?.typeName == type)
        #expect(
            message(.unsupported) { _ = try file["x"] }
                == "a: tensor “x” has the type “\(type)”, which is not supported; "
                + "convert it to another")
    }

    @Test(arguments: [
        ("F4", "3", 1), ("F4", "3", 2), ("F4", "2", 2), ("F6_E2M3", "2", 2), ("F6_E3M2", "1", 0),
        ("F6_E3M2", "4611686018427387904", 0),
    ])
    func `Types narrower than a byte have to fill whole bytes`(
        type: String, shape: String, bytes: Int
    ) {
        let header = #"{"x":{"dtype":"\#(type)","shape":[\#(shape)],"data_offsets":[0,\#(bytes)]}}"#
        #expect(
            refusal(.malformed, Self.file(header, data: bytes))
                == "a: tensor “x” of “\(type)” [\(shape)] does not fit bytes 0 to \(bytes); do not "
                + "trust this file")
    }

    @Test func `A bool that is no bool is refused when it is asked for`() throws {
        var data = Self.file(#"{"x":{"dtype":"BOOL","shape":[2],"data_offsets":[0,2]}}"#, data: 2)
        data[data.count - 1] = 2
        let file = try Safetensors(data, file: "a")
        #expect(
            message(.malformed) { _ = try file["x"] }
                == "a, tensor “x”: bool [2] has an element that is neither 0 nor 1; store it as "
                + "uint8")
    }

    @Test func `A file of 10 GB opens at once`() throws {
        try withTemporaryFolder { folder in
            let (path, rows) = ("\(folder)/a.safetensors", 10_000)
            let header = (0..<rows).map {
                #""layers.\#($0).weight":{"dtype":"BF16","shape":[1000,500],"data_offsets":"#
                    + "[\($0 * 1_000_000),\(($0 + 1) * 1_000_000)]}"
            }
            let head = Self.file("{\(header.joined(separator: ","))}")
            try head.write(to: URL(fileURLWithPath: path))
            let handle = try FileHandle(forUpdating: URL(fileURLWithPath: path))
            try handle.truncate(atOffset: UInt64(head.count + rows * 1_000_000))
            try handle.close()
            let before = residentBytes()
            let file = try Safetensors(contentsOf: path)
            #expect(file.names.count == rows)
            let last = try #require(try file["layers.9999.weight"])
            #expect(last.bytes.last == 0)
            // Far below the 10 GB: the header, and a page or two.
            #expect(residentBytes() - before < 200 << 20)
        }
    }

    @Test func `a header that is not UTF-8 is refused`() {
        var data = Self.file(#"{"x":{}}"#)
        data[10] = 0xFF
        #expect(refusal(.malformed, data) == "a: its header is not UTF-8; fetch the file again")
    }

    @Test func `cut or damaged files throw and never crash`() throws {
        let data = try withTemporaryFolder { folder in
            try Safetensors.write(Self.samples(), metadata: ["a": "b"], to: "\(folder)/a")
            return try Data(contentsOf: URL(fileURLWithPath: "\(folder)/a"))
        }
        expectTruncationsThrow(of: data, every: 3, read)
        let refused = expectSurvivesDamage(of: data, read)
        #expect(refused > 1000)
    }
}
