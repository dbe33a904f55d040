@testable import FileFormats
import Foundation
@testable import Interchange
import OrderedCollections
import Testing

/// Which state dict is taken from a file, and what its names become.
@Suite struct StateDictTests {
    /// A tensor of a checkpoint; its elements are not read here.
    static func tensor(_ shape: [Int] = [1]) -> TorchValue {
        .tensor(
            TorchTensor(
                name: "w", elementType: .float32, shape: shape, strides: shape.map { _ in 1 },
                offset: 0,
                storage: TorchStorage(
                    key: "0", elementByteCount: 4, byteOffset: 0, byteCount: 4), byteCount: 4))
    }

    static func dictionary(_ entries: KeyValuePairs<String, TorchValue>) -> TorchValue {
        .dictionary(entries.map { (.text($0), $1) })
    }

    static let state = dictionary(["fc.weight": tensor(), "fc.bias": tensor()])

    func find(_ contents: TorchValue, key: String? = nil) throws -> (String?, [String]) {
        let found = try StateDict.find(in: contents, key: key, file: "x.pt")
        return (found.key, found.tensors.map(\.name))
    }

    @Test func `The top level is taken where it maps names to tensors`() throws {
        let (key, names) = try find(
            Self.dictionary([
                "state_dict": Self.tensor(), "fc.weight": Self.tensor(), "fc.bias": .null,
                "head._extra_state": .other("bytes"),
            ]))
        #expect(key == nil)
        #expect(names == ["state_dict", "fc.weight"])
    }

    @Test(arguments: StateDict.knownKeys)
    func `Else what stands under a known key is`(key: String) throws {
        let (found, names) = try find(
            Self.dictionary([
                "epoch": .integer(3), "best_acc1": Self.tensor([]), "scaler": Self.state,
                key: Self.state, "optimizer": Self.dictionary(["state": Self.dictionary([:])]),
            ]))
        #expect(found == key)
        #expect(names == ["fc.weight", "fc.bias"])
    }

    @Test func `A key that is named is taken`() throws {
        let both = Self.dictionary(["model": Self.state, "ema": Self.state, "own": Self.state])
        for key in ["model", "ema", "own"] {
            let (found, names) = try find(both, key: key)
            #expect(found == key)
            #expect(names == ["fc.weight", "fc.bias"])
        }
    }

    static let refused: [(TorchValue, String?, String)] = [
        (
            dictionary(["model": state, "ema": state]), nil,
            "it holds several state dicts, model, ema; name one with --key"
        ),
        (
            dictionary(["g\u{1B}en": state, "dis": state, "epoch": .integer(1)]), nil,
            "it holds state dicts under keys that say nothing, g\u{FFFD}en, dis; name one with --key"
        ),
        (
            dictionary(["epoch": .integer(1), "model": .other("x")]), nil,
            "it holds no state dict, which maps names to tensors; save model.state_dict() with "
                + "torch.save"
        ),
        (
            dictionary([:]), nil,
            "it holds no state dict, which maps names to tensors; save model.state_dict() with "
                + "torch.save"
        ),
        (
            .list([]), nil,
            "it holds a list, not a state dict; save model.state_dict() with torch.save"
        ),
        (
            tensor(), nil,
            "it holds a single tensor, not a state dict; save model.state_dict() with torch.save"
        ),
        (
            dictionary(["model": state, "ema": state]), "net",
            "it has no state dict under the key net; there are model, ema"
        ),
        (
            dictionary(["epoch": .integer(1)]), "net",
            "it has no state dict under the key net; save model.state_dict() with torch.save"
        ),
    ]

    @Test(arguments: refused.indices)
    func `Where there is none or more than one, the sentence names them`(index: Int) {
        let (contents, key, sentence) = Self.refused[index]
        #expect(message(.unsupported) { _ = try find(contents, key: key) } == "x.pt: \(sentence)")
    }

    // MARK: Prefixes

    func stripped(_ names: [String], for network: [String] = ["fc.weight"]) -> StateDict {
        let entries = names.map { name in
            (
                name,
                StateDict.Entry("float32", .float32, shape: [1]) {
                    try RawArray([Float(1)], shape: [1])
                }
            )
        }
        return StateDict(
            file: "x.pt", key: nil, entries: OrderedDictionary(uniqueKeysWithValues: entries)
        ).withoutPrefixes(for: network)
    }

    @Test(arguments: [
        (["module.fc.weight", "module.fc.bias"], "module.", ["fc.weight", "fc.bias"]),
        (["_orig_mod.module.a", "_orig_mod.module.b"], "_orig_mod.module.", ["a", "b"]),
        (["model.model.a"], "model.model.", ["a"]),
        (["module.a", "b"], "", ["module.a", "b"]),
        (["module.a", "module."], "", ["module.a", "module."]),
        (["other.a", "other.b"], "", ["other.a", "other.b"]), ([], "", []),
    ])
    func `Known prefixes that all names have come off`(
        names: [String], prefix: String, expected: [String]
    ) {
        let found = stripped(names)
        #expect(found.prefix == prefix)
        #expect(found.names == expected)
    }

    @Test func `A prefix that the network has itself stays`() {
        let names = ["model.fc.weight", "model.fc.bias"]
        #expect(stripped(names, for: ["model.fc.weight"]).names == names)
        #expect(
            stripped(names.map { "module." + $0 }, for: ["model.fc.weight"]).names == names)
    }
}
