@testable import FileFormats
import Foundation
import TestSupport
import Testing

/// Checkpoints that hold anything: each is read or refused in a sentence, and nothing is run.
@Suite struct TorchHostileTests {
    static let place = "x.pt, entry “archive/data.pkl”"

    /// The sentence about a pickle in an archive, without its place.
    func refusal(
        _ kind: FileFormatError.Kind, _ object: Pickled, _ storages: [TorchBytes.Storage] = [],
        sourceLocation: SourceLocation = #_sourceLocation
    ) -> String {
        let sentence = message(kind, sourceLocation: sourceLocation) {
            try TorchBytes.read(TorchBytes(object, storages).data(.archive))
        }
        #expect(sentence.hasPrefix("\(Self.place): "), sourceLocation: sourceLocation)
        return String(sentence.dropFirst(Self.place.count + 2))
    }

    // MARK: Names

    @Test(arguments: [
        ("os", "system"), ("posix", "system"), ("builtins", "eval"), ("__builtin__", "getattr"),
        ("argparse", "Namespace"), ("__main__", "Net"), ("torch.nn.modules.linear", "Linear"),
        ("numpy.core.multiarray", "_reconstruct"), ("torch", "load"), ("torch.storage", "os"),
        ("collections", "defaultdict"), ("copy_reg", "_reconstructor"), ("", ""),
    ])
    func `A foreign name is refused by itself, in every form and protocol`(
        module: String, name: String
    ) {
        let sentence =
            "it asks for “\(module).\(name)” at byte"
        let remedy =
            ", which is not part of a state dict and is not run; if you trust the file, open it in "
            + "PyTorch and save model.state_dict() alone"
        for form in TorchBytes.Form.allCases {
            for version in [UInt8(2), 5] {
                var bytes = TorchBytes(
                    .named([
                        "w": TorchBytes.six.tensor([6]), "x": .call(module, name, [.text("id")]),
                    ]),
                    [TorchBytes.six])
                bytes.version = version
                let found = message(.unsupported) { try TorchBytes.read(bytes.data(form)) }
                #expect(found.contains(sentence))
                #expect(found.hasSuffix(remedy))
            }
        }
    }

    @Test func `The sentence about a foreign name has its place`() {
        #expect(
            refusal(.unsupported, .call("os", "system", [.text("id")]))
                == "it asks for “os.system” at byte 2, which is not part of a state dict and is not "
                + "run; if you trust the file, open it in PyTorch and save model.state_dict() alone"
        )
    }

    @Test(arguments: [
        ("_rebuild_sparse_tensor", "save the sparse tensor as tensor.to_dense()"),
        ("_rebuild_qtensor", "save the weights as they were before quantisation"),
        ("_rebuild_nested_tensor", "save the parts of the nested tensor one by one"),
        (
            "_rebuild_meta_tensor_no_storage",
            "the tensor has no elements: save it from a device that has memory"
        ),
        (
            "_rebuild_wrapper_subclass",
            "save the tensor as one of PyTorch's own, with full_tensor() or dequantize()"
        ),
    ])
    func `Tensors of other kinds are refused with what helps`(name: String, remedy: String) {
        let found = refusal(.unsupported, .call("torch._utils", name, []))
        #expect(
            found
                == "it asks for “torch._utils.\(name)” at byte 2, which is not part of a state dict "
                + "and is not run; \(remedy)")
    }

    @Test func `A type that is not there is named`() {
        let tensor = Pickled.call(
            "torch._utils", "_rebuild_tensor_v3",
            TorchBytes.Storage("0", "UntypedStorage", 1, Data(count: 8)).arguments([2])
                + [.global("torch", "complex32")])
        #expect(
            refusal(.unsupported, .named(["a": .named(["w": tensor])]))
                == "tensor “a.w” has the type “torch.complex32”, which is not supported; convert it to "
                + "another")
    }

    @Test func `A tensor that PyTorch would conjugate is refused`() {
        let tensor = Pickled.call(
            "torch._utils", "_rebuild_tensor_v2",
            TorchBytes.six.arguments([6]) + [.named(["conj": .bool(true)])])
        #expect(
            refusal(.unsupported, .named(["w": tensor]))
                == "tensor “w” is kept conjugated or negated; save "
                + "tensor.resolve_conj().resolve_neg()")
    }

    // MARK: Bombs

    @Test func `A value that doubles at every step is opened at once`() throws {
        // Each step is a list that holds the one before twice: 2^60 values when written out.
        var steps: [UInt8] = [0x5D, 0x71, 0, 0x30]
        for step in UInt8(1)...60 {
            steps += [0x68, step - 1, 0x68, step - 1, 0x86, 0x71, step, 0x30]
        }
        let data = TorchBytes(.raw(steps + [0x68, 60])).data(.archive)
        let file = try TorchCheckpoint(data, file: "x.pt")
        guard case .list(let items) = file.contents else {
            Issue.record("no list")
            return
        }
        #expect(items.count == 2)
    }

    @Test func `A tensor that repeats one element without end is refused when it is asked for`()
        throws
    {
        let tensor = TorchBytes.six.tensor([1 << 20, 1 << 20], strides: [0, 0])
        let data = TorchBytes(.state(["w": tensor]), [TorchBytes.six]).data(.sequence)
        let file = try TorchCheckpoint(data, file: "x.pt")
        #expect(
            message(.tooLarge) { _ = try file.array(file.tensor("w")) }
                == "x.pt, tensor “w”: it repeats its elements to 4398046511104 bytes; save a smaller "
                + "one")
    }

    @Test(arguments: [65, 1000, 100_000])
    func `Values that are nested without end are refused`(depth: Int) {
        let lists =
            [UInt8](repeating: 0x5D, count: depth) + [UInt8](repeating: 0x61, count: depth - 1)
        #expect(
            refusal(.tooLarge, .raw(lists))
                == "its values are nested more than 64 deep; save the state dict alone")
    }

    @Test func `Depth counts what is shared where it stands`() {
        // Chains of forty lists, each with the one before at its end.
        var steps: [UInt8] = [0x28, 0x5D, 0x71, 0]
        for step in UInt8(1)...9 {
            steps += [0x68, step - 1] + [UInt8](repeating: 0x85, count: 40) + [0x71, step]
        }
        #expect(
            refusal(.tooLarge, .raw(steps + [0x74]))
                == "its values are nested more than 64 deep; save the state dict alone")
    }

    @Test func `A value that contains itself is refused`() {
        #expect(
            refusal(.malformed, .raw([0x5D, 0x71, 0, 0x68, 0, 0x61]))
                == "the value at byte 2 of its pickle contains itself; do not trust this file")
    }

    @Test(arguments: [(0x4E, 1001), (0x5D, 11)] as [(UInt8, Int)])
    func `A pickle without end is refused`(operation: UInt8, count: Int) throws {
        func read(_ count: Int) throws {
            let operations = [0x28] + [UInt8](repeating: operation, count: count) + [0x30, 0x2E]
            let view = ByteView(data: Data(operations), file: "x.pt")
            let limits = PickleMachine.Limits(operations: 1000, objects: 10)
            _ = try PickleMachine.read(view, limits: limits)
        }
        #expect(
            message(.tooLarge) { try read(count) }
                == "x.pt: its pickle describes more than 10 objects or has more than 1000 operations; "
                + "save the state dict alone")
        _ = message(.malformed) { try read(3) }
    }

    // MARK: Pickles that are damaged

    @Test(
        arguments: [
            ([0x8D, 255, 255, 255, 255, 255, 255, 255, 255], "its pickle is cut off at byte 12"),
            ([0x8D, 0, 0, 0, 0, 0, 0, 0, 0x7F], "its pickle is cut off at byte 12"),
            ([0x58, 255, 255, 255, 255], "its pickle is cut off at byte 8"),
            ([0x8B, 255, 255, 255, 0xFF], "its pickle is cut off at byte 8"),
            ([0x63, 0x61], "its pickle is cut off at byte 5"),
        ] as [([UInt8], String)])
    func `Counts past the end are refused`(operations: [UInt8], sentence: String) {
        #expect(
            refusal(.truncated, .raw(operations))
                == "\(sentence); the download is incomplete, fetch it again")
    }

    @Test(
        arguments: [
            ([], 2, "a value before the operation"),
            ([0x30], 2, "a value before the operation"),
            ([0x4E, 0x28], 4, "a value before the operation"),
            ([0x4E, 0x4E], 4, "the end of the object"),
            ([0x4E, 0x86], 3, "2 values before the operation"),
            ([0x74], 2, "a mark before the operation"),
            ([0x68, 7], 2, "the number of a value before it"),
            ([0x6A, 255, 255, 255, 255], 2, "the number of a value before it"),
            ([0x4E, 0x4E, 0x61], 4, "a list before the operation"),
            ([0x29, 0x4E, 0x61], 4, "a list before the operation"),
            ([0x5D, 0x4E, 0x4E, 0x73], 5, "a dictionary before the operation"),
            ([0x7D, 0x28, 0x4E, 0x75], 5, "a value for each key"),
            ([0x7D, 0x4E, 0x62], 4, "an object that has a state"),
            ([0x4E, 0x29, 0x52], 4, "a function with its arguments"),
            ([0x29, 0x29, 0x93], 4, "a module and a name"),
            ([0x8C, 1, 0xFF], 3, "a text in UTF-8"),
            ([0x63, 0xFF, 0x0A, 0x61, 0x0A], 3, "a name in UTF-8"),
            (Array("ctorch\nFloatStorage\n)R".utf8), 23, "a function with its arguments"),
            (
                Array("ctorch._utils\n_rebuild_tensor\n)R".utf8), 33,
                "a tensor's storage, offset, shape and strides"
            ),
            (Array("ctorch._utils\n_rebuild_parameter\n)R".utf8), 36, "a parameter's tensor"),
            (Array("ctorch._tensor\n_rebuild_from_type_v2\n)R".utf8), 40, "a tensor with its type"),
            (
                Array("ccollections\nOrderedDict\n".utf8) + [0x4B, 1, 0x85, 0x52], 30,
                "the entries of a dictionary"
            ),
        ] as [([UInt8], Int, String)])
    func `A pickle that breaks a rule is refused with the byte`(
        operations: [UInt8], byte: Int, expected: String
    ) {
        #expect(
            refusal(.malformed, .raw(operations))
                == "its pickle is damaged at byte \(byte), where \(expected) is expected; fetch the "
                + "file again")
    }

    @Test func `Operations and protocols that torch does not write are refused`() {
        #expect(
            refusal(.unsupported, .raw([0x49, 0x31, 0x0A]))
                == "its pickle has the operation 0x49 at byte 2, which torch.save does not write; save "
                + "the state dict with torch.save")
        #expect(
            refusal(.unsupported, .raw([0x80, 6]))
                == "its pickle is of protocol 6 at byte 2, and 2 to 5 are read; save it with "
                + "pickle_protocol=2")
    }

    @Test func `A name that is given twice is refused`() {
        #expect(
            refusal(.malformed, .state(["w": .integer(1), "w": .integer(2)]))
                == "a dictionary has the key “w” twice; do not trust this file")
    }

    // MARK: Tensors that cannot be

    @Test(arguments: [
        ([7], [1], 0, "[7] with strides [1] from element 0 on"),
        ([6], [1], 1, "[6] with strides [1] from element 1 on"),
        ([2, 2], [5, 1], 0, "[2, 2] with strides [5, 1] from element 0 on"),
        ([1], [1], Int.max, "[1] with strides [1] from element 9223372036854775807 on"),
        ([2], [Int.max], 1, "[2] with strides [9223372036854775807] from element 1 on"),
        ([3], [Int.max], 0, "[3] with strides [9223372036854775807] from element 0 on"),
    ])
    func `A tensor beyond its storage is refused`(
        shape: [Int], strides: [Int], offset: Int, described: String
    ) {
        let tensor = TorchBytes.six.tensor(shape, strides: strides, offset: offset)
        #expect(
            refusal(.malformed, .state(["w": tensor]), [TorchBytes.six])
                == "tensor “w” of float32 \(described) does not fit its storage of 24 bytes; fetch the "
                + "file again")
    }

    @Test(arguments: [
        ([-1], [1], 0, "[-1] with strides [1] from element 0 on"),
        ([1], [-1], 0, "[1] with strides [-1] from element 0 on"),
        ([1], [1], -1, "[1] with strides [1] from element -1 on"),
        ([1], [1, 1], 0, "[1] with strides [1, 1] from element 0 on"),
        (
            [1 << 40, 1 << 40], [0, 0], 0,
            "[1099511627776, 1099511627776] with strides [0, 0] from element 0 on"
        ),
        (
            [0, Int.max, Int.max], [1, 1, 1], 0,
            "[0, 9223372036854775807, 9223372036854775807] with strides [1, 1, 1] from element 0 on"
        ),
    ])
    func `A shape that cannot be is refused`(
        shape: [Int], strides: [Int], offset: Int, described: String
    ) {
        let tensor = TorchBytes.six.tensor(shape, strides: strides, offset: offset)
        #expect(
            refusal(.malformed, .state(["w": tensor]), [TorchBytes.six])
                == "tensor “w” of float32 \(described) cannot be; fetch the file again")
    }

    @Test func `A storage that is shorter than it says is refused`() throws {
        let promised = TorchBytes.Storage("0", floats: 8)
        let file = try TorchCheckpoint(
            TorchBytes(.state(["w": promised.tensor([2])]), [TorchBytes.six]).data(.archive),
            file: "x.pt"
        )
        #expect(
            message(.truncated) { _ = try file.array(file.tensor("w")) }
                == "x.pt, tensor “w”: its storage “0” is said to have 32 bytes and has 24; fetch the "
                + "file again")
    }

    @Test func `A record whose check sum is wrong is refused`() throws {
        let pickle = Pickled.state(["w": TorchBytes.six.tensor([6])]).pickle()
        func archive(_ wrong: String) -> Data {
            ZipBytes(
                [("m/data.pkl", pickle), ("m/data/0", TorchBytes.six.bytes)].map { name, data in
                    ZipBytes.Entry(name, data) { $0.checksum = name == wrong ? 1 : 0 }
                }
            ).data
        }
        for name in ["m/data.pkl", "m/data/0"] {
            #expect(
                message(.malformed) { try TorchBytes.read(archive(name)) }
                    == "x.pt: entry “\(name)” is damaged; fetch the file again")
        }
        try TorchBytes.read(archive("none"))
    }

    @Test func `An old file that ends within a storage is refused`() {
        let data = TorchBytes(.state(["w": TorchBytes.six.tensor([6])]), [TorchBytes.six]).data(
            .sequence)
        #expect(
            message(.truncated) { try TorchBytes.read(data.dropLast()) }
                == "x.pt: its storage “0” at byte \(data.count - 32) is cut off by the end at byte "
                + "\(data.count - 1); the download is incomplete, fetch it again")
    }

    @Test func `A storage that no tensor looks into, and one that is not listed`() {
        let other = TorchBytes.Storage("1", floats: 1)
        #expect(
            message(.malformed) {
                try TorchBytes.read(TorchBytes(.state([:]), [other]).data(.sequence))
            }
                == "x.pt: its list of storages names one that no tensor looks into; fetch the file "
                + "again")
        #expect(
            message(.missing) {
                try TorchBytes.read(TorchBytes(.state(["w": other.tensor([1])])).data(.sequence))
            } == "x.pt: it has no storage “1”, which a tensor looks into; fetch the file again")
    }
}
