import Foundation
import Programs
import Testing

/// Low rank induced in networks that are trained already: `tune --factors`.
@Suite struct InducingTests {
    @Test func `weights are products while they train, and multiplied out at the end`() throws {
        try withWorkplace { place in
            try place.run(
                "train", "fcn4", "--data", "digits", "--width", "32", "--epochs", "4", "--batch",
                "32", "--threads", "1", "--output", "dense")
            let induced = try place.run(
                "tune", "dense", "--data", "digits", "--factors", "3", "--weight-decay", "4e-2",
                "--learning-rate", "0.05", "--epochs", "12", "--batch", "32", "--threads", "1",
                "--output", "induced", "--json")
            #expect(induced.status == 0, "\(induced.errors)")
            #expect(induced.errors.contains("3 factors, layout compact, init balanced"))
            #expect(induced.errors.contains("decay: directions without a gradient shrink"))
            let (dense, program) = (
                try place.program("dense/model.pt2"), try place.program("induced/model.pt2")
            )
            #expect(program.parameterNames == dense.parameterNames)
            #expect(program.nodes.count == dense.nodes.count)
            let record = try place.record("induced/run.json")
            #expect(try number(record, "epoch") == 12)
            #expect(record["decayCheck"] != nil)
            let ranks = try place.effectiveRanks("induced/metrics.jsonl")
            #expect(ranks.count == 12)
            #expect(try #require(ranks.last) < 0.7 * #require(ranks.first))
            // What decay has taken away can be cut for nothing, which it could not before.
            let losses = try ["dense", "induced"].map { name in
                try place.run(
                    "compress", name, "--keep", "parameters:0.4", "--data", "digits",
                    "--criterion", "raw", "--output", "small-\(name)")
                let accuracies = try [name, "small-\(name)"].map {
                    try number(
                        place.run(
                            "evaluate", $0, "--data", "digits", "--split", "validation", "--json"
                        ).json(), "accuracy")
                }
                return accuracies[0] - accuracies[1]
            }
            #expect(losses[0] > 0.2 && losses[1] < 0.02, "\(losses)")
        }
    }

    @Test func `layers that were cut in two stay two`() throws {
        try withWorkplace { place in
            try place.putModel()
            try place.run(
                "compress", "model", "--keep", "parameters:0.5", "--data", "digits", "--criterion",
                "raw", "--output", "small")
            let induced = try place.run(
                "tune", "small", "--data", "digits", "--factors", "2", "--epochs", "1",
                "--output", "induced")
            #expect(induced.status == 0, "\(induced.errors)")
            let (small, program) = (
                try place.program("small/model.pt2"), try place.program("induced/model.pt2")
            )
            #expect(program.parameterNames == small.parameterNames)
            #expect(program.cost == small.cost)
        }
    }

    @Test func `a run that is interrupted goes on to the same bits`() throws {
        try withWorkplace { place in
            try place.putModel()
            func arguments(_ output: String) -> [String] {
                [
                    "tune", "model", "--data", "digits", "--factors", "3", "--shrink", "--epochs",
                    "30", "--threads", "1", "--deterministic", "--output", output,
                ]
            }
            let whole = try place.start(arguments("whole"), log: "whole")
            whole.waitUntilExit()
            #expect(whole.terminationStatus == 0)
            let cut = try place.start(arguments("cut"), log: "cut")
            place.interrupt(cut, whenThereIs: "cut/checkpoint.pt2")
            #expect(try place.outcome(of: cut, log: "cut").status == 130)
            let resumed = try place.run("tune", "--resume", "cut")
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(try place.contents("cut/model.pt2") == place.contents("whole/model.pt2"))
        }
    }

    @Test func `decay on products and factors that decay is to shrink exclude each other`() throws {
        try withWorkplace { place in
            try place.expectUsage(
                "--product-decay takes away what --factors is for, the pull to low ranks; say one of them",
                "tune", "model", "--data", "digits", "--factors", "3", "--product-decay", "1e-4",
                "--output", "run")
        }
    }
}

extension Workplace {
    /// A file's JSON object.
    fileprivate func record(_ name: String) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: data(name)) as? [String: Any])
    }

    /// The sum of all layers' effective ranks after each epoch.
    fileprivate func effectiveRanks(_ name: String) throws -> [Double] {
        try text(name).split(separator: "\n").map { line in
            let epoch = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            let layers = try #require(epoch["layers"] as? [String: [String: Any]])
            return layers.values.reduce(0) { $0 + ($1["effectiveRank"] as? Double ?? 0) }
        }
    }
}
