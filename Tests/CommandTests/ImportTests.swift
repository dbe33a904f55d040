import FileFormats
import Foundation
import Interchange
import Models
import OrderedCollections
import Programs
import Tensors
import Testing

/// Weights of others become a model folder that the other verbs take.
@Suite struct ImportTests {
    /// Writes a network's tensors as a file of weights, under names that are changed.
    func write(
        _ program: Program, to path: String, names: (String) -> String = { $0 }
    ) throws {
        let arrays = try program.tensors.keys.map { name in
            (names(name), try RawArray(program.tensor(name)))
        }
        try Safetensors.write(arrays, to: path)
    }

    func expectSame(
        _ one: Program, _ other: Program, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        #expect(one.tensors.keys == other.tensors.keys, sourceLocation: sourceLocation)
        for name in one.tensors.keys {
            #expect(
                try one.tensor(name).bytes() == other.tensor(name).bytes(), "\(name)",
                sourceLocation: sourceLocation)
        }
    }

    @Test func `a trained network goes out, comes in, and measures the same`() throws {
        try withWorkplace { place in
            try place.run(
                "train", "fcn4", "--data", "digits", "--width", "24", "--epochs", "2", "--threads",
                "1", "--output", "a")
            let trained = try place.program("a/model.pt2")
            try write(trained, to: place.path("w.safetensors")) { "module." + $0 }
            let text = try #require(trained.metadata["preprocessing"])
            let stored = try #require(
                try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [String: Any])
            let mean = try #require(stored["mean"] as? [Double])
            let deviation = try #require(stored["deviation"] as? [Double])
            try place.write(Data("0\n1\n2\n3\n4\n5\n6\n7\n8\nnine ö\n\n".utf8), to: "names")
            let outcome = try place.run(
                "import", "w.safetensors", "--model", "fcn4", "--input", "1,8,8", "--mean",
                "\(mean[0])", "--std", "\(deviation[0])", "--scale",
                "\(try number(stored, "scale"))",
                "--classes", "names", "--output", "b", "--json")
            #expect(outcome.status == 0)
            let record = try outcome.json()
            #expect(record["prefix"] as? String == "module.")
            #expect(try number(record, "width") == 24)
            #expect(record["logitsNorm"] as? Bool == false)
            #expect(try number(record, "classes") == 10)
            #expect(try number(record, "parameters") == Double(trained.cost.parameters))
            #expect(
                try record["weightsChecksum"] as? String
                    == Checksum.crc32(ofFile: place.path("w.safetensors")))
            #expect(
                try record["checksum"] as? String
                    == Checksum.crc32(ofFile: place.path("b/model.pt2")))
            #expect(try place.names(in: "b") == ["model.pt2", "run.json"])
            let written = try JSONSerialization.jsonObject(with: place.data("b/run.json"))
            #expect(written as? NSDictionary == record as NSDictionary)

            let imported = try place.program("b/model.pt2")
            try expectSame(imported, trained)
            #expect(imported.metadata["preprocessing"] == text)
            #expect(
                imported.metadata["classes"]
                    == #"["0","1","2","3","4","5","6","7","8","nine ö"]"#)
            #expect(
                imported.metadata["provenance"]?.hasPrefix("weights of w.safetensors, ") == true)
            let before = try place.run("evaluate", "a", "--data", "digits", "--json").json()
            let after = try place.run("evaluate", "b", "--data", "digits", "--json").json()
            for key in ["accuracy", "loss", "parameters", "macs"] {
                #expect(try number(before, key) == number(after, key), "\(key)")
            }
            let small = try place.run(
                "compress", "b", "--keep", "parameters:0.5", "--output", "c", "--json")
            #expect(small.status == 0)
        }
    }

    @Test func `the stored preprocessing is what evaluate uses`() throws {
        try withWorkplace { place in
            let network = try leNet300(classes: 10, input: [1, 8, 8]).initialized(seed: 3)
            try write(network, to: place.path("w.safetensors"))
            var losses: [Double] = []
            for mean in ["0", "0.25"] {
                let outcome = try place.run(
                    "import", "w.safetensors", "--model", "lenet300", "--input", "1,8,8", "--mean",
                    mean, "--std", "0.5", "--output", "m", "--force")
                #expect(outcome.status == 0)
                #expect(
                    outcome.output
                        == "lenet300 of w.safetensors: 50,610 parameters, examples of [1, 8, 8], 10 "
                        + "classes\nWrote m/model.pt2\n")
                let text = try place.program("m/model.pt2").metadata["preprocessing"]
                let scale = 1.0 / 255
                #expect(text == #"{"deviation":[0.5],"mean":[\#(mean)],"scale":\#(scale)}"#)
                let measured = try place.run("evaluate", "m", "--data", "digits", "--json")
                #expect(!measured.errors.contains("says nothing of preprocessing"))
                losses.append(try number(measured.json(), "loss"))
            }
            #expect(losses[0] != losses[1])
            try place.run(
                "import", "w.safetensors", "--model", "lenet300", "--input", "1,8,8", "--output",
                "n")
            let measured = try place.run("evaluate", "n", "--data", "digits")
            #expect(measured.errors.contains("says nothing of preprocessing"))
        }
    }

    @Test(arguments: [(7, 3, false), (40, 12, true)])
    func `width, classes and the norm of the logits are read off the weights`(
        width: Int, classes: Int, logitsNorm: Bool
    ) throws {
        try withWorkplace { place in
            let network = try fullyConnected(
                layers: 6, width: width, classes: classes, input: [1, 28, 28],
                logitsNorm: logitsNorm
            ).initialized(seed: 1)
            try write(network, to: place.path("w.safetensors")) { "_orig_mod.module." + $0 }
            let outcome = try place.run(
                "import", "w.safetensors", "--model", "fcn6", "--output", "m", "--json")
            let record = try outcome.json()
            #expect(try number(record, "width") == Double(width))
            #expect(try number(record, "classes") == Double(classes))
            #expect(record["logitsNorm"] as? Bool == logitsNorm)
            #expect(record["input"] as? [Int] == [1, 28, 28])
            try expectSame(place.program("m/model.pt2"), network)
        }
    }

    // MARK: What is refused

    @Test(arguments: [
        (["--mean", "0.5"], "--mean and --std go together"),
        (["--scale", "2"], "--scale goes with --mean and --std"),
        (
            ["--mean", "0.5,0.5", "--std", "0.5"],
            "--mean and --std have a number for each channel"
        ),
        (["--mean", "0.5", "--std", "0"], "--std is of numbers above 0"),
        (["--mean", "0", "--std", "1", "--scale", "0"], "--scale is a number and not 0"),
        (["--class-count", "0"], "--class-count is from 1 to 1000000"),
        (["--width", "1000001"], "--width is from 1 to 1000000"),
        (["--input", "0,3"], "The value '0,3' is invalid for '--input <input>'"),
        (
            ["--input", "9999999,9999999"],
            "The value '9999999,9999999' is invalid for '--input <input>'"
        ),
        (["--mean", "a"], "The value 'a' is invalid for '--mean <mean>'"),
    ])
    func `numbers that cannot be are refused before work`(arguments: [String], sentence: String)
        throws
    {
        try withWorkplace { place in
            let process = try place.start(
                ["import", "w.pt", "--model", "lenet300", "--output", "x"] + arguments)
            process.waitUntilExit()
            let outcome = try place.outcome(of: process)
            #expect(outcome.status == 64)
            #expect(outcome.errors.hasPrefix("Error: \(sentence)\n"), "\(outcome.errors)")
        }
    }

    @Test func `what does not fit is told, and nothing is written`() throws {
        try withWorkplace { place in
            let network = try leNet300(classes: 10, input: [1, 28, 28]).initialized(seed: 3)
            try write(network, to: place.path("w.safetensors"))
            func expect(
                _ status: Int32, _ sentence: String, _ arguments: String...,
                sourceLocation: SourceLocation = #_sourceLocation
            ) throws {
                let process = try place.start(["import"] + arguments + ["--output", "x"])
                process.waitUntilExit()
                let outcome = try place.outcome(of: process)
                #expect(outcome.status == status, sourceLocation: sourceLocation)
                #expect(outcome.errors == "swiftlet: \(sentence)\n", sourceLocation: sourceLocation)
                #expect(!place.exists("x"), sourceLocation: sourceLocation)
            }
            try expect(
                64, "there is no network lenet30; did you mean lenet300?", "w.safetensors",
                "--model", "lenet30")
            try expect(
                64, "lenet300 has its own width; leave out --width", "w.safetensors", "--model",
                "lenet300", "--width", "3")
            try expect(
                66, "none.pt: there is no such file; check the path", "none.pt", "--model",
                "lenet300")
            try expect(
                65,
                "w.safetensors: its tensors are not those of the network: 1 different (fc1.weight is "
                    + "[300, 784], not [300, 64]); check --input, --class-count and --width against "
                    + "these shapes", "w.safetensors", "--model", "lenet300", "--input", "1,8,8")
            try expect(
                64,
                "--mean has 3 numbers, and examples of [1, 28, 28] have 1 channels; give one for "
                    + "each", "w.safetensors", "--model", "lenet300", "--mean", "0,0,0", "--std",
                "1,1,1")
            try place.write(Data("a\nb\n".utf8), to: "two")
            try expect(
                65, "two: it has 2 names, and the network has 10 classes; write one a line",
                "w.safetensors", "--model", "lenet300", "--classes", "two", "--class-count", "10")
            try place.write(Data("a\n\nb\n".utf8), to: "gap")
            try expect(
                65, "gap: line 2 is empty; write the name of a class there", "w.safetensors",
                "--model", "lenet300", "--classes", "gap")
            try place.write(Data([0xFF, 0xFE]), to: "bytes")
            try expect(
                65, "bytes: it is not a text in UTF-8; save it as one", "w.safetensors", "--model",
                "lenet300", "--classes", "bytes")
            try expect(
                66, "none: there is no such file; check the path", "w.safetensors", "--model",
                "lenet300", "--classes", "none")
        }
    }

    @Test func `code in a checkpoint is refused by its name and not run`() throws {
        try withWorkplace { place in
            let pickle =
                Data([0x80, 2]) + Data("cos\nsystem\nX".utf8)
                + Data([10, 0, 0, 0]) + Data("touch ruin".utf8) + Data([0x85, 0x52, 0x2E])
            try place.archive([("archive/data.pkl", pickle)], as: "w.pt")
            try place.expectFailure(
                65,
                "w.pt, entry “archive/data.pkl”: it asks for “os.system” at byte 2, which is not part "
                    + "of a state dict and is not run; if you trust the file, open it in PyTorch and "
                    + "save model.state_dict() alone", "import", "w.pt", "--model", "lenet300",
                "--output", "x")
            #expect(!place.exists("ruin") && !place.exists("x"))
        }
    }

    @Test func `nothing is written over, least of all the weights`() throws {
        try withWorkplace { place in
            let network = try leNet300(classes: 10, input: [1, 28, 28]).initialized(seed: 3)
            try FileManager.default.createDirectory(
                atPath: place.path("x"), withIntermediateDirectories: true)
            try write(network, to: place.path("x/w.safetensors"))
            try place.expectFailure(
                73, "x is there already; pass --force to replace it, or name another", "import",
                "x/w.safetensors", "--model", "lenet300", "--output", "x")
            try place.expectFailure(
                73, "x holds the model that is read; name another folder for --output", "import",
                "x/w.safetensors", "--model", "lenet300", "--output", "x", "--force")
            #expect(try place.names(in: "x") == ["w.safetensors"])
        }
    }
}
