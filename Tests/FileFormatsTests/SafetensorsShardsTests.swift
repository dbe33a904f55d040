import FileFormats
import Foundation
import TestSupport
import Testing

/// Several files with an index.
@Suite struct SafetensorsShardsTests {
    /// Arrays of 8, 12, 4 and 40 bytes.
    static func arrays() throws -> [(name: String, array: RawArray)] {
        [
            ("a", try RawArray([Float(1), 2], shape: [2])),
            ("b", try RawArray([Float(3), 4, 5], shape: [3])),
            ("c", try RawArray([UInt8(6), 7, 8, 9], shape: [2, 2])),
            ("ä \"d\"", try RawArray([1, 2, 3, 4, 5], shape: [5])),
        ]
    }

    static func pending() throws -> [PendingArray] {
        try arrays().map { PendingArray($0.name, $0.array) }
    }

    func write(_ text: String, to path: String) throws {
        try Data(text.utf8).write(to: URL(fileURLWithPath: path))
    }

    /// Writes two shards, x with the tensor a and y with b, and an index.
    func putShards(in folder: String, map: String) throws -> String {
        for (file, name) in [("x", "a"), ("y", "b")] {
            try Safetensors.write(
                [(name, RawArray([Float(1)], shape: []))], metadata: [file: "here"],
                to: "\(folder)/\(file).safetensors")
        }
        let path = "\(folder)/m.index.json"
        try write(#"{"weight_map":\#(map)}"#, to: path)
        return path
    }

    func refusal(
        _ kind: FileFormatError.Kind, map: String, _ change: (String) throws -> Void = { _ in }
    ) throws -> String {
        try withTemporaryFolder { folder in
            let path = try putShards(in: folder, map: map)
            try change(folder)
            let text = message(kind) { _ = try Safetensors(contentsOf: path) }
            return text.replacingOccurrences(of: "\(folder)/", with: "")
        }
    }

    @Test(arguments: [
        (1, ["1", "2", "3", "4"]), (20, ["1", "1", "2", "3"]), (24, ["1", "1", "1", "2"]),
        (16, ["1", "2", "2", "3"]),
    ])
    func `Shards hold at most their limit, in order, and are read back as one`(
        limit: Int, expected: [String]
    ) throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/model.safetensors"
            let written = try Safetensors.write(
                Self.pending(), metadata: ["format": "pt"], to: path, maximumShardBytes: limit)
            #expect(written.last == "\(path).index.json")
            #expect(try names(in: folder).map { "\(folder)/\($0)" } == written)
            let index = try Safetensors(contentsOf: "\(path).index.json")
            for (name, array) in try Self.arrays() { #expect(try index[name] == array) }
            #expect(index.names.count == 4)
            #expect(index.metadata == ["format": "pt"])
            #expect(index.shards == Array(written.dropLast()))
            let json = try JSONSerialization.jsonObject(
                with: Data(contentsOf: URL(fileURLWithPath: "\(path).index.json")))
            let parts = try #require(json as? [String: Any])
            #expect((parts["metadata"] as? [String: Int]) == ["total_size": 64])
            let map = try #require(parts["weight_map"] as? [String: String])
            let count = expected.last ?? ""
            for (pair, shard) in zip(try Self.arrays(), expected) {
                #expect(map[pair.name] == "model-0000\(shard)-of-0000\(count).safetensors")
            }
        }
    }

    @Test func `What fits one shard is one file, the same bytes as without a limit`() throws {
        try withTemporaryFolder { folder in
            #expect(
                try Safetensors.write(
                    Self.pending(), to: "\(folder)/a.safetensors", maximumShardBytes: 64)
                    == ["\(folder)/a.safetensors"])
            try Safetensors.write(Self.arrays(), to: "\(folder)/b.safetensors")
            let bytes = try ["a", "b"].map {
                try Data(contentsOf: URL(fileURLWithPath: "\(folder)/\($0).safetensors"))
            }
            #expect(bytes[0] == bytes[1])
            #expect(try names(in: folder).count == 2)
        }
    }

    @Test func `Where an array fails, no shard is left`() throws {
        struct Stop: Error {}
        try withTemporaryFolder { folder in
            var arrays = try Self.pending()
            arrays.append(PendingArray("z", .uint8, shape: [1]) { throw Stop() })
            #expect(throws: Stop.self) {
                try Safetensors.write(arrays, to: "\(folder)/m", maximumShardBytes: 10)
            }
            #expect(try names(in: folder).isEmpty)
        }
    }

    @Test func `Elements are asked for one array at a time, each once`() throws {
        try withTemporaryFolder { folder in
            var asked: [String] = []
            let arrays = try Self.arrays().map { name, array in
                PendingArray(name, array.elementType, shape: array.shape) {
                    asked.append(name)
                    return array
                }
            }
            try Safetensors.write(arrays, to: "\(folder)/m", maximumShardBytes: 20)
            #expect(asked == ["a", "b", "c", "ä \"d\""])
        }
    }

    @Test func `An index may say more, and need not be sorted`() throws {
        try withTemporaryFolder { folder in
            let path = try putShards(in: folder, map: "{}")
            try write(
                #"""
                {"metadata": {"total_size": 8.0e0, "x": [1, -2, {"y": null}], "z": [true, false, "]"]},
                 "weight_map": {"b": "y.safetensors", "a": "./x.safetensors"}}
                """#, to: path)
            let found = try Safetensors(contentsOf: path)
            #expect(found.names == ["a", "b"])
            #expect(found.metadata == ["x": "here", "y": "here"])
            #expect(found.file == path)
        }
    }

    @Test func `Shards that are absent are named`() throws {
        let sentence = try refusal(
            .missing,
            map: #"{"a":"x.safetensors","b":"no/z.safetensors","c":"q.safetensors"}"#)
        #expect(
            sentence
                == "m.index.json: 2 of its 3 shards are not there, “no/z.safetensors”, "
                + "“q.safetensors”; fetch them into the folder of the index")
    }

    @Test(arguments: [
        (
            #"{"a":"x.safetensors","b":"x.safetensors"}"#,
            "the index says that the shard “x.safetensors” has the tensor “b”, which it lacks"
        ),
        (
            #"{"a":"y.safetensors","b":"x.safetensors"}"#,
            "the tensor “a” is in the shard “x.safetensors”, and the index says “y.safetensors”"
        ),
        (
            #"{"b":"y.safetensors","c":"x.safetensors"}"#,
            "the shard “x.safetensors” has the tensor “a”, which the index lacks"
        ),
    ])
    func `An index that contradicts its shards is refused`(map: String, reason: String) throws {
        #expect(
            try refusal(.malformed, map: map)
                == "m.index.json: \(reason); fetch index and shards of one version")
    }

    @Test(arguments: [
        ("/etc/passwd", "is an absolute path"), ("../x.safetensors", "leads out of its folder"),
        ("a/../../x", "leads out of its folder"), ("", "is empty"), ("a\\\\b", "has a backslash"),
    ])
    func `Paths that lead elsewhere are refused`(path: String, fault: String) throws {
        let shown = path.replacingOccurrences(of: "\\\\", with: "\\")
        #expect(
            try refusal(.malformed, map: #"{"a":"\#(path)"}"#)
                == "m.index.json: the shard “\(shown)” \(fault); do not trust this index")
    }

    @Test func `Links out of the folder are refused, links within are followed`() throws {
        let map = #"{"a":"x.safetensors","b":"l.safetensors"}"#
        try withTemporaryFolder { outside in
            let sentence = try refusal(.malformed, map: map) { folder in
                try FileManager.default.moveItem(
                    atPath: "\(folder)/y.safetensors", toPath: "\(outside)/y.safetensors")
                try FileManager.default.createSymbolicLink(
                    atPath: "\(folder)/l.safetensors",
                    withDestinationPath: "\(outside)/y.safetensors")
            }
            #expect(
                sentence
                    == "m.index.json: the shard “l.safetensors” is a link out of the folder; put a "
                    + "copy there (cp -L)")
        }
        try withTemporaryFolder { folder in
            let path = try putShards(in: folder, map: map)
            try FileManager.default.createSymbolicLink(
                atPath: "\(folder)/l.safetensors", withDestinationPath: "y.safetensors")
            #expect(try Safetensors(contentsOf: path).names == ["b", "a"])
        }
    }

    @Test(arguments: [
        ("[]", 0, "“{”"), (#"{"weight_map":{"a":1}}"#, 19, "“\"”"),
        (#"{"weight_map":[]}"#, 14, "“{”"), (#"{"x":nil}"#, 5, "a value"),
        (#"{"weight_map":{}} x"#, 18, "the end"),
        ("{\"x\":" + String(repeating: "[", count: 70), 69, "a value that is less deep"),
    ])
    func `An index that is damaged is refused`(text: String, position: Int, expected: String) throws
    {
        try withTemporaryFolder { folder in
            try write(text, to: "\(folder)/m.index.json")
            #expect(
                message(.malformed) { _ = try Safetensors(contentsOf: "\(folder)/m.index.json") }
                    == "\(folder)/m.index.json: its header is damaged at byte \(position), where "
                    + "\(expected) is expected; fetch the file again")
        }
    }

    @Test func `What is no index says so`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/m.index.json"
            try write("{}", to: path)
            #expect(
                message(.malformed) { _ = try Safetensors(contentsOf: path) }
                    == "\(path): it has no weight_map, so it is no index of safetensors files; "
                    + "check which file it is")
            try write(#"{"weight_map":{"a":"b","a":"c"}}"#, to: path)
            #expect(
                message(.malformed) { _ = try Safetensors(contentsOf: path) }
                    == "\(path): its header has the key “a” twice; do not trust this file")
        }
    }
}
