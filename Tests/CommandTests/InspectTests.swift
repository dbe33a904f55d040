import FileFormats
import Foundation
import Interchange
import Models
import OrderedCollections
import Programs
import Tensors
import Testing

/// `inspect` of files that are no `.pt2`.
@Suite struct InspectTests {
    @Test func `tensors of a file of weights are read as matrices`() throws {
        try withWorkplace { place in
            var diagonal = [Float](repeating: 0, count: 24)
            for (index, value) in [Float(2), 4, 0, 1].enumerated() { diagonal[7 * index] = value }
            try Safetensors.write(
                [
                    ("a.weight", RawArray(Tensor(diagonal, shape: [4, 6]))),
                    ("a.bias", RawArray(Tensor([Float(1), 2, 3, 4]))),
                    ("count", RawArray(Tensor(7))),
                    ("odd", RawArray(Tensor([Float.nan, 1], shape: [1, 2]))),
                ], metadata: ["format": "pt"], to: place.path("w.safetensors"))
            let report = try place.run("inspect", "w.safetensors", "--json").json()
            #expect(report["parameters"] as? Int == 30)
            #expect((report["tensors"] as? [[String: Any]])?.count == 4)
            let layers = try #require(report["layers"] as? [[String: Any]])
            #expect(layers.map { $0["name"] as? String } == ["a.weight"])
            let values = try #require(layers[0]["singularValues"] as? [Double])
            #expect(zip(values, [4, 2, 1, 0]).allSatisfy { abs($0 - $1) < 1e-6 })
            let text = try place.run("inspect", "w.safetensors").output
            #expect(text.contains("a.weight") && text.contains("30 parameters in 4 tensors"))
            #expect(text.contains("format: pt"))
            try place.expectFailure(
                64, "w.safetensors holds weights without their network; leave out --program",
                "inspect", "w.safetensors", "--program")
        }
    }

    @Test func `a network from ONNX has the layers that it has as a model file`() throws {
        try withWorkplace { place in
            try fullyConnected(layers: 3, width: 8, classes: 3, input: [1, 2, 3])
                .initialized(seed: 1).write(to: place.path("a.pt2"))
            #expect(try place.run("convert", "a.pt2", "a.onnx").status == 0)
            let model = try place.run("inspect", "a.pt2", "--json").json()
            let other = try place.run("inspect", "a.onnx", "--json").json()
            #expect(other["file"] as? String == "a.onnx")
            #expect(try #require(other["fileBytes"] as? Int) > 400)
            #expect(other["macs"] as? Int == model["macs"] as? Int)
            func shapes(_ report: [String: Any]) -> [[Int]]? {
                (report["layers"] as? [[String: Any]])?.compactMap { $0["shape"] as? [Int] }
            }
            #expect(shapes(model)?.count == 3 && shapes(model) == shapes(other))
            try place.expectFailure(
                64, "a.onnx is no checkpoint and has no keys; leave out --key", "inspect", "a.onnx",
                "--key", "x")
        }
    }
}
