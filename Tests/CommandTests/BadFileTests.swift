import FileFormats
import Foundation
import Testing

/// Files and data that are not there, or not what they should be: one sentence, no partial output.
@Suite struct BadFileTests {
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
}
