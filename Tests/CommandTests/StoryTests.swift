import Foundation
import Interchange
import OrderedCollections
import Programs
import Tensors
import Testing

/// Train, compress, evaluate and inspect as a user would.
@Suite struct StoryTests {
    @Test func `a network is trained, cut, measured and inspected`() throws {
        try withWorkplace { place in
            let trained = try place.run(
                "train", "fcn4", "--data", "digits", "--width", "24", "--factors", "2", "--epochs",
                "4", "--batch", "32", "--threads", "1", "--output", "runs/a", "--json")
            #expect(trained.status == 0)
            try expectMeasured(trained.json())
            #expect(
                try place.names(in: "runs/a") == [
                    "model.pt2", "run.json", "metrics.jsonl", "checkpoint.pt2",
                ])
            try expectRecord(place)
            try expectMetrics(place, epochs: 4)
            let original = try place.program("runs/a/model.pt2")
            #expect(original.parameterNames.contains("head.weight"))
            #expect(original.metadata["preprocessing"] != nil)
            #expect(
                try place.program("runs/a/checkpoint.pt2").parameterNames
                    .contains("head.factors.1"))

            let dense = try place.run("evaluate", "runs/a", "--data", "digits", "--json").json()
            try expectMeasured(dense)
            #expect(try number(dense, "accuracy") > 0.6)
            #expect(try number(dense, "parameters") == Double(original.cost.parameters))
            #expect(try number(dense, "examples") == 359)

            let small = try place.run(
                "compress", "runs/a", "--keep", "parameters:0.5", "--data", "digits", "--output",
                "runs/b", "--threads", "1", "--json"
            ).json()
            #expect(try place.names(in: "runs/b") == ["model.pt2", "run.json"])
            #expect(try number(small, "parameters") <= 0.5 * number(dense, "parameters"))
            #expect(try number(small, "keptParameters") <= 0.5)
            #expect(
                try number(small, "parameters")
                    == Double(place.program("runs/b/model.pt2").cost.parameters))
            let record = try JSONSerialization.jsonObject(with: place.data("runs/b/run.json"))
            #expect(record as? NSDictionary == small as NSDictionary)

            let measured = try place.run(
                "evaluate", "runs/b/model.pt2", "--data", "digits", "--original", "runs/a",
                "--latency", "--threads", "1", "--json"
            ).json()
            try expectMeasured(measured, latency: true)
            #expect(try number(measured, "originalAccuracy") == number(dense, "accuracy"))
            #expect((0...1).contains(try number(measured, "agreement")))
            for key in ["originalSecondsBatch1", "originalSecondsBatch128", "meanSquaredError"] {
                #expect(try number(measured, key) > 0)
            }
            try expectInspected(place)
        }
    }

    private func expectRecord(_ place: Workplace) throws {
        let record = try #require(
            try JSONSerialization.jsonObject(with: place.data("runs/a/run.json"))
                as? [String: Any])
        #expect(record["model"] as? String == "fcn4" && record["data"] as? String == "digits")
        #expect(try number(record, "epoch") == 4)
        let training = try #require(record["training"] as? [String: Any])
        #expect(try number(training, "epochs") == 4 && number(training, "seed") == 0)
        #expect((record["composition"] as? [String: Any])?["factors"] as? Int == 2)
        #expect((record["versions"] as? [String: String])?["libtorch"]?.hasPrefix("2.") == true)
        #expect((record["checksums"] as? [String: String])?["model.pt2"] != nil)
    }

    private func expectMetrics(_ place: Workplace, epochs: Int) throws {
        let lines = try place.text("runs/a/metrics.jsonl").split(separator: "\n")
        #expect(lines.count == epochs)
        for (index, line) in lines.enumerated() {
            let metrics = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            #expect(try number(metrics, "epoch") == Double(index + 1))
            for key in ["step", "learningRate", "trainingLoss", "validationLoss", "seconds"] {
                #expect(try number(metrics, key) > 0, "\(key)")
            }
            let waited = try number(metrics, "waitSeconds")
            #expect(try waited >= 0 && waited < number(metrics, "seconds"))
            for key in ["trainingAccuracy", "validationAccuracy"] {
                #expect((0...1).contains(try number(metrics, key)), "\(key)")
            }
        }
    }

    private func expectInspected(_ place: Workplace) throws {
        let report = try place.run("inspect", "runs/b", "--json").json()
        let program = try place.program("runs/b/model.pt2")
        #expect(try number(report, "parameters") == Double(program.cost.parameters))
        #expect(try number(report, "bytes") == Double(program.cost.bytes))
        #expect(try number(report, "macs") == Double(program.cost.macs ?? -1))
        #expect(try number(report, "fileBytes") == Double(place.data("runs/b/model.pt2").count))
        let metadata = try #require(report["metadata"] as? [String: String])
        #expect(metadata["compression"]?.hasPrefix("parameters:0.5 by ") == true)
        let layers = try #require(report["layers"] as? [[String: Any]])
        #expect(layers.compactMap { $0["name"] as? String } == program.weightSites.map(\.name))
        for layer in layers {
            #expect(layer["kind"] as? String == "linear")
            #expect((layer["shape"] as? [Int])?.count == 2)
            for key in [
                "parameters", "macs", "largestSingularValue", "stableRank", "effectiveRank",
                "rankAt99Energy",
            ] { #expect(try number(layer, key) > 0, "\(key)") }
            #expect(try number(layer, "breakEvenRank") >= 0)
        }
    }

    @Test(arguments: [
        ("rank:2", "raw"), ("energy:0.7", "whitened"), ("parameters:0.6", "relative"),
        ("parameters:0.6", "norm-folded"), ("energy:0.7", "whitened-norm-folded"),
        ("parameters:0.6", "fisher"), ("rank:2", "whitened-fisher"),
    ])
    func `every budget goes with every criterion`(budget: String, criterion: String) throws {
        try withWorkplace { place in
            try place.putModel()
            let result = try place.run(
                "compress", "model", "--keep", budget, "--criterion", criterion, "--data",
                "digits", "--examples", "100", "--threads", "1", "--output", "small", "--json")
            #expect(result.status == 0)
            let json = try result.json()
            #expect(json["budget"] as? String == budget)
            #expect(json["criterion"] as? String == criterion)
            let program = try place.program("small/model.pt2")
            #expect(try number(json, "parameters") == Double(program.cost.parameters))
            #expect(try number(json, "parameters") < number(json, "parametersBefore"))
        }
    }

    @Test func `people read a table, and programs nothing else than JSON`() throws {
        try withWorkplace { place in
            try place.putModel()
            let table = try place.run("inspect", "model")
            #expect(
                table.output.hasPrefix(
                    "weight                  kind    shape    parameters  MACs  σ "),
                "\(table.output)")
            #expect(
                table.output.contains("head.weight             linear  10 × 12         120   120"))
            #expect(table.errors.isEmpty)
            let json = try place.run(
                "compress", "model", "--keep", "rank:3", "--output", "s", "--json")
            _ = try json.json()
            let text = try place.run("compress", "model", "--keep", "rank:3", "--output", "t")
            #expect(text.output.contains("layers.0.linear.weight  12 × 64     3"))
            #expect(text.output.hasSuffix("Wrote t/model.pt2\n"))
        }
    }

    @Test func `without data relative is the criterion, with data the best`() throws {
        try withWorkplace { place in
            try place.putModel()
            let without = try place.run(
                "compress", "model", "--keep", "rank:3", "--output", "a", "--json")
            #expect(try without.json()["criterion"] as? String == "relative")
            let with = try place.run(
                "compress", "model", "--keep", "rank:3", "--data", "digits", "--threads", "1",
                "--output", "b", "--json")
            let lines = with.errors.split(separator: "\n").filter { $0.hasSuffix("on validation") }
            #expect(lines.map { $0.prefix { $0 != ":" } } == ["raw", "relative", "whitened"])
            let shares = try lines.map { line in
                let words = line.split(separator: " ")
                return try #require(Double(words[1]))
            }
            let names = ["raw", "relative", "whitened"]
            let chosen = try #require(with.json()["criterion"] as? String)
            let index = try #require(names.firstIndex(of: chosen))
            #expect(shares[index] == shares.max())
        }
    }

    @Test func `data sets are listed with where they are looked for`() throws {
        try withWorkplace { place in
            let json = try place.run("datasets", "--data-dir", "own", "--json").json()
            let sets = try #require(json["datasets"] as? [[String: Any]])
            #expect(
                sets.map { $0["name"] as? String } == [
                    "digits", "mnist", "fashion-mnist", "cifar10", "cifar100", "adult",
                    "tinyshakespeare", "wikitext2",
                ])
            #expect(
                sets[1]["folders"] as? [String] == [
                    place.path("own/mnist"), place.path(".cache/swiftlet/datasets/mnist"),
                ])
            #expect(sets[1]["found"] == nil)
            #expect(sets.allSatisfy { ($0["publisher"] as? String)?.hasPrefix("https://") == true })
        }
    }

    @Test(arguments: ["", "train", "compress", "evaluate", "inspect", "datasets", "demo"])
    func `help has an example`(verb: String) throws {
        try withWorkplace { place in
            let arguments = verb.isEmpty ? ["--help"] : [verb, "--help"]
            let process = try place.start(arguments)
            process.waitUntilExit()
            let outcome = try place.outcome(of: process)
            #expect(outcome.status == 0)
            #expect(outcome.output.contains("swiftlet \(verb.isEmpty ? "train" : verb)"))
            #expect(outcome.output.contains("Example"))
            #expect(outcome.errors.isEmpty)
        }
    }
}
