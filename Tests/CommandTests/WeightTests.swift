import FileFormats
import Foundation
import Interchange
import Tensors
import Testing

/// `compress` on weights without their network.
@Suite struct WeightTests {
    /// Writes tensors drawn by shape, and gives the path.
    func put(
        _ shapes: KeyValuePairs<String, [Int]>, in place: Workplace, shardBytes: Int? = nil
    ) throws {
        var generator = Generator(seed: 1)
        let arrays = try shapes.map { name, shape in
            PendingArray(name, try RawArray(Tensor.normal(shape, using: &generator)))
        }
        try Safetensors.write(
            arrays, to: place.path("w.safetensors"), maximumShardBytes: shardBytes)
    }

    static let shapes: KeyValuePairs<String, [Int]> = [
        "a.weight": [30, 40], "a.bias": [30], "b.weight": [20, 8, 3, 3], "norm": [9],
    ]

    @Test func `a file of weights becomes factors, a map and a record`() throws {
        try withWorkplace { place in
            try put(Self.shapes, in: place)
            let outcome = try place.run(
                "compress", "w.safetensors", "--keep", "rank:4", "--output", "small")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(try place.names(in: "small") == ["model.safetensors", "map.json", "run.json"])
            #expect(
                outcome.output == """
                    tensor    shape          rank  energy kept  why
                    --------  -------------  ----  -----------  ------------
                    a.weight  [30, 40]          4      \(try kept("a.weight", place))  rank 4 of 30
                    b.weight  [20, 8, 3, 3]     4      \(try kept("b.weight", place))  rank 4 of 20

                    rank:4 by relative: 2 of 4 tensors factored, 2,679 → 687 parameters (25.64 % kept), \
                    \(try sizes(place))
                    Wrote small/model.safetensors
                    Wrote small/map.json

                    """)
            let file = try Safetensors(contentsOf: place.path("small/model.safetensors"))
            #expect(
                Set(file.names) == [
                    "a.0.weight", "a.1.weight", "a.1.bias", "b.0.weight", "b.1.weight", "norm",
                ])
        }
    }

    private func kept(_ name: String, _ place: Workplace) throws -> String {
        let tensors = try map(place)
        let dropped = try number(try #require(tensors[name]), "droppedEnergy")
        return String(format: "%.2f %%", (1 - dropped) * 100)
    }

    private func sizes(_ place: Workplace) throws -> String {
        let sizes = try ["w.safetensors", "small/model.safetensors"].map {
            String(format: "%.1f kB", Double(try place.data($0).count) / 1000)
        }
        return "\(sizes[0]) → \(sizes[1]) on disk"
    }

    /// The map's tensors by name.
    private func map(_ place: Workplace, _ folder: String = "small") throws -> [String: [String:
        Any]]
    {
        let json = try JSONSerialization.jsonObject(with: place.data("\(folder)/map.json"))
        let all = try #require((json as? [String: Any])?["tensors"] as? [[String: Any]])
        return Dictionary(uniqueKeysWithValues: all.map { ($0["name"] as? String ?? "", $0) })
    }

    @Test func `json is one object that says what the files say`() throws {
        try withWorkplace { place in
            try put(Self.shapes, in: place)
            let json = try place.run(
                "compress", "w.safetensors", "--keep", "parameters:0.5", "--output", "small",
                "--json"
            ).json()
            #expect(json["verb"] as? String == "compress")
            #expect(json["budget"] as? String == "parameters:0.5")
            #expect(json["criterion"] as? String == "relative")
            #expect(try number(json, "parametersBefore") == 2679)
            #expect(try number(json, "keptParameters") <= 0.5)
            #expect(json["file"] as? String == "small/model.safetensors")
            #expect((json["tensors"] as? [Any])?.count == 4)
            let sums = try #require(json["checksums"] as? [String: String])
            #expect(
                sums == [
                    "small/model.safetensors": try Checksum.crc32(
                        ofFile: place.path("small/model.safetensors"))
                ])
            let record = try JSONSerialization.jsonObject(with: place.data("small/run.json"))
            #expect(try #require(record as? NSDictionary) == json as NSDictionary)
        }
    }

    @Test func `shards in, shards out, and a folder is found`() throws {
        try withWorkplace { place in
            try FileManager.default.createDirectory(
                atPath: place.path("given"), withIntermediateDirectories: true)
            var generator = Generator(seed: 1)
            let arrays = try (0..<6).map { index in
                PendingArray(
                    "l\(index).weight", try RawArray(Tensor.normal([40, 40], using: &generator)))
            }
            try Safetensors.write(
                arrays, to: place.path("given/model.safetensors"), maximumShardBytes: 12_800)
            let outcome = try place.run(
                "compress", "given", "--keep", "rank:15", "--output", "small")
            #expect(outcome.status == 0, "\(outcome.errors)")
            #expect(
                try place.names(in: "small") == [
                    "model-00001-of-00003.safetensors", "model-00002-of-00003.safetensors",
                    "model-00003-of-00003.safetensors", "model.safetensors.index.json", "map.json",
                    "run.json",
                ])
            let small = try Safetensors(
                contentsOf: place.path("small/model.safetensors.index.json"))
            #expect(small.names.count == 12)
            // An earlier run's shards do not stay.
            let again = try place.run(
                "compress", "given", "--keep", "rank:1", "--output", "small", "--force")
            #expect(again.status == 0, "\(again.errors)")
            #expect(try place.names(in: "small") == ["model.safetensors", "map.json", "run.json"])
        }
    }

    @Test func `what cannot be done is said in one sentence`() throws {
        try withWorkplace { place in
            try put(Self.shapes, in: place)
            func fails(_ status: Int32, _ sentence: String, _ extra: String...) throws {
                let process = try place.start(
                    ["compress", "w.safetensors", "--keep", "rank:2", "--output", "x"] + extra)
                process.waitUntilExit()
                let outcome = try place.outcome(of: process)
                #expect(outcome.status == status)
                #expect(outcome.lastLine == "swiftlet: \(sentence)")
                #expect(!place.exists("x"))
            }
            for option in [
                ["--data", "digits"], ["--never-slower"], ["--recalibrate"],
                ["--correct-bias"], ["--criterion", "best"], ["--profile", "p"],
                ["--timings", "t"], ["--generations", "3"], ["--seed", "1"],
            ] {
                let shown = option[0] == "--criterion" ? "--criterion best" : option[0]
                let process = try place.start(
                    ["compress", "w.safetensors", "--keep", "rank:2", "--output", "x"] + option)
                process.waitUntilExit()
                let outcome = try place.outcome(of: process)
                #expect(outcome.status == 64)
                #expect(
                    outcome.lastLine
                        == "swiftlet: w.safetensors holds weights without their network, which cannot "
                        + "run: leave out \(shown), or name a model file (.pt2)")
            }
            try fails(
                64,
                "the criterion whitened needs examples, on which weights without their network cannot "
                    + "run: use raw or relative, or compress a model file", "--criterion",
                "whitened")
            try fails(
                65, "w.safetensors: a safetensors file has no keys; leave out --key", "--key",
                "model")
            try place.expectFailure(
                73, ". holds the model that is read; name another folder for --output", "compress",
                "w.safetensors", "--keep", "rank:2", "--output", ".", "--force")
            try place.write(try place.data("w.safetensors").prefix(5000), to: "cut.safetensors")
            try place.expectFailure(
                65,
                "cut.safetensors: tensor “a.weight” ends at byte 4920 of the data, which end at "
                    + "\(5000 - 8 - headerBytes(place)); the download is incomplete, fetch it again",
                "compress", "cut.safetensors", "--keep", "rank:2", "--output", "x")
            try place.putModel()
            try place.expectFailure(
                64, "model is no checkpoint and has no keys; leave out --key", "compress", "model",
                "--key", "a", "--keep", "rank:2", "--output", "x")
        }
    }

    private func headerBytes(_ place: Workplace) throws -> Int {
        Int(try place.data("w.safetensors")[0]) + Int(try place.data("w.safetensors")[1]) * 256
    }

    @Test func `Ctrl-C leaves nothing behind`() throws {
        try withWorkplace { place in
            var generator = Generator(seed: 1)
            let arrays = try (0..<40).map { index in
                ("l\(index).weight", try RawArray(Tensor.normal([400, 400], using: &generator)))
            }
            try Safetensors.write(arrays, to: place.path("w.safetensors"))
            let process = try place.start([
                "compress", "w.safetensors", "--keep", "rank:3", "--output", "x",
            ])
            // Wherever it is by then: reading, or writing.
            let limit = Date().addingTimeInterval(60)
            while !place.exists("x"), process.isRunning, Date() < limit { usleep(1_000) }
            process.interrupt()
            process.waitUntilExit()
            let outcome = try place.outcome(of: process)
            #expect(outcome.status == 130)
            let sentence =
                /swiftlet: stopped while (reading|writing) l\d+\.weight; nothing was written/
            #expect(outcome.lastLine.wholeMatch(of: sentence) != nil, "\(outcome.lastLine)")
            #expect(!place.exists("x"))
        }
    }

    // MARK: PyTorch

    private static let here = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    private static let root = here.deletingLastPathComponent().deletingLastPathComponent()

    /// The Python with torch: what `SWIFTLET_PYTHON` names, else that of `.venv`.
    static var python: String? {
        let named = ProcessInfo.processInfo.environment["SWIFTLET_PYTHON"] ?? ""
        let path = named.isEmpty ? root.appendingPathComponent(".venv/bin/python").path : named
        return FileManager.default.isExecutableFile(atPath: path) ? path : nil
    }

    private func runPython(_ arguments: String..., place: Workplace) throws {
        let process = Process()
        process.executableURL = URL(fileURLWithPath: Self.python ?? "")
        process.arguments =
            [Self.here.appendingPathComponent("check_weights.py").path] + arguments
        try place.write(Data(), to: "python.log")
        process.standardOutput = FileHandle(forWritingAtPath: place.path("python.log"))
        process.standardError = FileHandle(forWritingAtPath: place.path("python.log"))
        try process.run()
        process.waitUntilExit()
        let log = try place.text("python.log")
        #expect(process.terminationStatus == 0, "\(log)")
    }

    @Test(
        .enabled(
            if: python != nil,
            "needs Python with torch: .venv, which make test sets up, or SWIFTLET_PYTHON"))
    func `what comes out is NumPy's truncated matrices, and runs in PyTorch as documented`() throws
    {
        try withWorkplace { place in
            try runPython("write", place.folder, place: place)
            for (input, output, keep) in [
                ("given.safetensors", "small", "parameters:0.5"),
                ("given.pt", "tied", "energy:0.95"),
                ("half.safetensors", "half", "rank:5"),
            ] {
                let outcome = try place.run(
                    "compress", input, "--keep", keep, "--output", output)
                #expect(outcome.status == 0, "\(outcome.errors)")
            }
            let notes = try place.run(
                "compress", "given.pt", "--keep", "rank:2", "--output", "notes")
            #expect(
                notes.errors
                    == "given.pt also holds epoch, optimizer, which is left out.\n"
                    + "One storage: embed.weight, head.weight\n")
            let nan = try place.run(
                "compress", "nan.safetensors", "--keep", "rank:1", "--output", "nan")
            #expect(
                nan.errors == "head.weight has values that are not finite; it is kept as it is.\n")
            let tied = try #require(try map(place, "tied")["head.weight"])
            #expect(tied["outcome"] as? String == "shared")
            let file = try Safetensors(contentsOf: place.path("tied/model.safetensors"))
            #expect(file.metadata == ["format": "pt", "head.weight": "embed.weight"])
            #expect(
                try Safetensors(contentsOf: place.path("small/model.safetensors")).metadata
                    == ["format": "pt", "by": "us"])
            let document = Self.root.appendingPathComponent("docs/weights-only.md").path
            try runPython("check", place.folder, document, place: place)
        }
    }
}
