import FileFormats
import Foundation
import Interchange
import Models
import OrderedCollections
import Programs
import Tensors
import Testing

/// `import` of a whole network of others.
@Suite struct NetworkImportTests {
    private func network() throws -> Program {
        try fullyConnected(layers: 2, width: 12, classes: 2, input: [3, 2, 2])
            .initialized(seed: 2)
    }

    private func save(_ place: Workplace) throws {
        let images = try RawArray((0..<480).map { UInt8($0 % 256) }, shape: [40, 3, 2, 2])
        let labels = try RawArray((0..<40).map { $0 % 2 }, shape: [40])
        try Safetensors.write(
            [("x", images), ("y", labels)], to: place.path("data.safetensors"))
    }

    @Test(arguments: ["a.pt2", "a.onnx"])
    func `its preprocessing and class names are stored, and evaluate uses them`(file: String) throws
    {
        try withWorkplace { place in
            try network().write(to: place.path("a.pt2"))
            if file != "a.pt2" { #expect(try place.run("convert", "a.pt2", file).status == 0) }
            try save(place)
            try place.write(Data("cat\ndog\n".utf8), to: "names")
            let imported = try place.run(
                "import", file, "--mean", "0.5,0.4,0.3", "--std", "0.2,0.2,0.1", "--classes",
                "names", "--output", "given", "--json")
            #expect(imported.status == 0)
            let record = try imported.json()
            #expect(record["classNames"] as? [String] == ["cat", "dog"])
            #expect(record["parameters"] as? Int == (try network().cost.parameters))
            #expect(record["weights"] as? String == file)
            let program = try ModelFile(contentsOf: place.path("given/model.pt2")).program
            #expect(program.metadata["preprocessing"]?.contains("0.4") ?? false)
            #expect(program.metadata["provenance"]?.hasPrefix("weights of \(file)") ?? false)
            func loss(_ model: String) throws -> Double? {
                let outcome = try place.run(
                    "evaluate", model, "--data", "data.safetensors", "--json")
                return try outcome.json()["loss"] as? Double
            }
            let given = try #require(try loss("given"))
            // Without a preprocessing of its own the network gets that of the data.
            let plain = try #require(try loss("a.pt2"))
            #expect(abs(given - plain) > 1e-3)
        }
    }

    @Test func `what does not go together is one sentence`() throws {
        try withWorkplace { place in
            try network().write(to: place.path("a.pt2"))
            try Safetensors.write(
                [("w", RawArray(Tensor([Float(1), 2])))], to: place.path("w.safetensors"))
            try place.write(Data("a\nb\nc\n".utf8), to: "three")
            try place.expectFailure(
                64,
                "w.safetensors holds weights without their network; name the network with --model",
                "import", "w.safetensors", "--output", "x")
            try place.expectFailure(
                64, "a.pt2 is a whole network; leave out --model", "import", "a.pt2", "--model",
                "fcn4", "--output", "x")
            try place.expectFailure(
                64, "a.pt2 is a whole network; leave out --width", "import", "a.pt2", "--width",
                "3", "--output", "x")
            try place.expectFailure(
                65, "three: it has 3 names, and the network has 2 classes; write one a line",
                "import", "a.pt2", "--classes", "three", "--output", "x")
            try place.expectFailure(
                64,
                "--mean has 1 numbers, and examples of [3, 2, 2] have 3 channels; give one for each",
                "import", "a.pt2", "--mean", "0", "--std", "1", "--output", "x")
            #expect(!place.exists("x"))
        }
    }
}
