import FileFormats
import Foundation
import Interchange
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Networks of tokens, end to end: arrays go by the names of the inputs.
@Suite struct TokenTests {
    private func network() throws -> Program {
        try Program(inputs: [("tokens", .int64, [6]), ("mask", .float32, [6, 1])]) {
            let looked = $0[0].embedded("embed", count: 40, width: 16)
            let masked = looked.builder.call(
                "aten.mul.Tensor", ["self": .value(looked.value), "other": .value($0[1].value)])
            let mean = masked.linear("hidden", outputs: 24).relu().averaged(over: 1)
            return [mean.linear("head", outputs: 3)]
        }.initialized(seed: 5)
    }

    private func save(_ place: Workplace, labels: Bool) throws {
        let count = 100
        var arrays = [
            (
                "tokens",
                try RawArray((0..<6 * count).map { Int32($0 * 31 % 40) }, shape: [count, 6])
            ),
            ("mask", try RawArray(random([count, 6, 1]).converted(to: .float64))),
        ]
        if labels { arrays.append(("y", try RawArray((0..<count).map { $0 % 3 }, shape: [count]))) }
        try Safetensors.write(arrays, to: place.path("data.safetensors"))
    }

    @Test func `are compressed by their own examples and compared with what they were`() throws {
        try withWorkplace { place in
            try network().write(to: place.path("a.pt2"))
            try save(place, labels: false)
            let compressed = try place.run(
                "compress", "a.pt2", "--keep", "parameters:0.7", "--data", "data.safetensors",
                "--output", "small")
            #expect(compressed.status == 0)
            #expect(compressed.output.contains("On validation it gives results that differ by "))
            #expect(compressed.output.contains("parameters:0.7 by whitened"))
            let evaluated = try place.run(
                "evaluate", "small", "--data", "data.safetensors", "--original", "a.pt2",
                "--latency", "--json")
            #expect(evaluated.status == 0)
            let report = try evaluated.json()
            let error = try #require(report["relativeError"] as? Double)
            #expect(error > 0 && error < 1)
            #expect(try #require(report["cosine"] as? Double) > 0.5)
            #expect(report["secondsBatch128"] != nil && report["examples"] as? Int == 20)
        }
    }

    @Test func `with labels have an accuracy, and a criterion is chosen by it`() throws {
        try withWorkplace { place in
            try network().write(to: place.path("a.pt2"))
            try save(place, labels: true)
            let compressed = try place.run(
                "compress", "a.pt2", "--keep", "rank:4", "--data", "data.safetensors",
                "--output", "small")
            #expect(compressed.status == 0)
            #expect(compressed.errors.contains("whitened: "))
            let evaluated = try place.run(
                "evaluate", "small", "--data", "data.safetensors", "--json")
            #expect(try evaluated.json()["accuracy"] as? Double != nil)
        }
    }

    @Test func `data that do not fit are one sentence`() throws {
        try withWorkplace { place in
            try network().write(to: place.path("a.pt2"))
            let tokens = try RawArray([Float](repeating: 1, count: 60), shape: [10, 6])
            let mask = try RawArray([Float](repeating: 1, count: 60), shape: [10, 6, 1])
            func expect(
                _ status: Int32, _ sentence: String, _ arrays: [(name: String, array: RawArray)]
            ) throws {
                try Safetensors.write(arrays, to: place.path("d.safetensors"))
                try place.expectFailure(
                    status, sentence, "compress", "a.pt2", "--keep", "rank:2", "--data",
                    "d.safetensors", "--output", "small")
            }
            try expect(
                65,
                "the network takes int64 as tokens, and the data has float32; store the array as int64",
                [("tokens", tokens), ("mask", mask)])
            try expect(
                65, "the network takes examples of [6, 1], and those of d.safetensors are [6]",
                [
                    ("tokens", RawArray([Int](repeating: 1, count: 60), shape: [10, 6])),
                    ("mask", tokens),
                ])
            try expect(
                65,
                "the network takes 2 inputs, tokens, mask, and d.safetensors has one; give a .npz or "
                    + ".safetensors file with arrays of these names",
                [("x", tokens)])
        }
    }
}
