import Foundation
import Programs
import Tensors
import Testing

/// The folder of real data, where there is one.
private let realData = ProcessInfo.processInfo.environment["SWIFTLET_DATA"]

/// The verbs on networks for images.
@Suite struct ImageStoryTests {
    @Test(arguments: ["resnet20", "vit-l4-h8"])
    func `a network for images is trained, cut, re-calibrated and inspected`(model: String) throws {
        try withWorkplace { place in
            let options = [
                "train", model, "--data", "digits", "--factors", "3", "--epochs", "2", "--threads",
                "1", "--optimizer", "adam", "--learning-rate", "1e-3", "--output", "a",
            ]
            let training = try place.start(options)
            training.waitUntilExit()
            #expect(training.terminationStatus == 0)
            let lines = try place.text("a/metrics.jsonl").split(separator: "\n")
            for line in lines {
                let metrics = try #require(
                    try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
                let layers = try #require(metrics["layers"] as? [String: [String: Double]])
                #expect(layers.count == (model == "resnet20" ? 20 : 26))
                #expect(layers.values.allSatisfy { $0["balancedness"] ?? 0 > 0.99 })
            }
            let small = try place.run(
                "compress", "a", "--keep", "parameters:0.5", "--criterion", "whitened", "--data",
                "digits", "--examples", "256", "--threads", "1", "--output", "b", "--json"
            ).json()
            #expect(try number(small, "keptParameters") <= 0.5)
            #expect(try number(small, "macs") > 0)
            let evaluated = try place.run(
                "evaluate", "b", "--data", "digits", "--original", "a", "--json"
            ).json()
            #expect(try number(evaluated, "parameters") == number(small, "parameters"))
            let table = try place.run("inspect", "a").output
            #expect(table.contains("█") && table.contains("effective rank by epoch"))
        }
    }

    @Test func `batch norm is measured anew where it is asked for`() throws {
        try withWorkplace { place in
            try place.run(
                "train", "resnet20", "--data", "digits", "--epochs", "1", "--threads", "1",
                "--output", "a")
            for flags in [[], ["--recalibrate"]] {
                let process = try place.start(
                    [
                        "compress", "a", "--keep", "parameters:0.5", "--criterion", "relative",
                        "--data", "digits", "--threads", "1", "--output", "b\(flags.count)",
                    ] + flags)
                process.waitUntilExit()
                #expect(process.terminationStatus == 0)
            }
            let programs = try [0, 1].map { try place.program("b\($0)/model.pt2") }
            #expect(programs[0].description == programs[1].description)
            for (name, isSame) in [("bn1.running_mean", false), ("bn1.weight", true)] {
                let bytes = try programs.map { try $0.tensor(name).bytes() }
                #expect((bytes[0] == bytes[1]) == isSame)
            }
            #expect(programs[1].metadata["compression"]?.contains("measured anew") ?? false)
            try place.expectFailure(
                64, "--recalibrate needs examples: name them with --data", "compress", "a",
                "--keep", "parameters:0.5", "--recalibrate", "--output", "c")
        }
    }

    @Test(
        .enabled(if: realData != nil, "SWIFTLET_DATA names no folder of real data"),
        arguments: [
            ("resnet20-12fca82f", "resnet20", 0.9173), ("resnet56-4bfd9763", "resnet56", 0.9339),
        ])
    func `the checkpoints in circulation measure what their author states`(
        file: String, model: String, accuracy: Double
    ) throws {
        let data = try #require(realData)
        let weights = "\(data)/checkpoints/\(file).th"
        try #require(FileManager.default.fileExists(atPath: weights), "no \(weights)")
        try withWorkplace { place in
            let imported = try place.run(
                "import", weights, "--model", model, "--mean", "0.485,0.456,0.406", "--std",
                "0.229,0.224,0.225", "--output", "a", "--json"
            ).json()
            #expect(imported["prefix"] as? String == "module.")
            let measured = try place.run(
                "evaluate", "a", "--data", "cifar10", "--data-dir", data, "--json"
            ).json()
            // One image more or less may be decided by rounding.
            #expect(abs(try number(measured, "accuracy") - accuracy) < 1.5e-4)
        }
    }
}
