import Foundation
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct LayerSelectionTests {
    /// Two blocks of a convolution, a depthwise convolution and a norm, and a head.
    private func network() throws -> Program {
        var program = try Program(input: [4, 6, 6]) { x in
            var h = x
            for index in 0..<2 {
                h = h.convolution("blocks.\(index).conv", outputs: 4, kernel: 3, padding: 1)
                h = h.convolution("blocks.\(index).depthwise", outputs: 4, kernel: 3, padding: 1)
                h = h.batchNorm("blocks.\(index).norm").relu()
            }
            return h.averagedOverPositions().linear("head", outputs: 3)
        }
        for index in program.nodes.indices {
            guard let weight = program.nodes[index].value("weight"),
                weight.name.contains("depthwise")
            else { continue }
            program.nodes[index]["groups"] = .int(4)
            program.tensors[weight.name] = StoredTensor(.parameter, try random([4, 1, 3, 3]))
        }
        return try program.propagated()
    }

    private func weights(only: [String] = [], except: [String] = []) throws -> [String] {
        try LayerSelection(
            only: only.map { try LayerPattern(parsing: $0) },
            except: except.map { try LayerPattern(parsing: $0) }
        ).parameters(of: network()).sorted()
    }

    private static let all = ["blocks.0.conv.weight", "blocks.1.conv.weight", "head.weight"]

    @Test(arguments: [
        ([], [], all), (["*"], [], all), (["head"], [], ["head.weight"]),
        (["head.weight"], [], ["head.weight"]), (["kind:linear"], [], ["head.weight"]),
        (["kind:convolution"], [], ["blocks.0.conv.weight", "blocks.1.conv.weight"]),
        (["blocks.?.conv"], [], ["blocks.0.conv.weight", "blocks.1.conv.weight"]),
        (["blocks.1"], [], ["blocks.1.conv.weight"]), (["*s.1*"], [], ["blocks.1.conv.weight"]),
        (["/[02]\\.conv/"], [], ["blocks.0.conv.weight"]),
        (["/^head/", "blocks.0"], [], ["blocks.0.conv.weight", "head.weight"]),
        ([], ["blocks.0", "head"], ["blocks.1.conv.weight"]),
        (["blocks"], ["*.0.*"], ["blocks.1.conv.weight"]),
        // What is left out may be something that cannot be factored at all.
        ([], ["kind:depthwise", "*.norm"], all),
    ])
    func `patterns choose weights`(only: [String], except: [String], found: [String]) throws {
        #expect(try weights(only: only, except: except) == found)
    }

    @Test(arguments: [
        ("hea", "no layer is called hea; did you mean head?"),
        (
            "blocks.2.conv",
            "no layer is called blocks.2.conv; did you mean blocks.0.conv?"
        ),
        (
            "nowhere.to.be.found",
            "no layer is called nowhere.to.be.found; there are blocks.0.conv, blocks.0.depthwise, "
                + "blocks.0.norm, blocks.1.conv, blocks.1.depthwise, blocks.1.norm and 14 more"
        ),
        (
            "kind:embedding",
            "the network has no embedding layers; it has linear, convolution, depthwise"
        ),
        (
            "blocks.1.depthwise",
            "blocks.1.depthwise names blocks.1.depthwise.weight, which is not worth composing: a "
                + "depthwise convolution: its matrices have rank 1 already; leave it out"
        ),
        (
            "kind:depthwise",
            "kind:depthwise names blocks.0.depthwise.weight, which is not worth composing: a "
                + "depthwise convolution: its matrices have rank 1 already; leave it out"
        ),
        (
            "blocks.0.norm",
            "blocks.0.norm names no weight that can be factored, only blocks.0.norm.weight and its "
                + "like; name a layer with a matrix"
        ),
    ])
    func `a pattern that names no weight is an error`(text: String, sentence: String) throws {
        let error = #expect(throws: ProgramError.self) { try weights(only: [text]) }
        #expect(error?.description == sentence)
    }

    @Test(arguments: [
        ("", "an empty pattern names no layer; write * for all of them"),
        ("kind:liner", "there is no kind of layer liner; did you mean linear?"),
        (
            "kind:x",
            "there is no kind of layer x; there are linear, product, einsum, convolution, "
                + "transposed-convolution, embedding, recurrent, depthwise"
        ),
        ("/[/", "/[/ is not a regular expression"),
    ])
    func `a text that is no pattern is refused`(text: String, sentence: String) throws {
        expectError(.selection, sentence) { _ = try LayerPattern(parsing: text) }
    }

    @Test(arguments: [
        "head", "blocks.*.conv", "/^a[bc]$/", "kind:transposed-convolution", "/", "//",
    ])
    func `a pattern's text is read as it was written`(text: String) throws {
        let pattern = try LayerPattern(parsing: text)
        #expect(pattern.description == text)
        let data = try JSONEncoder().encode([pattern])
        #expect(try JSONDecoder().decode([LayerPattern].self, from: data) == [pattern])
    }

    @Test func `factors are found by their own names and by their product's`() throws {
        var composed = try network()
        composed.tensors["f0"] = StoredTensor(.parameter, try random([4, 4]))
        composed.tensors["f1"] = StoredTensor(.parameter, try random([3, 4]))
        composed.tensors["head.weight"] = nil
        composed.nodes.insert(
            Node(
                "aten.matmul.default", ["self": .value("f1"), "other": .value("f0")],
                outputs: ["head.weight"]), at: 0)
        let names = LayerNames(try composed.propagated())
        for text in ["head", "head.weight", "kind:linear", "f?"] {
            let found = try names.parameters(LayerPattern(parsing: text))
            let wanted = text == "head" ? ["f0", "f1", "head.bias"] : ["f0", "f1"]
            #expect(Set(found) == Set(wanted), "\(text)")
        }
    }

    @Test(arguments: [
        ("*a*a*a*a*a*a*a*a*b", String(repeating: "a", count: 2_000), false),
        ("a*c*e", "abcde", true), ("*", "x", true), ("a?c", "abc", true), ("a?", "a", false),
        ("a**b", "ab", true), ("ab", "abc", false),
    ])
    func `stars stand for any characters, in little time`(glob: String, name: String, fits: Bool)
        throws
    {
        let program = try Program(input: [2]) { $0.linear(name, outputs: 2, bias: false) }
        let found = try? LayerNames(program).parameters(LayerPattern(parsing: glob))
        #expect((found == ["\(name).weight"]) == fits)
    }
}
