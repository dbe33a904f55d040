import OrderedCollections
import Programs
import Tensors
import Testing

@Suite struct ProgramTests {
    private func relu(_ input: Value, _ output: Value) -> Node {
        Node("aten.relu.default", ["self": .value(input)], outputs: [output])
    }

    private func unchecked(
        _ nodes: [Node], _ outputs: [Program.Output],
        tensors: OrderedDictionary<String, StoredTensor> = [:]
    ) -> Program {
        Program(
            inputs: ["x"], nodes: nodes, outputs: outputs, tensors: tensors,
            types: ["x": .tensor(TensorType(.float32, [3]))], dimensions: [:])
    }

    private func stored(_ names: String...) -> OrderedDictionary<String, StoredTensor> {
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        for name in names {
            tensors[name] = StoredTensor(.parameter, shape: [1], initially: .constant(0))
        }
        return tensors
    }

    @Test func `a sound Program is valid`() throws {
        try unchecked([relu("x", "y"), relu("y", "z")], [.result("z"), .result("x")]).validate()
        try unchecked([], [.buffer("b", "x")], tensors: stored("b", "fc.weight", "fc.bias"))
            .validate()
    }

    @Test func `what contradicts itself is refused, with the name`() {
        expectError(.invalid, "y is read before it is computed: z = aten.relu.default(self: y)") {
            try unchecked([relu("y", "z"), relu("x", "y")], [.result("z")]).validate()
        }
        expectError(.invalid, "the name y is given twice") {
            try unchecked([relu("x", "y"), relu("x", "y")], [.result("y")]).validate()
        }
        expectError(.invalid, "the name x is given twice") {
            try unchecked([], [.result("x")], tensors: stored("x")).validate()
        }
        expectError(.invalid, "the output z is never computed") {
            try unchecked([relu("x", "y")], [.result("z")]).validate()
        }
    }

    @Test(arguments: [
        ["fc.weight", "fc.weight.0"], ["fc", "fc.weight", "fc-1.weight"], ["a", "a.b.c"],
        ["a", "a.b", "a b", "a!", "a+.b"],
    ])
    func `a name that is a dotted prefix of another is refused`(names: [String]) {
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        for name in names.reversed() { tensors.merge(stored(name)) { first, _ in first } }
        expectError(.invalid, "\(names[0]) is a prefix of the name \(names[1])") {
            try unchecked([], [.result("x")], tensors: tensors).validate()
        }
    }

    @Test func `a tensor that is missing or not drawn yet is named`() throws {
        let program = try Program(input: [3]) { $0.linear("fc", outputs: 2) }
        expectError(.name, "the Program has no tensor named fc.wieght") {
            _ = try program.tensor("fc.wieght")
        }
        expectError(
            .uninitialized,
            "fc.weight has no elements yet: call initialized(seed:) on the Program first"
        ) { _ = try program.tensor("fc.weight") }
    }

    @Test func `the same seed draws the same elements, another seed others`() throws {
        let network = try Program(input: [100]) {
            $0.linear("fc1", outputs: 25).batchNorm("norm").linear("fc2", outputs: 4)
        }
        func elements(_ seed: UInt64) throws -> [[Float]] {
            let drawn = try network.initialized(seed: seed)
            return try ["fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias"].map {
                try drawn.tensor($0).elements(Float.self)
            }
        }
        #expect(try elements(3) == elements(3))
        for (one, other) in try zip(elements(3), elements(4)) { #expect(one != other) }
        // PyTorch's bound is one over the root of the inputs.
        for (numbers, bound) in try zip(elements(3), [0.1, 0.1, 0.2, 0.2] as [Float]) {
            let largest = numbers.map(\.magnitude).max() ?? 0
            #expect(largest <= bound && largest > 0.5 * bound)
        }
        let drawn = try network.initialized(seed: 1)
        #expect(try drawn.tensor("norm.weight").elements(Float.self).allSatisfy { $0 == 1 })
        #expect(try drawn.tensor("norm.running_var").elements(Float.self).allSatisfy { $0 == 1 })
        #expect(try drawn.tensor("norm.running_mean").elements(Float.self).allSatisfy { $0 == 0 })
        #expect(try drawn.tensor("norm.num_batches_tracked").elements(Int.self) == [0])
        #expect(throws: ProgramError.self) { try network.tensor("fc1.weight") }
    }

    @Test func `drawing leaves elements that are there`() throws {
        let network = try Program(input: [3]) { $0.linear("fc", outputs: 2) }
        let once = try network.initialized(seed: 1)
        let twice = try once.initialized(seed: 2)
        #expect(try once.tensor("fc.weight") === twice.tensor("fc.weight"))
    }

    @Test func `replaced elements stand in the new Program alone`() throws {
        let network = try Program(input: [3]) { $0.linear("fc", outputs: 2) }.initialized(seed: 1)
        let zeros = try Tensor.zeros([2])
        let replaced = try network.replacing(["fc.bias": zeros])
        #expect(try replaced.tensor("fc.bias") === zeros)
        #expect(try network.tensor("fc.bias") !== zeros)
        expectError(.name, "the Program has no tensor named fc") {
            _ = try network.replacing(["fc": zeros])
        }
        expectError(.invalid, "fc.bias is float32 [2], not float32 [3]") {
            _ = try network.replacing(["fc.bias": .zeros([3])])
        }
        expectError(.invalid, "fc.bias is float32 [2], not float64 [2]") {
            _ = try network.replacing(["fc.bias": .zeros([2], type: .float64)])
        }
    }

    @Test func `what nobody reads goes, buffers stay`() throws {
        var tensors = stored("used", "unused")
        tensors["state"] = StoredTensor(.buffer, shape: [1], initially: .constant(0))
        let add = Node(
            "aten.add.Tensor", ["self": .value("x"), "other": .value("used")], outputs: ["sum"])
        let lost = Node(
            "aten.add.Tensor", ["self": .value("x"), "other": .value("unused")], outputs: ["lost"])
        let source = try program(
            [3], tensors: tensors, dimensions: [:],
            [add, lost, relu("lost", "gone"), relu("sum", "y")],
            results: ["y"])
        var marked = source
        marked.marks = ["product": ["sum", "gone"], "other": ["lost"]]
        let clean = marked.withoutUnused()
        #expect(clean.nodes.map(\.output) == ["sum", "y"])
        #expect(Array(clean.tensors.keys) == ["used", "state"])
        #expect(Set(clean.types.keys) == ["x", "sum", "y"])
        #expect(clean.marks == ["product": ["sum"]])
        #expect(source.nodes.count == 4)
    }

    @Test func `readers, producers and fresh names`() throws {
        let source = try program(
            [3], dimensions: [:], [relu("x", "y"), relu("x", "z"), relu("y", "w")], results: ["w"])
        #expect(source.readers == ["x": [0, 1], "y": [2]])
        #expect(source.producers == ["y": 0, "z": 1, "w": 2])
        #expect(source.results == ["w"])
        #expect(source.freshName("v") == "v")
        #expect(source.freshName("y") == "y_1")
        #expect(source.freshName("x") == "x_1")
    }
}
