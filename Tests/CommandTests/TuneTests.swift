import Foundation
import Interchange
import OrderedCollections
import Programs
import Tensors
import Testing

/// Networks that are there, trained a little further.
@Suite struct TuneTests {
    /// A network for the digits, and what is left of it at a tenth of its size.
    private func prepare(_ place: Workplace) throws {
        try place.run(
            "train", "fcn4", "--data", "digits", "--width", "32", "--epochs", "4", "--batch", "32",
            "--threads", "1", "--output", "large")
        try place.run(
            "compress", "large", "--keep", "parameters:0.15", "--data", "digits", "--criterion",
            "whitened", "--threads", "1", "--output", "small")
    }

    private func json(_ place: Workplace, _ name: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: place.data(name)) as? [String: Any])
    }

    @Test func `a truncated network is tuned as it is, with its teacher, and measured`() throws {
        try withWorkplace { place in
            try prepare(place)
            let tuned = try place.run(
                "tune", "small", "--data", "digits", "--distill", "large", "--product-decay",
                "1e-4", "--epochs", "6", "--batch", "32", "--threads", "1", "--output", "tuned",
                "--json")
            #expect(tuned.status == 0, "\(tuned.errors)")
            try expectMeasured(tuned.json())
            #expect(
                try place.names(in: "tuned") == [
                    "model.pt2", "run.json", "metrics.jsonl", "checkpoint.pt2",
                ])
            let record = try json(place, "tuned/run.json")
            #expect(record["verb"] as? String == "tune")
            #expect(try number(record, "productDecay") == 1e-4)
            let distillation = try #require(record["distillation"] as? [String: Any])
            #expect(try number(distillation, "temperature") == 4)
            let (before, after) = (
                try number(record, "accuracyBefore"), try number(record, "accuracy")
            )
            #expect(after > before + 0.1)
            #expect(try number(tuned.json(), "accuracy") == after)
            #expect(try number(tuned.json(), "accuracyBefore") == before)
            #expect(try number(tuned.json(), "epoch") == number(record, "epoch"))
            #expect(try place.text("tuned/metrics.jsonl").split(separator: "\n").count == 6)
            let (small, program) = (
                try place.program("small/model.pt2"), try place.program("tuned/model.pt2")
            )
            #expect(program.parameterNames == small.parameterNames)
            #expect(program.metadata["preprocessing"] == small.metadata["preprocessing"])
            #expect(program.metadata["compression"] == small.metadata["compression"])
            #expect(program.metadata["tuning"]?.contains("\"verb\" : \"tune\"") == true)
            // What was tuned can be tuned again, and measured on the test split.
            let again = try place.run(
                "tune", "tuned", "--data", "digits", "--epochs", "1", "--output", "again")
            #expect(again.status == 0)
            let measured = try ["small", "tuned"].map {
                try number(
                    place.run("evaluate", $0, "--data", "digits", "--json").json(), "accuracy")
            }
            #expect(measured[1] > measured[0])
        }
    }

    @Test func `the mean error of a truncation goes into biases where that is asked for`() throws {
        try withWorkplace { place in
            try place.putModel()
            for flags in [[], ["--correct-bias"]] {
                let process = try place.start(
                    [
                        "compress", "model", "--keep", "parameters:0.5", "--criterion", "raw",
                        "--data", "digits", "--threads", "1", "--output", "b\(flags.count)",
                    ] + flags)
                process.waitUntilExit()
                #expect(process.terminationStatus == 0)
            }
            let (plain, corrected) = (
                try place.contents("b0/model.pt2"), try place.contents("b1/model.pt2")
            )
            let changed = plain.keys.filter { plain[$0] != corrected[$0] }
            #expect(!changed.isEmpty && changed.allSatisfy { $0.hasSuffix("bias") })
            #expect(
                try place.program("b1/model.pt2").metadata["compression"]
                    == "parameters:0.5 by raw, threshold, biases corrected")
            try place.expectFailure(
                64, "--correct-bias needs examples: name them with --data", "compress", "model",
                "--keep", "parameters:0.5", "--correct-bias", "--output", "c")
        }
    }

    @Test func `a run that is interrupted goes on to the same bits`() throws {
        try withWorkplace { place in
            try prepare(place)
            let arguments = { (output: String) in
                [
                    "tune", "small", "--data", "digits", "--distill", "large", "--product-decay",
                    "1e-3", "--epochs", "40", "--threads", "1", "--output", output,
                ]
            }
            let whole = try place.start(arguments("whole"), log: "whole")
            whole.waitUntilExit()
            #expect(whole.terminationStatus == 0)
            let cut = try place.start(arguments("cut"), log: "cut")
            place.interrupt(cut, whenThereIs: "cut/checkpoint.pt2")
            let outcome = try place.outcome(of: cut, log: "cut")
            #expect(outcome.status == 130)
            let sentence =
                /swiftlet: stopped in epoch \d+, step \d+; go on with swiftlet tune --resume cut/
            #expect(outcome.lastLine.wholeMatch(of: sentence) != nil, "\(outcome.lastLine)")
            try place.expectFailure(
                66, "cut holds a run that was cut off; go on with swiftlet tune --resume cut",
                "evaluate", "cut", "--data", "digits")
            let resumed = try place.run("tune", "--resume", "cut")
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(try place.contents("cut/model.pt2") == place.contents("whole/model.pt2"))
            try place.expectFailure(
                64, "the run in cut is finished; tune anew with another --output", "tune",
                "--resume", "cut")
        }
    }

    @Test func `a run whose model has changed since is not gone on with`() throws {
        try withWorkplace { place in
            try place.putModel()
            try place.run(
                "tune", "model", "--data", "digits", "--epochs", "1", "--output", "run")
            for name in ["model.pt2", "checkpoint.pt2", "metrics.jsonl"] {
                try FileManager.default.removeItem(atPath: place.path("run/\(name)"))
            }
            try place.putModel(in: "model", classes: 12)
            try place.expectFailure(
                65, "model/model.pt2 has changed since the run began; begin anew from it", "tune",
                "--resume", "run")
        }
    }

    @Test func `a run that diverges ends with the best state written, and says so`() throws {
        try withWorkplace { place in
            try place.putModel()
            let arguments = [
                "tune", "model", "--data", "digits", "--epochs", "2", "--learning-rate", "1e30",
                "--threads", "1", "--output", "run",
            ]
            let process = try place.start(arguments)
            process.waitUntilExit()
            let outcome = try place.outcome(of: process)
            #expect(outcome.status == 4)
            let sentence =
                /swiftlet: the loss became (NaN|infinite) in epoch 1, step \d+: try --learning-rate 2e\+29, --clip 1 or --warm-up 2; run\/model.pt2 holds the best state, the network as it came/
            #expect(outcome.lastLine.wholeMatch(of: sentence) != nil, "\(outcome.lastLine)")
            #expect(try place.contents("run/model.pt2") == place.contents("model/model.pt2"))
            let record = try json(place, "run/run.json")
            #expect(try number(record, "epoch") == 0)
            #expect((record["stopped"] as? String)?.hasPrefix("the loss became") == true)
        }
    }

    @Test func `what makes no sense is refused in a sentence`() throws {
        try withWorkplace { place in
            try place.putModel()
            try place.putModel(in: "three", classes: 3)
            let data = ["--data", "digits", "--output", "run"]
            try place.expectFailure(64, "name a model, or a folder with --resume", "tune")
            try place.expectFailure(64, "name the data with --data", "tune", "model")
            try place.expectFailure(
                64, "name the folder to write with --output", "tune", "model", "--data", "digits")
            try place.expectFailure(
                66, "none is not there; name a model file, or a folder that train wrote",
                "tune", "none", data[0], data[1], data[2], data[3])
            try place.expectFailure(
                73, "model holds the model that is read; name another folder for --output",
                "tune", "model", "--data", "digits", "--output", "model", "--force")
            try place.expectFailure(
                73, "three holds the model that is read; name another folder for --output",
                "tune", "model", "--data", "digits", "--distill", "three", "--output", "three",
                "--force")
            try place.expectFailure(
                64,
                "the network tells 3 classes apart, and digits has 10; tune on data with its classes",
                "tune", "three", data[0], data[1], data[2], data[3])
            try place.expectFailure(
                64, "--resume goes on with a run's own options: name nothing but its folder",
                "tune", "--resume", "run", "--epochs", "3")
            try place.expectFailure(
                66, "model holds no run.json; name a folder that swiftlet tune wrote", "tune",
                "--resume", "model")
            #expect(!place.exists("run"))
        }
    }

    @Test func `a network without parameters, and a teacher of other inputs, are refused`() throws {
        try withWorkplace { place in
            try place.putModel()
            var network = try place.program("model/model.pt2")
            for (name, scale) in [("one", 1), ("two", 2)] {
                network.metadata["preprocessing"] =
                    "{\"deviation\":[\(scale)],\"mean\":[0],\"scale\":1}"
                try network.write(to: place.path("\(name).pt2"))
            }
            try place.expectFailure(
                64,
                "the network and the one to distil from have other preprocessing; distil from the network "
                    + "that it was made of", "tune", "one.pt2", "--distill", "two.pt2", "--data",
                "digits", "--output", "run")
            try Program(input: [1, 8, 8]) { $0.flattened() }.write(to: place.path("bare.pt2"))
            try place.expectFailure(
                64, "bare.pt2 has no parameters to tune", "tune", "bare.pt2", "--data", "digits",
                "--output", "run")
            #expect(!place.exists("run"))
        }
    }

    @Test(arguments: [
        ("--product-decay is 0 or more", "--product-decay", "-1"),
        ("--epochs is 1 or more", "--epochs", "0"),
        ("--learning-rate is a number above 0", "--learning-rate", "nan"),
        ("--temperature is a number above 0", "--temperature", "0"),
        ("--teacher-share is from 0 to 1", "--teacher-share", "2"),
        ("--temperature and --teacher-share go with --distill", "--temperature", "2"),
    ])
    func `options outside their range are refused`(
        sentence: String, option: String, value: String
    ) throws {
        try withWorkplace { place in
            try place.expectUsage(
                sentence, "tune", "model", "--data", "digits", "--output", "run",
                "\(option)=\(value)")
        }
    }
}
