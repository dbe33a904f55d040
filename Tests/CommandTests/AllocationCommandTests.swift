import FileFormats
import Foundation
import Interchange
import Testing

/// Budgets and allocators on the command line.
@Suite struct AllocationCommandTests {
    @Test func `an allocation that makes no sense is refused`() throws {
        try withWorkplace { place in
            try place.putModel()
            func refuse(_ sentence: String, _ keep: String, _ options: String...) throws {
                let arguments = ["compress", "model", "--keep", keep, "--output", "x"] + options
                let process = try place.start(arguments)
                process.waitUntilExit()
                let outcome = try place.outcome(of: process)
                #expect(outcome.status == 64)
                #expect(outcome.lastLine == "swiftlet: \(sentence)")
                #expect(!place.exists("x"))
            }
            try refuse(
                "there is no allocator treshold; did you mean threshold?", "parameters:0.5",
                "--allocator", "treshold")
            try refuse(
                "rank:2 is no limit that greedy could share out: use uniform or dynamic, or a budget such "
                    + "as parameters:0.5", "rank:2", "--allocator", "greedy")
            try refuse(
                "the allocator evolutionary runs the network on examples: name them with --data",
                "parameters:0.5", "--allocator", "evolutionary")
            try refuse(
                "drop:1.0 needs a validation split: name data with --data", "drop:1")
            try place.expectFailure(
                66, "t.json is not there; name a latency.json of an earlier run", "compress",
                "model",
                "--keep", "latency:1s", "--timings", "t.json", "--output", "x")
            try place.write(Data("{}".utf8), to: "t.json")
            try place.expectFailure(
                65, "t.json holds no timings; name a latency.json of an earlier run", "compress",
                "model", "--keep", "latency:1s", "--timings", "t.json", "--output", "x")
            try place.expectUsage(
                "there is no split spacial; did you mean spatial?", "compress", "model", "--keep",
                "rank:2", "--split", "spacial", "--output", "x")
            try place.expectUsage(
                "--rank-multiple is 1 or more", "compress", "model", "--keep", "rank:2",
                "--rank-multiple", "0", "--output", "x")
        }
    }

    @Test func `what calibration saw is kept, and read for the next budget`() throws {
        try withWorkplace { place in
            try place.putModel()
            func compress(_ keep: String, _ output: String, _ options: String...) throws {
                let process = try place.start(
                    [
                        "compress", "model", "--keep", keep, "--criterion", "whitened", "--data",
                        "digits", "--threads", "1", "--output", output,
                    ] + options)
                process.waitUntilExit()
                #expect(process.terminationStatus == 0)
            }
            try compress("parameters:0.5", "plain")
            try compress("parameters:0.7", "first", "--profile", "p.safetensors")
            try compress("parameters:0.5", "second", "--profile", "p.safetensors")
            #expect(try place.contents("plain/model.pt2") == place.contents("second/model.pt2"))
            let process = try place.start([
                "compress", "model", "--keep", "parameters:0.5", "--criterion", "whitened",
                "--data", "digits", "--examples", "100", "--profile", "p.safetensors", "--output",
                "third",
            ])
            process.waitUntilExit()
            let outcome = try place.outcome(of: process)
            #expect(outcome.status == 64)
            #expect(
                outcome.lastLine.contains(
                    "on digits, split seed 0, 1079 examples, not of ")
                    && outcome.lastLine.hasSuffix("name another file, or remove it"))
            try place.program("model/model.pt2").writeWeights(to: place.path("w.safetensors"))
            try place.expectFailure(
                65, "w.safetensors: no profile; name another file", "compress", "model", "--keep",
                "parameters:0.5", "--criterion", "whitened", "--data", "digits", "--profile",
                "w.safetensors", "--output", "x")
            try place.expectFailure(
                64, "--profile needs examples: name them with --data", "compress", "model",
                "--keep", "parameters:0.5", "--profile", "p.safetensors", "--output", "x")
        }
    }

    @Test func `too few examples are told of`() throws {
        try withWorkplace { place in
            try place.putModel()
            func notes(_ examples: String) throws -> String {
                let outcome = try place.run(
                    "compress", "model", "--keep", "parameters:0.5", "--criterion", "whitened",
                    "--data", "digits", "--examples", examples, "--threads", "1", "--output", "x",
                    "--force")
                #expect(outcome.status == 0, "\(outcome.errors)")
                return outcome.errors
            }
            #expect(try notes("10").contains("pass more --examples"))
            #expect(try !notes("1000").contains("pass more --examples"))
        }
    }

    @Test func `searches go through, say what they tried, and choose the same again`() throws {
        try withWorkplace { place in
            try place.putModel()
            func compress(_ allocator: String, _ output: String) throws -> (Double, String) {
                var effort: [String] = []
                if allocator != "threshold" { effort = ["--search-examples", "64"] }
                if allocator == "evolutionary" { effort += ["--generations", "3", "--seed", "5"] }
                let outcome = try place.run(
                    [
                        "compress", "model", "--keep", "parameters:0.4", "--criterion", "whitened",
                        "--data", "digits", "--allocator", allocator, "--threads", "1", "--output",
                        output, "--json",
                    ] + effort)
                return (try number(outcome.json(), "keptParameters"), outcome.errors)
            }
            for (allocator, found) in [
                ("evolutionary", ", generation 3 of 3, "), ("greedy", " choices tried, "),
            ] {
                let (kept, notes) = try compress(allocator, allocator)
                #expect(kept <= 0.4 && kept > 0.3)
                #expect(notes.contains(/Searched for ranks: [1-9][0-9]* choices tried/), "\(notes)")
                #expect(notes.contains(found))
                _ = try compress(allocator, "again-\(allocator)")
                #expect(
                    try place.contents("\(allocator)/model.pt2")
                        == place.contents("again-\(allocator)/model.pt2"))
            }
            let (_, notes) = try compress("threshold", "threshold")
            #expect(!notes.contains("Searched for ranks"))
        }
    }

    @Test func `every budget and allocator goes through, and timings give the same again`() throws {
        try withWorkplace { place in
            try place.putModel()
            for (keep, allocator) in [
                ("parameters:0.6", "per-parameter"), ("macs:0.6", "per-mac"),
                ("parameters:0.6", "dynamic"), ("rank:4", "dynamic"), ("parameters:0.6", "uniform"),
                ("parameters:0.6", "energy"), ("bytes:1MB", "threshold"),
            ] {
                let json = try place.run(
                    "compress", "model", "--keep", keep, "--allocator", allocator, "--output", "x",
                    "--force", "--json"
                ).json()
                #expect(json["allocator"] as? String == allocator)
            }
            let first = try place.run(
                "compress", "model", "--keep", "latency:1s", "--output", "first", "--json"
            ).json()
            let again = try place.run(
                "compress", "model", "--keep", "latency:1s", "--timings", "first/latency.json",
                "--output", "again", "--json"
            ).json()
            #expect(try number(first, "parameters") == number(again, "parameters"))
        }
    }

    @Test(arguments: [
        (["--generations", "3"], "--generations goes with --allocator evolutionary"),
        (
            ["--search-examples", "9"],
            "--search-examples goes with --allocator greedy or evolutionary"
        ),
        (
            ["--latency-batch", "5"],
            "--latency-batch goes with budgets of latency and --allocator per-millisecond"
        ),
        (
            ["--timings", "t"],
            "--timings goes with budgets of latency and --allocator per-millisecond"
        ),
        (["--seed", "5"], "--seed goes with --allocator evolutionary"),
    ])
    func `what a choice has no use for is refused`(options: [String], sentence: String) throws {
        try withWorkplace { place in
            try place.putModel()
            if options[0] == "--timings" { try place.write(Data(Self.timings.utf8), to: "t") }
            for keep in ["parameters:0.5", "rank:3"] {
                let run = try place.run(
                    ["compress", "model", "--keep", keep, "--output", "x"] + options)
                #expect(
                    run.status == 64 && run.lastLine == "swiftlet: \(sentence)", "\(run.errors)")
                #expect(!place.exists("x"))
            }
        }
    }

    private static let timings = """
        {"batch": 1, "seconds": 1, "correction": 1, "layers": []}
        """

    @Test func `what needs data, or a norm, or examples, is refused without`() throws {
        try withWorkplace { place in
            try place.putModel()
            for (options, status, sentence) in [
                (["--examples", "5"], Int32(64), "--examples goes with --data"),
                (["--split-seed", "5"], 64, "--split-seed goes with --data"),
                (
                    ["--data", "digits", "--criterion", "raw", "--profile", "p"], 64,
                    "raw looks at no examples; leave out --profile"
                ),
                (
                    ["--data", "digits", "--profile", "none/p"], 73,
                    "none/p cannot be written: name a file in a folder that is there"
                ),
                (
                    ["--data", "digits", "--profile", "model"], 73,
                    "model cannot be written: name a file in a folder that is there"
                ),
            ] {
                let run = try place.run(
                    ["compress", "model", "--keep", "parameters:0.5", "--output", "x"] + options)
                #expect(
                    run.status == status && run.lastLine == "swiftlet: \(sentence)", "\(run.errors)"
                )
                #expect(!place.exists("x"))
            }
        }
    }

    @Test func `what was asked and what came of it is told to programs too`() throws {
        try withWorkplace { place in
            try place.putModel()
            let run = try place.run(
                "compress", "model", "--keep", "parameters:0.5", "--data", "digits", "--output",
                "x",
                "--json")
            for record in [
                try run.json(),
                try #require(
                    try JSONSerialization.jsonObject(with: place.data("x/run.json"))
                        as? [String: Any]),
            ] {
                let asked = try #require(record["asked"] as? [String: Any])
                #expect(asked["keep"] as? String == "parameters:0.5")
                let found = try #require(record["candidates"] as? [[String: Any]])
                #expect(
                    found.compactMap { $0["criterion"] as? String } == [
                        "raw", "relative", "whitened",
                    ])
                let validation = try #require(record["validation"] as? [String: Any])
                let accuracies = try found.map { try number($0, "accuracy") }
                #expect(try number(validation, "accuracy") == accuracies.max())
                #expect(try number(validation, "accuracyLow") <= number(validation, "accuracy"))
                #expect(try number(validation, "accuracyBefore") > 0)
                #expect(try number(validation, "timeShare") > 0)
            }
        }
    }

    // MARK: Budgets and divergence

    @Test func `a budget that cannot be met names one that can`() throws {
        try withWorkplace { place in
            try place.putModel()
            // 768 + 144 + 120 weights, 34 biases, 48 of norms; rank 1 leaves 76 + 24 + 22.
            try place.expectFailure(
                3,
                "parameters:0.05 allows 55 of 1114 parameters, and the lowest ranks take 204: "
                    + "the smallest budget is parameters:0.1832, of which what has no rank takes 82, "
                    + "layers.0.linear.weight takes 76, layers.1.linear.weight takes 24",
                "compress", "model", "--keep", "parameters:0.05", "--output", "x")
            #expect(!place.exists("x"))
            let json = try place.run(
                "compress", "model", "--keep", "parameters:0.1832", "--output", "x", "--json"
            ).json()
            #expect(try number(json, "parameters") == 204)
        }
    }
}
