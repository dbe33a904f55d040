import Foundation
import Testing

/// Runs that are cut off, and go on.
@Suite struct InterruptionTests {
    /// A run of some seconds that draws on everything that a checkpoint has to hold.
    private func arguments(_ output: String) -> [String] {
        [
            "train", "fcn4", "--data", "digits", "--width", "32", "--factors", "3", "--epochs",
            "30", "--warm-up", "2", "--label-smoothing", "0.1", "--clip", "1", "--keep-best",
            "--seed", "3", "--threads", "1", "--deterministic", "--output", output,
        ]
    }

    /// Waits until so many epochs are done.
    private func wait(for epochs: Int, in output: String, _ place: Workplace, _ process: Process)
        throws
    {
        let limit = Date().addingTimeInterval(60)
        while process.isRunning {
            let text = (try? place.text("\(output)/metrics.jsonl")) ?? ""
            if text.split(separator: "\n").count >= epochs { return }
            try #require(Date() < limit, "no epoch ended within a minute")
            usleep(2_000)
        }
        Issue.record("the run ended too early: \(try place.text("\(output).err"))")
    }

    private func finish(_ place: Workplace, _ arguments: [String]) throws {
        let process = try place.start(arguments, log: "finish")
        process.waitUntilExit()
        let errors = try place.text("finish.err")
        #expect(process.terminationStatus == 0, "\(errors)")
    }

    /// Epochs and losses without the seconds.
    private func story(_ place: Workplace, _ output: String) throws -> [NSDictionary] {
        try place.text("\(output)/metrics.jsonl").split(separator: "\n").map { line in
            var metrics = try #require(
                try JSONSerialization.jsonObject(with: Data(line.utf8)) as? [String: Any])
            metrics["seconds"] = nil
            metrics["waitSeconds"] = nil
            return metrics as NSDictionary
        }
    }

    @Test func `a run that is interrupted or killed goes on to the same bits`() throws {
        try withWorkplace { place in
            try finish(place, arguments("whole"))
            let whole = try place.contents("whole/model.pt2")

            let interrupted = try place.start(arguments("cut"), log: "cut")
            try wait(for: 3, in: "cut", place, interrupted)
            interrupted.interrupt()
            interrupted.waitUntilExit()
            let outcome = try place.outcome(of: interrupted, log: "cut")
            #expect(outcome.status == 130)
            #expect(interrupted.terminationReason == .exit)
            let sentence =
                /swiftlet: stopped in epoch \d+, step \d+; go on with swiftlet train --resume cut/
            #expect(outcome.lastLine.wholeMatch(of: sentence) != nil, "\(outcome.lastLine)")
            #expect(outcome.output.isEmpty)
            #expect(try place.names(in: "cut") == ["run.json", "metrics.jsonl", "checkpoint.pt2"])
            try place.expectFailure(
                66, "cut holds a run that was cut off; go on with swiftlet train --resume cut",
                "evaluate", "cut", "--data", "digits")
            try finish(place, ["train", "--resume", "cut"])
            #expect(try place.contents("cut/model.pt2") == whole)
            #expect(try story(place, "cut") == story(place, "whole"))

            let killed = try place.start(arguments("killed"), log: "killed")
            try wait(for: 5, in: "killed", place, killed)
            kill(killed.processIdentifier, SIGKILL)
            killed.waitUntilExit()
            #expect(killed.terminationReason == .uncaughtSignal)
            #expect(!place.exists("killed/model.pt2"))
            try finish(place, ["train", "--resume", "killed", "--json"])
            #expect(try place.contents("killed/model.pt2") == whole)
            #expect(try story(place, "killed") == story(place, "whole"))
            try place.expectFailure(
                64, "the run in killed is finished; train anew with another --output", "train",
                "--resume", "killed")
        }
    }

    @Test func `a run that was cut off before its first checkpoint begins again`() throws {
        try withWorkplace { place in
            let arguments = [
                "train", "fcn4", "--data", "digits", "--width", "8", "--epochs", "2", "--threads",
                "1", "--output", "run",
            ]
            try finish(place, arguments)
            let whole = try place.contents("run/model.pt2")
            for name in ["model.pt2", "checkpoint.pt2", "metrics.jsonl"] {
                try FileManager.default.removeItem(atPath: place.path("run/\(name)"))
            }
            try finish(place, ["train", "--resume", "run"])
            #expect(try place.contents("run/model.pt2") == whole)
            #expect(try story(place, "run").count == 2)
        }
    }

    @Test func `what cannot be resumed is refused`() throws {
        try withWorkplace { place in
            try place.expectFailure(
                66, "none holds no run.json; name a folder that swiftlet train wrote", "train",
                "--resume", "none")
            try FileManager.default.createDirectory(
                atPath: place.path("bad"), withIntermediateDirectories: true)
            try place.write(Data("{".utf8), to: "bad/run.json")
            try place.expectFailure(
                65,
                "bad/run.json is not of a run of train, or damaged; name a folder that swiftlet train wrote",
                "train", "--resume", "bad")
            try place.expectFailure(
                64, "--resume goes on with a run's own options: name nothing but its folder",
                "train",
                "fcn4", "--resume", "bad")
        }
    }

    @Test func `a demo that is interrupted says how to go on, and replaced its own files alone`()
        throws
    {
        try withWorkplace { place in
            try FileManager.default.createDirectory(
                atPath: place.path("runs/demo"), withIntermediateDirectories: true)
            for name in ["report.json", "factors-1-kept-100.pt2", "thesis.txt"] {
                try place.write(Data("old".utf8), to: "runs/demo/\(name)")
            }
            let process = try place.start(["demo", "--epochs", "500", "--threads", "1"])
            let limit = Date().addingTimeInterval(60)
            while try place.text("log.err").isEmpty, Date() < limit { usleep(5_000) }
            process.interrupt()
            process.waitUntilExit()
            let outcome = try place.outcome(of: process)
            #expect(outcome.status == 130)
            let sentence =
                /swiftlet: stopped in epoch \d+, step \d+; begin again with swiftlet demo/
            #expect(outcome.lastLine.wholeMatch(of: sentence) != nil, "\(outcome.lastLine)")
            #expect(try place.names(in: "runs/demo") == ["thesis.txt"])
        }
    }
}
