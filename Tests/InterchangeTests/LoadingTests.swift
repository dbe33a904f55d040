import FileFormats
import Foundation
import Interchange
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Weights of a file put into a network: all or none.
@Suite struct LoadingTests {
    /// A network with norms, its tensors drawn.
    static func network(
        seed: UInt64, width: Int = 4, classes: Int = 3
    ) throws -> Program {
        try fullyConnected(layers: 2, width: width, classes: classes, input: [5])
            .initialized(seed: seed)
    }

    /// A network's tensors, changed, as a file of safetensors.
    func weights(
        of program: Program, in folder: String,
        change: (inout OrderedDictionary<String, RawArray>) throws -> Void = { _ in }
    ) throws -> StateDict {
        var arrays: OrderedDictionary<String, RawArray> = [:]
        for name in program.tensors.keys { arrays[name] = try RawArray(program.tensor(name)) }
        try change(&arrays)
        try Safetensors.write(
            arrays.map { ($0, $1) }, to: "\(folder)/w.safetensors")
        return try StateDict(contentsOf: "\(folder)/w.safetensors")
    }

    @Test func `The network becomes the one that was saved`() throws {
        try withTemporaryFolder { folder in
            let saved = try Self.network(seed: 1)
            let loaded = try Self.network(seed: 2).loading(weights(of: saved, in: folder))
            try expectSame(loaded.program, saved)
            #expect(loaded.prefix == "" && loaded.converted == [:] && loaded.zeroed == [])
        }
    }

    @Test func `A network that was not drawn takes weights too`() throws {
        try withTemporaryFolder { folder in
            let saved = try Self.network(seed: 1)
            let empty = try fullyConnected(layers: 2, width: 4, classes: 3, input: [5])
            try expectSame(empty.loading(weights(of: saved, in: folder)).program, saved)
        }
    }

    @Test func `A prefix comes off and is told`() throws {
        try withTemporaryFolder { folder in
            let saved = try Self.network(seed: 1)
            let weights = try weights(of: saved, in: folder) { arrays in
                arrays = OrderedDictionary(
                    uniqueKeysWithValues: arrays.map { ("module." + $0, $1) })
            }
            let loaded = try Self.network(seed: 2).loading(weights)
            #expect(loaded.prefix == "module.")
            try expectSame(loaded.program, saved)
        }
    }

    @Test(arguments: [ScalarType.float16, .bfloat16, .float64])
    func `Other floating-point types are converted and counted`(type: ScalarType) throws {
        try withTemporaryFolder { folder in
            let saved = try Self.network(seed: 1)
            let weights = try weights(of: saved, in: folder) { arrays in
                arrays["head.weight"] = try RawArray(
                    saved.tensor("head.weight").converted(to: type))
                arrays["layers.0.norm.num_batches_tracked"] = try RawArray([Int32(7)], shape: [])
            }
            let loaded = try Self.network(seed: 2).loading(weights)
            #expect(loaded.converted == [type.description: 1, "int32": 1])
            let found = try loaded.program.tensor("head.weight")
            #expect(found.scalarType == .float32)
            let expected = try saved.tensor("head.weight").converted(to: type)
                .converted(to: .float32)
            #expect(try found.bytes() == expected.bytes())
            #expect(
                try loaded.program.tensor("layers.0.norm.num_batches_tracked").elements(Int.self)
                    == [7])
        }
    }

    @Test func `A count of batches that is not there becomes 0`() throws {
        try withTemporaryFolder { folder in
            var saved = try Self.network(seed: 1)
            let name = "layers.0.norm.num_batches_tracked"
            saved.tensors[name]?.content = .tensor(Tensor(9))
            let weights = try weights(of: saved, in: folder) { $0[name] = nil }
            let loaded = try saved.loading(weights)
            #expect(loaded.zeroed == [name])
            #expect(try loaded.program.tensor(name).elements(Int.self) == [0])
        }
    }

    static let refused: [([String: [Int]?], String)] = [
        (
            ["head.bias": .none],
            "1 missing (head.bias); "
                + "check that --model names the network that these weights are of"
        ),
        (
            ["extra": [2]],
            "1 not expected (extra); "
                + "check that --model names the network that these weights are of"
        ),
        (
            ["head.weight": [10, 4], "head.bias": [10]],
            "2 different (head.weight is [10, 4], not [3, 4], head.bias is [10], not [3]); "
                + "check --input, --class-count and --width against these shapes"
        ),
        (
            ["head.bias": .none, "fc.bias": [3], "head.weight": []],
            "1 missing (head.bias), 1 not expected (fc.bias), "
                + "1 different (head.weight is [], not [3, 4]); "
                + "check that --model names the network that these weights are of"
        ),
        (
            [
                "head.bias": .none, "head.weight": .none, "net.head.bias": [3],
                "net.head.weight": [3],
            ],
            "2 missing (head.weight, head.bias), "
                + "2 not expected (net.head.bias, net.head.weight); "
                + "take the prefix net. off the names before saving"
        ),
    ]

    @Test(arguments: refused.indices)
    func `All that does not fit is named at once`(index: Int) throws {
        let (changes, sentence) = Self.refused[index]
        try withTemporaryFolder { folder in
            let saved = try Self.network(seed: 1)
            let weights = try weights(of: saved, in: folder) { arrays in
                for (name, shape) in changes.sorted(by: { $0.key < $1.key }) {
                    arrays[name] = try shape.map {
                        try RawArray([Float](repeating: 0, count: $0.reduce(1, *)), shape: $0)
                    }
                }
            }
            #expect(
                message(.unsupported) { _ = try saved.loading(weights) }
                    == "\(folder)/w.safetensors: its tensors are not those of the network: \(sentence)"
            )
        }
    }

    @Test func `Many names are counted, and types that cannot be converted named`() throws {
        try withTemporaryFolder { folder in
            let saved = try Self.network(seed: 1)
            let many = try weights(of: saved, in: folder) { arrays in
                for number in 10..<30 {
                    arrays["x\(number)"] = try RawArray([Float(0)], shape: [])
                }
            }
            let names = (10..<18).map { "x\($0)" }.joined(separator: ", ")
            #expect(
                message(.unsupported) { _ = try saved.loading(many) }
                    .contains("20 not expected (\(names) and 12 more);"))
            let whole = try weights(of: saved, in: folder) { arrays in
                arrays["head.bias"] = try RawArray([Int8(0), 0, 0], shape: [3])
                arrays["head.weight"] = try RawArray(
                    .float8e5m2, shape: [3, 4], bytes: Data(count: 12))
            }
            #expect(
                message(.unsupported) { _ = try saved.loading(whole) }
                    == "\(folder)/w.safetensors: its tensors are not those of the network: 2 different "
                    + "(head.weight is float8_e5m2, not float32, head.bias is int8, not float32); save "
                    + "the weights as floating-point numbers")
        }
    }

    @Test func `A file of another ending is taken for a checkpoint, and safetensors has no keys`()
        throws
    {
        try withTemporaryFolder { folder in
            try Self.network(seed: 1).writeWeights(to: "\(folder)/w.pt")
            #expect(
                message(.malformed) { _ = try StateDict(contentsOf: "\(folder)/w.pt") }
                    == "\(folder)/w.pt: it is a safetensors file; give it a name that ends in "
                    + ".safetensors")
            try Self.network(seed: 1).writeWeights(to: "\(folder)/w.safetensors")
            #expect(
                message(.unsupported) {
                    _ = try StateDict(contentsOf: "\(folder)/w.safetensors", key: "model")
                } == "\(folder)/w.safetensors: a safetensors file has no keys; leave out --key")
        }
    }
}
