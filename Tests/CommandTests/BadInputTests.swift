import FileFormats
import Foundation
import Testing

/// What cannot be done: one sentence, a status that says which sort of failure, no partial output.
@Suite struct BadInputTests {
    // MARK: Words

    @Test func `an unknown word is answered with the nearest`() throws {
        try withWorkplace { place in
            try place.expectFailure(64, "there is no verb tran; did you mean train?", "tran")
            try place.expectFailure(
                64,
                "there is no verb frobnicate; there are train, compress, tune, evaluate, inspect, "
                    + "convert, verify, compare, import, datasets, demo, help", "frobnicate")
            try place.expectFailure(
                64, "there is no network lenet30; did you mean lenet300?", "train", "lenet30",
                "--data", "digits", "--output", "x")
            try place.expectFailure(
                64,
                "there is no network alexnet; there are fcn4, fcn6, fcn8, fcn10, lenet300, lenet5, "
                    + "vgg13, vgg16, resnet20, resnet56, resnet18, vit-l4-h8, vit-l8-h8, vit-l16-h8, gpt-l4-h4",
                "train", "alexnet", "--data", "digits", "--output", "x")
            try place.expectFailure(
                64,
                "resnet18 takes images of at least 32 x 32, and the examples are 8 x 8; choose "
                    + "another network or scale the images", "train", "resnet18", "--data",
                "digits", "--output", "x")
            try place.expectFailure(
                64,
                "no data set is named “digit” (did you mean digits?); give one of digits, mnist, "
                    + "fashion-mnist, cifar10, cifar100, adult, tinyshakespeare, wikitext2, or the path of a file that ends in .npz, "
                    + ".safetensors, .csv, .csv.gz, .tsv or .tsv.gz", "train", "fcn4", "--data",
                "digit", "--output",
                "x")
            try place.expectUsage(
                "Unknown option '--epcohs'. Did you mean '--epochs'?", "train", "fcn4", "--data",
                "digits", "--output", "x", "--epcohs", "3")
            #expect(!place.exists("x"))
        }
    }

    @Test func `an unknown criterion or budget is refused before work`() throws {
        try withWorkplace { place in
            try place.expectFailure(
                64, "there is no criterion whitned; did you mean whitened?", "compress", "none",
                "--keep", "rank:2", "--criterion", "whitned", "--output", "x")
            try place.expectFailure(
                64,
                "there is no criterion frobenius; there are raw, relative, whitened, norm-folded, "
                    + "whitened-norm-folded, fisher, whitened-fisher, best", "compress", "none",
                "--keep", "rank:2", "--criterion", "frobenius", "--output", "x")
            try place.expectFailure(
                64,
                "half is not a budget: write rank:R with R from 1; energy:E, parameters:F or macs:F "
                    + "with 0 < E, F <= 1; bytes:4MB; latency:3ms; or drop:P with P points of accuracy",
                "compress", "none", "--keep", "half", "--output", "x")
            for criterion in ["whitened", "best"] {
                try place.expectFailure(
                    64, "the criterion \(criterion) needs examples: name them with --data",
                    "compress", "none", "--keep", "rank:2", "--criterion", criterion, "--output",
                    "x")
            }
        }
    }

    @Test(arguments: [
        (["--learning-rate", "nan"], "--learning-rate is a number above 0"),
        (["--momentum", "1"], "--momentum is from 0 to below 1"),
        (["--weight-decay=-1"], "--weight-decay is 0 or more"),
        (["--warm-up", "30"], "--warm-up is from 0 to the number of epochs"),
        (["--schedule", "plateau", "--patience=-1"], "--patience is 0 or more"),
        (["--patience", "3"], "--patience goes with --schedule plateau"),
        (["--epochs", "0"], "--epochs is 1 or more"), (["--batch", "1"], "--batch is 2 or more"),
        (["--label-smoothing", "1"], "--label-smoothing is from 0 to below 1"),
        (["--clip", "0"], "--clip is a number above 0"),
        (["--factors", "0"], "--factors is from 1 to 6"),
        (["--factors", "7"], "--factors is from 1 to 6"),
        (
            ["--factors-for", "head=7"],
            "--factors-for: a weight is a product of 1 to 6 factors, not of 7: head=7"
        ),
        (
            ["--factors", "2", "--compose-only", "kind:liner"],
            "--compose-only: there is no kind of layer liner; did you mean linear?"
        ),
        (
            ["--compose-except", "head"],
            "--compose-only and --compose-except choose among the weights of --factors; say "
                + "--factors 2 or more"
        ),
        (
            ["--decay-for", "head"],
            "--decay-for: head is not of the form PATTERN=X with X 0 or more, such as head=1e-4"
        ),
        (["--shrink"], "--shrink cuts factors; say --factors 2 or more"),
        (["--shrink-tolerance", "0.1"], "--shrink-tolerance goes with --shrink"),
        (
            ["--factors", "2", "--shrink", "--shrink-tolerance", "1"],
            "--shrink-tolerance is from 0 to below 1"
        ),
        (["--decay-warm-up", "21"], "--decay-warm-up is from 0 to the number of epochs"),
        (["--width", "0"], "--width is 1 or more"),
        (["--threads", "0"], "--threads is 1 or more"),
        (["--device", "cuda"], "--device cuda is not supported yet; leave it out, or say cpu"),
    ])
    func `numbers out of range are refused`(arguments: [String], sentence: String) throws {
        try withWorkplace { place in
            let process = try place.start(
                ["train", "fcn4", "--data", "digits", "--output", "x"] + arguments)
            process.waitUntilExit()
            let outcome = try place.outcome(of: process)
            #expect(outcome.status == 64)
            #expect(outcome.errors.hasPrefix("Error: \(sentence)\n"), "\(outcome.errors)")
            #expect(!place.exists("x"))
        }
    }

    @Test func `a pattern that names no layer is refused before the folder is written`() throws {
        try withWorkplace { place in
            for option in [["--factors", "2", "--compose-only", "hed"], ["--decay-for", "hed=0"]] {
                let process = try place.start(
                    ["train", "fcn4", "--data", "digits", "--output", "x"] + option)
                process.waitUntilExit()
                let outcome = try place.outcome(of: process)
                #expect(outcome.status == 64)
                #expect(
                    outcome.lastLine == "swiftlet: no layer is called hed; did you mean head?")
                #expect(!place.exists("x"))
            }
        }
    }

    @Test func `every verb wants at least one thread, and compress one example`() throws {
        try withWorkplace { place in
            let sentence = "--threads is 1 or more"
            try place.expectUsage(
                sentence, "compress", "m", "--keep", "rank:2", "--output", "x", "--threads", "0")
            try place.expectUsage(
                sentence, "evaluate", "m", "--data", "digits", "--threads", "0")
            try place.expectUsage(sentence, "demo", "--threads=-2")
            for count in ["0", "-5"] {
                try place.expectUsage(
                    "--examples is 1 or more", "compress", "m", "--keep", "rank:2", "--output",
                    "x", "--examples=\(count)")
            }
        }
    }

    @Test func `what train needs is asked for`() throws {
        try withWorkplace { place in
            try place.expectFailure(64, "name a network, or a folder with --resume", "train")
            try place.expectFailure(64, "name the data with --data", "train", "fcn4")
            try place.expectFailure(
                64, "name the folder to write with --output", "train", "fcn4", "--data", "digits")
            try place.expectFailure(
                64, "lenet300 has its own width and head; leave out --width and --logits-norm",
                "train", "lenet300", "--width", "5", "--data", "digits", "--output", "x")
        }
    }

    // MARK: What is not there, or not what it should be

    @Test func `missing data are told with folders and publisher`() throws {
        try withWorkplace { place in
            try place.expectFailure(
                66,
                "mnist: train-images-idx3-ubyte.gz is missing, looked in \(place.path("d/mnist")), "
                    + "\(place.path(".cache/swiftlet/datasets/mnist")); put the files from "
                    + "https://yann.lecun.com/exdb/mnist/ into one of these folders, or name with "
                    + "--data-dir the folder that mnist is in", "train", "fcn4", "--data", "mnist",
                "--data-dir", place.path("d"), "--output", "x")
            #expect(!place.exists("x"))
        }
    }

    @Test func `a model that is not there`() throws {
        try withWorkplace { place in
            for arguments in [["inspect"], ["evaluate", "--data", "digits"]] {
                let process = try place.start(arguments + ["none"])
                process.waitUntilExit()
                let outcome = try place.outcome(of: process)
                #expect(outcome.status == 66)
                #expect(
                    outcome.errors
                        == "swiftlet: none is not there; name a model file, or a folder that train "
                        + "wrote\n")
            }
            try FileManager.default.createDirectory(
                atPath: place.path("empty"), withIntermediateDirectories: true)
            try place.expectFailure(
                66, "empty holds no model.pt2; name a model file, or a folder that train wrote",
                "inspect", "empty")
        }
    }

    @Test func `a model file that is empty, cut or foreign`() throws {
        try withWorkplace { place in
            try place.putModel()
            let whole = try place.data("model/model.pt2")
            let cut = whole.prefix(whole.count / 2)
            let incomplete = "the zip archive has no end record; it is incomplete, fetch it again"
            let foreign = "it is not a zip archive; check which file it is"
            let noise = Data((0..<5_000).map { UInt8(truncatingIfNeeded: $0 &* 97) })
            let files: [(String, Data, String)] = [
                ("empty.pt2", Data(), incomplete), ("cut.pt2", cut, incomplete),
                ("text.pt2", Data("hello".utf8), foreign), ("noise.pt2", noise, foreign),
            ]
            for (name, data, sentence) in files {
                try place.write(data, to: name)
                try place.expectFailure(65, "\(name): \(sentence)", "inspect", name, "--json")
            }
            try place.archive([("other/data.txt", Data("x".utf8))], as: "zip.pt2")
            try place.expectFailure(
                65,
                "zip.pt2: it has no models/model.json; a model file is what torch.export.save writes",
                "inspect", "zip.pt2")
        }
    }

    @Test func `damage in the middle of a model file is found`() throws {
        try withWorkplace { place in
            try place.putModel()
            var data = try place.data("model/model.pt2")
            let weight = try #require(try place.contents("model/model.pt2")["head.weight"])
            let range = try #require(data.range(of: weight))
            data[range.lowerBound + 5] ^= 0x10
            try place.write(data, to: "bad.pt2")
            try place.expectFailure(
                65,
                "bad.pt2: entry “model/data/weights/weight_14” is damaged; fetch the file again",
                "compress", "bad.pt2", "--keep", "rank:2", "--output", "x")
            #expect(!place.exists("x"))
        }
    }

    @Test func `data of another shape`() throws {
        try withWorkplace { place in
            try place.putModel()
            let rows = (0..<20).map { "\($0),\(2 * $0),\($0 % 2)" }
            try place.write(Data(("a,b,label\n" + rows.joined(separator: "\n")).utf8), to: "d.csv")
            try place.expectFailure(
                65, "the network takes examples of [1, 8, 8], and those of d.csv are [2]",
                "evaluate", "model", "--data", "d.csv")
        }
    }

    @Test func `a ragged table`() throws {
        try withWorkplace { place in
            try place.write(Data("a,b,label\n1,2,0\n1,2\n".utf8), to: "d.csv")
            let outcome = try place.run("train", "fcn4", "--data", "d.csv", "--output", "x")
            #expect(outcome.status == 65)
            #expect(outcome.errors.hasPrefix("swiftlet: d.csv: line 3 "), "\(outcome.errors)")
            #expect(outcome.errors.split(separator: "\n").count == 1)
            #expect(!place.exists("x"))
        }
    }

    @Test func `examples without labels need the network before`() throws {
        try withWorkplace { place in
            try place.putModel()
            let pixels = (0..<(40 * 64)).map { Float($0 % 17) }
            try NumPy.write(
                RawArray(pixels, shape: [40, 1, 8, 8]), to: place.path("x.npy"))
            try place.archive([("x.npy", place.data("x.npy"))], as: "d.npz")
            try place.expectFailure(
                64,
                "d.npz has no labels; name the model before with --original to compare with it",
                "evaluate", "model", "--data", "d.npz")
            let json = try place.run(
                "evaluate", "model", "--data", "d.npz", "--original", "model/model.pt2", "--json"
            ).json()
            #expect(try number(json, "agreement") == 1)
            #expect(try number(json, "divergence") == 0)
            #expect(try number(json, "examples") == 8)
            #expect(json["accuracy"] == nil && json["loss"] == nil)
            try place.expectFailure(
                64, "d.npz has no labels to train on", "train", "fcn4", "--data", "d.npz",
                "--output", "x")
            #expect(!place.exists("x"))
        }
    }

    // MARK: Allocation

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
                "--rank-multiple is 1 or more", "compress", "model", "--keep", "rank:2",
                "--rank-multiple", "0", "--output", "x")
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

    // MARK: Budgets and divergence

    @Test func `a budget that cannot be met names one that can`() throws {
        try withWorkplace { place in
            try place.putModel()
            // 768 + 144 + 120 weights, 34 biases, 48 of norms; rank 1 leaves 76 + 24 + 22.
            try place.expectFailure(
                3,
                "parameters:0.05 allows 55 of 1114 parameters, and rank 1 everywhere takes 204: "
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
