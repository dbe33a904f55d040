import Foundation
import Interchange
import OrderedCollections
import Programs
import Testing

/// Networks that are cut in steps and tuned after each.
@Suite struct IterateVerbTests {
    /// A network for the digits.
    private func prepare(_ place: Workplace) throws {
        try place.run(
            "train", "fcn4", "--data", "digits", "--width", "32", "--epochs", "4", "--batch", "32",
            "--threads", "1", "--output", "large")
    }

    private func arguments(
        to budget: String = "parameters:0.15", _ output: String, _ others: String...
    ) -> [String] {
        [
            "iterate", "large", "--data", "digits", "--keep", budget, "--steps", "3", "--batch",
            "32", "--examples", "300", "--threads", "1", "--output", output,
        ] + others
    }

    private func record(_ place: Workplace, _ name: String) throws -> [String: Any] {
        try #require(
            try JSONSerialization.jsonObject(with: place.data("\(name)/run.json"))
                as? [String: Any])
    }

    private func steps(_ place: Workplace, _ name: String) throws -> [[String: Any]] {
        try #require(try record(place, name)["steps"] as? [[String: Any]])
    }

    @Test func `a network is cut in steps, tuned after each, and measured`() throws {
        try withWorkplace { place in
            try prepare(place)
            let run = try place.run(
                arguments(
                    "small", "--epochs", "3", "--distill", "large", "--split", "best",
                    "--allocator", "per-parameter", "--json"))
            #expect(run.status == 0, "\(run.errors)")
            try expectMeasured(run.json())
            #expect(
                try place.names(in: "small") == [
                    "model.pt2", "run.json", "step-1", "step-2", "step-3",
                ])
            #expect(try place.names(in: "small/step-2") == ["model.pt2", "metrics.jsonl"])
            let steps = try steps(place, "small")
            let large = Double(try place.program("large/model.pt2").cost.parameters)
            #expect(steps.count == 3)
            for (index, step) in steps.enumerated() {
                let share = pow(0.15, Double(index + 1) / 3)
                #expect(abs(try number(step, "share") - share) < 1e-9)
                #expect(try number(step, "parameters") <= share * large)
                #expect(try number(step, "accuracyTuned") >= number(step, "accuracyCut"))
                let own = try place.program("small/step-\(index + 1)/model.pt2").cost.parameters
                #expect(try Double(own) == number(step, "parameters"))
            }
            let small = try place.program("small/model.pt2")
            #expect(try Double(small.cost.parameters) == number(steps[2], "parameters"))
            #expect(try number(run.json(), "accuracy") == number(steps[2], "accuracyTuned"))
            let told = try #require(run.json()["steps"] as? [[String: Any]])
            #expect(told.count == 3 && told.allSatisfy { $0["isAccepted"] as? Bool == true })
            #expect(
                small.metadata["compression"]?.hasSuffix(
                    "in 3 steps by whitened, per-parameter, split best")
                    == true)
            #expect(small.metadata["tuning"]?.contains("\"verb\" : \"iterate\"") == true)
        }
    }

    @Test func `convolutions are split, and multiply-accumulates may be what is counted`() throws {
        try withWorkplace { place in
            try place.run(
                "train", "resnet20", "--data", "digits", "--epochs", "1", "--batch", "64",
                "--threads", "1", "--output", "large")
            let run = try place.run(
                arguments(to: "macs:0.5", "small", "--epochs", "1", "--split", "spatial"))
            #expect(run.status == 0, "\(run.errors)")
            let (large, small) = (
                try place.program("large/model.pt2"), try place.program("small/model.pt2")
            )
            let (before, after) = (try #require(large.cost.macs), try #require(small.cost.macs))
            #expect(Double(after) <= 0.5 * Double(before))
            let kernels = small.parameterNames.compactMap { small.tensors[$0]?.shape }
                .filter { $0.count == 4 }
            #expect(kernels.contains { $0[2] > 1 && $0[3] == 1 }, "\(kernels)")
        }
    }

    @Test func `a step that loses more than is allowed is the last, and the one before stays`()
        throws
    {
        try withWorkplace { place in
            try prepare(place)
            let outcome = try place.run(
                arguments(
                    to: "parameters:0.12", "small", "--epochs", "1", "--learning-rate", "1e-9",
                    "--largest-drop", "8"))
            #expect(outcome.status == 3)
            let steps = try steps(place, "small")
            let last = try #require(steps.last)
            #expect(last["isAccepted"] as? Bool == false)
            let sentence =
                /swiftlet: step (\d) of 3 loses [\d.]+ points on validation, more than 8.0; small\/model.pt2 holds (the network as it came|that of step \d)/
            #expect(outcome.lastLine.wholeMatch(of: sentence) != nil, "\(outcome.lastLine)")
            let kept =
                steps.count > 1 ? "small/step-\(steps.count - 1)/model.pt2" : "large/model.pt2"
            #expect(
                try place.contents("small/model.pt2") == place.contents(kept))
        }
    }

    @Test func `a run that is interrupted goes on to the same bits`() throws {
        try withWorkplace { place in
            try prepare(place)
            let whole = try place.start(arguments("whole", "--epochs", "20"), log: "whole")
            whole.waitUntilExit()
            #expect(whole.terminationStatus == 0)
            let cut = try place.start(arguments("cut", "--epochs", "20"), log: "cut")
            place.interrupt(cut, whenThereIs: "cut/step-2/checkpoint.pt2")
            let outcome = try place.outcome(of: cut, log: "cut")
            #expect(outcome.status == 130)
            let sentence =
                /swiftlet: stopped in epoch \d+, step \d+ of step 2; go on with swiftlet iterate --resume cut/
            #expect(outcome.lastLine.wholeMatch(of: sentence) != nil, "\(outcome.lastLine)")
            try place.expectFailure(
                66, "cut holds a run that was cut off; go on with swiftlet iterate --resume cut",
                "evaluate", "cut", "--data", "digits")
            let resumed = try place.run("iterate", "--resume", "cut")
            #expect(resumed.status == 0, "\(resumed.errors)")
            #expect(try place.contents("cut/model.pt2") == place.contents("whole/model.pt2"))
            #expect(try place.names(in: "cut") == place.names(in: "whole"))
            try place.expectFailure(
                64, "the run in cut is finished; iterate anew with another --output", "iterate",
                "--resume", "cut")
        }
    }

    @Test func `a step that diverges is the last, with its best state written`() throws {
        try withWorkplace { place in
            try prepare(place)
            let outcome = try place.run(
                arguments("small", "--epochs", "2", "--learning-rate", "1e30"))
            #expect(outcome.status == 4)
            let sentence =
                /swiftlet: step 1: the loss became (NaN|infinite) in epoch 1, step \d+: try --learning-rate 2e\+29, --clip 1 or --warm-up 2; small\/model.pt2 holds the best state of it/
            #expect(outcome.lastLine.wholeMatch(of: sentence) != nil, "\(outcome.lastLine)")
            let steps = try steps(place, "small")
            #expect(
                try steps.count == 1
                    && number(steps[0], "accuracyTuned") == number(steps[0], "accuracyCut"))
            #expect(
                try Double(place.program("small/model.pt2").cost.parameters)
                    == number(steps[0], "parameters"))
        }
    }

    @Test func `what makes no sense is one sentence`() throws {
        try withWorkplace { place in
            try place.putModel()
            let most = ["model", "--data", "digits", "--output", "small"]
            for (status, sentence, arguments) in [
                (64, "name a model, or a folder with --resume", []),
                (64, "name the share to come to with --keep", most),
                (
                    64, "steps go to a share below 1: --keep is parameters:F or macs:F, not rank:3",
                    most + ["--keep", "rank:3"]
                ),
                (
                    64,
                    "steps go to a share below 1: --keep is parameters:F or macs:F, not macs:1.0",
                    most + ["--keep", "macs:1"]
                ),
                (
                    64, "--resume goes on with a run's own options: name nothing but its folder",
                    ["--resume", "model", "--steps", "2"]
                ),
                (
                    64, "there is no criterion whitend; did you mean whitened?",
                    most + ["--keep", "parameters:0.5", "--criterion", "whitend"]
                ),
                (
                    64, "there is no allocator dynamc; did you mean dynamic?",
                    most + ["--keep", "parameters:0.5", "--allocator", "dynamc"]
                ),
            ] {
                let outcome = try place.run(["iterate"] + arguments)
                #expect(
                    outcome.status == status && outcome.lastLine == "swiftlet: \(sentence)",
                    "\(outcome.errors)")
            }
            #expect(!place.exists("small"))
            // What cannot be reached in the last step is known before the first.
            let outcome = try place.run(
                ["iterate"] + most + ["--keep", "parameters:0.0001", "--steps", "3"])
            #expect(outcome.status == 3, "\(outcome.errors)")
            #expect(
                outcome.lastLine.hasPrefix("swiftlet: parameters:0.0001 allows 0 of"),
                "\(outcome.lastLine)")
            #expect(!place.exists("small"))
        }
    }

    @Test func `nothing that is read is written over, nor deleted for nothing`() throws {
        try withWorkplace { place in
            try prepare(place)
            try place.run(arguments("small", "--epochs", "1"))
            func again(_ model: String, _ others: String...) throws -> Workplace.Outcome {
                try place.run(
                    [
                        "iterate", model, "--data", "digits", "--keep", "parameters:0.1",
                        "--output", "small", "--force",
                    ] + others)
            }
            let sentence =
                "swiftlet: small holds the model that is read; name another folder for --output"
            for outcome in [
                try again("small/step-1"), try again("large", "--distill", "small/step-2"),
            ] {
                #expect(outcome.status == 73 && outcome.lastLine == sentence, "\(outcome.errors)")
            }
            let missing = try again(
                "large", "--allocator", "per-millisecond", "--timings", "none.json")
            #expect(missing.status == 66, "\(missing.errors)")
            let timed = try again("large", "--allocator", "per-millisecond")
            #expect(
                timed.status == 64 && timed.lastLine.hasSuffix("of compress with --timings"),
                "\(timed.errors)")
            #expect(try place.names(in: "small").isSuperset(of: ["model.pt2", "step-1", "step-2"]))
        }
    }

    @Test(arguments: [
        ("--steps is 1 or more", "--steps", "0"),
        ("--largest-drop is from 0 to 100", "--largest-drop", "101"),
        ("--epochs is 1 or more", "--epochs", "0"),
        ("--teacher-share is from 0 to 1", "--teacher-share", "2"),
    ])
    func `options outside their range are refused`(
        sentence: String, option: String, value: String
    ) throws {
        try withWorkplace { place in
            try place.expectUsage(
                sentence, "iterate", "model", "--data", "digits", "--keep", "parameters:0.5",
                "--output", "run", "\(option)=\(value)")
        }
    }
}
