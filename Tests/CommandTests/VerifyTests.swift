import FileFormats
import Foundation
import Interchange
import Models
import OrderedCollections
import Programs
import Tensors
import Testing

/// `verify`, `compare` and `convert`, end to end.
@Suite struct VerifyTests {
    private func network(seed: UInt64 = 0) throws -> Program {
        try fullyConnected(layers: 2, width: 8, classes: 3, input: [1, 2, 3]).initialized(
            seed: seed)
    }

    @Test func `a file equals what it is converted to`() throws {
        try withWorkplace { place in
            try network().write(to: place.path("a.pt2"))
            let converted = try place.run("convert", "a.pt2", "b.pt2", "--json")
            #expect(converted.status == 0)
            #expect(try converted.json()["output"] as? String == "b.pt2")
            #expect(try place.contents("a.pt2") == place.contents("b.pt2"))
            let verified = try place.run("verify", "a.pt2", "b.pt2", "--json")
            #expect(verified.status == 0)
            let report = try verified.json()
            #expect(report["isEqual"] as? Bool == true)
            #expect(report["inputs"] as? String == "the inputs that it was exported with")
            let compared = try place.run("compare", "a.pt2", "b.pt2")
            #expect(compared.status == 0)
            #expect(compared.output.contains("\n9 tensors are the same.\n"))
            #expect(try place.run("convert", "a.pt2", "a.onnx", "--opset", "18").status == 0)
            #expect(try ONNXModel(contentsOf: place.path("a.onnx")).opsets[""] == 18)
            #expect(try place.run("convert", "a.pt2", "w.safetensors").status == 0)
            let weights = try Safetensors(contentsOf: place.path("w.safetensors"))
            #expect(Set(weights.names) == Set(try network().tensors.keys))
        }
    }

    @Test func `networks that differ are told apart by the first node, with a status of its own`()
        throws
    {
        try withWorkplace { place in
            let program = try network()
            try program.write(to: place.path("a.pt2"))
            var other = program
            let weight = try program.tensor("layers.0.linear.weight")
            other = try other.replacing([
                "layers.0.linear.weight": Tensor(
                    try weight.elements(Float.self).map { $0 * 2 }, shape: weight.shape)
            ])
            try other.write(to: place.path("b.pt2"))
            let outcome = try place.run("verify", "a.pt2", "b.pt2", "--json")
            #expect(outcome.status == 2)
            let report = try #require(try outcome.json()["verification"] as? [String: Any])
            let first = try #require(report["firstDifference"] as? [String: Any])
            #expect(first["name"] as? String == program.nodes[1].output?.name)
            #expect(try place.run("verify", "a.pt2", "b.pt2", "--tolerance", "10").status == 0)
            let compared = try place.run("compare", "a.pt2", "b.pt2", "--json").json()
            let comparison = try #require(compared["comparison"] as? [String: Any])
            let tensors = try #require(comparison["tensors"] as? [[String: Any]])
            #expect(tensors[0]["fate"] as? String == "changed")
            #expect(tensors[0]["relativeDifference"] as? Double == 1)
        }
    }

    @Test func `inputs and recorded results come from a file`() throws {
        try withWorkplace { place in
            let program = try network()
            try program.write(to: place.path("a.pt2"))
            let input = Tensor((0..<24).map { Float($0) / 10 }, shape: [4, 1, 2, 3])
            let output = try Runner(program)(input)
            func save(_ result: Tensor, _ name: String) throws {
                try Safetensors.write(
                    [("input.0", RawArray(input)), ("output.0", RawArray(result))],
                    to: place.path(name))
            }
            try save(output, "right.safetensors")
            try save(
                Tensor(Array(repeating: Float(1), count: 12), shape: [4, 3]), "wrong.safetensors")
            #expect(
                try place.run("verify", "a.pt2", "--inputs", "right.safetensors").status == 0)
            #expect(
                try place.run("verify", "a.pt2", "--inputs", "wrong.safetensors").status == 2)
            try Safetensors.write([("z", RawArray(input))], to: place.path("none.safetensors"))
            try place.expectFailure(
                64, "none.safetensors has no array named x or input.0; it has z", "verify", "a.pt2",
                "--inputs", "none.safetensors")
        }
    }

    @Test func `what convert cannot do is said before any work`() throws {
        try withWorkplace { place in
            try network().write(to: place.path("a.pt2"))
            try place.expectFailure(
                64,
                "b.bin: the ending does not tell what to write; use .pt2, .onnx or .safetensors",
                "convert", "a.pt2", "b.bin")
            try place.expectFailure(
                64, "--opset 3 is not written; there are 17, 18 and 20", "convert", "a.pt2",
                "b.onnx",
                "--opset", "3")
            try place.expectFailure(
                73, "a.pt2 is there already; pass --force to replace it", "convert", "a.pt2",
                "a.pt2")
            #expect(try place.run("convert", "a.pt2", "a.pt2", "--force").status == 0)
            try place.expectFailure(
                66, "c.pt2 is not there; name a model file, or a folder that train wrote",
                "convert",
                "c.pt2", "d.pt2")
            #expect(try place.names().isSuperset(of: ["a.pt2"]))
            #expect(!place.exists("d.pt2"))
        }
    }
}
