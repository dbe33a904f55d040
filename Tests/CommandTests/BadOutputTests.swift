import FileFormats
import Foundation
import Testing

/// Runs that diverge, and outputs that cannot or may not be written.
@Suite struct BadOutputTests {
    @Test func `a run that diverges says so and writes no model`() throws {
        try withWorkplace { place in
            let outcome = try place.run(
                "train", "fcn4", "--data", "digits", "--width", "8", "--learning-rate", "1e9",
                "--threads", "1", "--output", "x")
            #expect(outcome.status == 4)
            let sentence =
                /swiftlet: the loss became (NaN|infinite) in epoch 1, step \d+: try --learning-rate 2e\+08, --clip 1 or --warm-up 2/
            #expect(outcome.lastLine.wholeMatch(of: sentence) != nil, "\(outcome.lastLine)")
            #expect(try place.names(in: "x") == ["run.json"])
        }
    }

    @Test func `a run that diverges at an epoch's last step says so`() throws {
        try withWorkplace { place in
            let outcome = try place.run(
                "train", "fcn4", "--data", "digits", "--width", "8", "--batch", "2000",
                "--learning-rate", "1e30", "--threads", "1", "--output", "x")
            #expect(outcome.status == 4)
            #expect(
                outcome.lastLine
                    == "swiftlet: the loss on validation became NaN in epoch 1, step 1: try "
                    + "--learning-rate 2e+29, --clip 1 or --warm-up 2")
        }
    }

    // MARK: Output

    @Test func `nothing is written over without force`() throws {
        try withWorkplace { place in
            try place.putModel()
            try place.putModel(in: "there")
            try place.write(Data("mine".utf8), to: "there/notes.txt")
            try place.write(Data("old".utf8), to: "there/metrics.jsonl")
            let before = try place.data("there/model.pt2")
            let sentence = "there is there already; pass --force to replace it, or name another"
            try place.expectFailure(
                73, sentence, "compress", "model", "--keep", "rank:2", "--output", "there")
            try place.expectFailure(
                73, sentence, "train", "fcn4", "--data", "digits", "--output", "there")
            #expect(try place.data("there/model.pt2") == before)
            let outcome = try place.run(
                "compress", "model", "--keep", "rank:2", "--output", "there", "--force")
            #expect(outcome.status == 0)
            #expect(try place.data("there/model.pt2") != before)
            #expect(try place.text("there/notes.txt") == "mine")
            #expect(try place.names(in: "there") == ["model.pt2", "run.json", "notes.txt"])
        }
    }

    @Test func `an empty folder may be written`() throws {
        try withWorkplace { place in
            try place.putModel()
            try FileManager.default.createDirectory(
                atPath: place.path("new"), withIntermediateDirectories: true)
            let outcome = try place.run("compress", "model", "--keep", "rank:2", "--output", "new")
            #expect(outcome.status == 0)
        }
    }

    @Test func `the model that is read is never written over`() throws {
        try withWorkplace { place in
            try place.putModel()
            let before = try place.data("model/model.pt2")
            for model in ["model", "model/model.pt2", "./model/"] {
                try place.expectFailure(
                    73, "model holds the model that is read; name another folder for --output",
                    "compress", model, "--keep", "rank:2", "--output", "model", "--force")
            }
            #expect(try place.data("model/model.pt2") == before)
            #expect(try place.names(in: "model") == ["model.pt2"])
        }
    }

    @Test func `a link to a folder is that folder`() throws {
        try withWorkplace { place in
            try place.putModel()
            try FileManager.default.createSymbolicLink(
                atPath: place.path("link"), withDestinationPath: "model")
            let outcome = try place.run("inspect", "link", "--json")
            #expect(try outcome.json()["file"] as? String == "link/model.pt2")
            try place.expectFailure(
                73, "link is there already; pass --force to replace it, or name another",
                "compress", "model", "--keep", "rank:2", "--output", "link")
        }
    }

    @Test func `an output that cannot be written`() throws {
        try withWorkplace { place in
            try place.putModel()
            try place.write(Data("mine".utf8), to: "file")
            try place.expectFailure(
                73, "file is a file; name a folder for --output", "compress", "model", "--keep",
                "rank:2", "--output", "file")
            try place.expectFailure(
                73, "file/below cannot be written; name a folder that can be", "compress", "model",
                "--keep", "rank:2", "--output", "file/below")
            let outcome = try place.run(
                "train", "fcn4", "--data", "digits", "--width", "8", "--output", "file/below")
            #expect(outcome.status == 73)
            #expect(
                outcome.lastLine
                    == "swiftlet: file/below cannot be written; name a folder that can be")
            #expect(try place.text("file") == "mine")
        }
    }
}
