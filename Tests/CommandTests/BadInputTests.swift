import FileFormats
import Foundation
import Testing

/// Words that make no sense: one sentence, a status that says which sort of failure, no partial output.
@Suite struct BadInputTests {
    @Test func `an unknown word is answered with the nearest`() throws {
        try withWorkplace { place in
            try place.expectFailure(64, "there is no verb tran; did you mean train?", "tran")
            try place.expectFailure(
                64,
                "there is no verb frobnicate; there are train, compress, tune, iterate, evaluate, inspect, "
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
        (["--layout", "paper"], "--layout and --init are of factors; say --factors 2 or more"),
        (["--init", "standard"], "--layout and --init are of factors; say --factors 2 or more"),
        (["--shrink-tolerance", "0.1"], "--shrink-tolerance goes with --shrink"),
        (
            ["--factors", "2", "--shrink", "--shrink-tolerance", "1"],
            "--shrink-tolerance is from 0 to below 1"
        ),
        (["--decay-warm-up", "21"], "--decay-warm-up is from 0 to the number of epochs"),
        (["--width", "0"], "--width is 1 or more"),
        (["--threads", "0"], "--threads is from 1 to 64"),
        (["--threads", "100000"], "--threads is from 1 to 64"),
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

    @Test func `a selection that leaves nothing to compose is refused`() throws {
        try withWorkplace { place in
            for selection in [
                ["--compose-except", "*"], ["--compose-only", "head", "--compose-except", "head"],
            ] {
                let run = try place.run(
                    ["train", "fcn4", "--data", "digits", "--factors", "3", "--output", "x"]
                        + selection)
                #expect(run.status == 64)
                #expect(
                    run.lastLine.hasPrefix(
                        "swiftlet: none of the network's weights would be a product: 3 factors"),
                    "\(run.errors)")
            }
            try place.putModel()
            let run = try place.run(
                "tune", "model", "--data", "digits", "--product-decay", "1e-3", "--output", "x")
            #expect(run.status == 64)
            #expect(
                run.lastLine.hasPrefix("swiftlet: no weight of model")
                    && run.lastLine.hasSuffix("cut it with swiftlet compress first"),
                "\(run.errors)")
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
            let sentence = "--threads is from 1 to 64"
            try place.expectUsage(
                sentence, "compress", "m", "--keep", "rank:2", "--output", "x", "--threads", "0")
            try place.expectUsage(
                sentence, "evaluate", "m", "--data", "digits", "--threads", "0")
            try place.expectUsage(sentence, "demo", "--threads=-2")
            for count in ["0", "-5"] {
                try place.expectUsage(
                    "--examples is 2 or more", "compress", "m", "--keep", "rank:2", "--output",
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
}
