import FileFormats
import Foundation
import TestSupport
import Testing

/// Checkpoints of both forms, built byte by byte.
@Suite struct TorchCheckpointTests {

    func open(
        _ object: Pickled, _ storages: [TorchBytes.Storage] = [], _ form: TorchBytes.Form = .archive
    ) throws -> TorchCheckpoint {
        try TorchCheckpoint(TorchBytes(object, storages).data(form), file: "x.pt")
    }

    @Test(
        arguments: TorchBytes.Form.allCases, [UInt8(2), 3, 4, 5])
    func `Names, shapes and elements come out in order`(
        form: TorchBytes.Form, version: UInt8
    ) throws {
        let bias = TorchBytes.Storage("94020255495056", floats: 2)
        var bytes = TorchBytes(
            .state(["fc.weight": TorchBytes.six.tensor([2, 3]), "fc.bias": bias.tensor([2])]),
            [TorchBytes.six, bias])
        bytes.version = version
        try withTemporaryFolder { folder in
            let path = "\(folder)/x.pt"
            try bytes.data(form).write(to: URL(fileURLWithPath: path))
            let file = try TorchCheckpoint(contentsOf: path)
            #expect(file.contents.entries?.map(\.name) == ["fc.weight", "fc.bias"])
            let weight = try file.tensor("fc.weight")
            #expect(weight.shape == [2, 3])
            #expect(weight.elementType == .float32)
            #expect(weight.name == "fc.weight")
            #expect(try file.array(weight) == RawArray(counting(6), shape: [2, 3]))
            #expect(
                try file.array(file.tensor("fc.bias")) == RawArray([Float(0), 1], shape: [2]))
        }
    }

    @Test(arguments: TorchBytes.Form.allCases)
    func `Views of a shared storage become contiguous`(form: TorchBytes.Form) throws {
        let storage = TorchBytes.Storage("s", floats: 12)
        let views: KeyValuePairs<String, Pickled> = [
            "whole": storage.tensor([3, 4]),
            "transposed": storage.tensor([4, 3], strides: [1, 4]),
            "row": storage.tensor([4], offset: 4),
            "column": storage.tensor([3], strides: [4], offset: 2),
            "corner": storage.tensor([2, 2], strides: [4, 1], offset: 6),
            "repeated": storage.tensor([2, 3], strides: [1, 0]),
            "one": storage.tensor([1, 1, 2], strides: [99, 7, 1], offset: 10),
            "scalar": storage.tensor([], offset: 11), "nothing": storage.tensor([0, 3]),
        ]
        let expected: KeyValuePairs<String, [Float]> = [
            "whole": counting(12), "transposed": [0, 4, 8, 1, 5, 9, 2, 6, 10, 3, 7, 11],
            "row": [4, 5, 6, 7], "column": [2, 6, 10], "corner": [6, 7, 10, 11],
            "repeated": [0, 0, 0, 1, 1, 1], "one": [10, 11], "scalar": [11], "nothing": [],
        ]
        let file = try open(.state(views), [storage], form)
        for (name, values) in expected {
            let found = try file.array(file.tensor(name))
            #expect(try found.values(as: Float.self) == values, "\(name)")
        }
        #expect(try file.array(file.tensor("transposed")).shape == [4, 3])
    }

    @Test func `A view of a storage in an old file looks into its part`() throws {
        let whole = TorchBytes.Storage("whole", floats: 6)
        let view = Pickled.persistent(
            .tuple([
                .text("storage"), .global("torch", "FloatStorage"), .text("whole"), .text("cpu"),
                .integer(6), .tuple([.text("part"), .integer(2), .integer(3)]),
            ]))
        let tensor = Pickled.call(
            "torch._utils", "_rebuild_tensor",
            [view, .integer(1), .tuple([.integer(2)]), .tuple([.integer(1)])])
        let file = try open(.state(["w": tensor]), [whole], .sequence)
        #expect(try file.array(file.tensor("w")).values(as: Float.self) == [3, 4])
    }

    @Test(arguments: [
        ("BoolStorage", ElementType.bool), ("ByteStorage", .uint8), ("CharStorage", .int8),
        ("ShortStorage", .int16), ("IntStorage", .int32), ("LongStorage", .int64),
        ("HalfStorage", .float16), ("BFloat16Storage", .bfloat16), ("FloatStorage", .float32),
        ("DoubleStorage", .float64), ("ComplexFloatStorage", .complex64),
        ("ComplexDoubleStorage", .complex128),
    ])
    func `Every class of storages has its type`(name: String, type: ElementType) throws {
        let bytes = Data((0..<2 * type.byteCount).map { UInt8($0 % 2) })
        let storage = TorchBytes.Storage("0", name, type.byteCount, bytes)
        for form in TorchBytes.Form.allCases {
            let file = try open(.named(["w": storage.tensor([2])]), [storage], form)
            let found = try file.array(file.tensor("w"))
            #expect(try found == RawArray(type, shape: [2], bytes: bytes))
        }
    }

    @Test(arguments: ElementType.allCases)
    func `A tensor that names its type looks into a storage of bytes`(type: ElementType) throws {
        let bytes = Data((0..<3 * type.byteCount).map { UInt8($0 % 2) })
        let storage = TorchBytes.Storage("0", "UntypedStorage", 1, bytes)
        let tensor = Pickled.call(
            "torch._utils", "_rebuild_tensor_v3",
            storage.arguments([2], offset: 1) + [.global("torch", type.description)])
        for form in TorchBytes.Form.allCases {
            let file = try open(.named(["w": tensor]), [storage], form)
            let expected = try RawArray(
                type, shape: [2], bytes: bytes.dropFirst(type.byteCount))
            #expect(try file.array(file.tensor("w")) == expected)
        }
    }

    @Test func `Parameters and tensors with attributes are tensors`() throws {
        let plain = TorchBytes.six.tensor([6])
        let parameter = Pickled.call(
            "torch._utils", "_rebuild_parameter", [plain, .bool(true), .ordered([])])
        let stateful = Pickled.call(
            "torch._utils", "_rebuild_parameter_with_state",
            [plain, .bool(true), .ordered([]), .named(["tag": .integer(3)])])
        let typed = Pickled.call(
            "torch._tensor", "_rebuild_from_type_v2",
            [
                .global("torch._utils", "_rebuild_tensor_v2"), .global("torch", "Tensor"),
                .tuple(TorchBytes.six.arguments([6])), .named(["tag": .integer(3)]),
            ])
        let file = try open(.named(["a": parameter, "b": stateful, "c": typed]), [TorchBytes.six])
        for name in ["a", "b", "c"] {
            #expect(
                try file.array(file.tensor(name)).values(as: Float.self) == counting(6))
        }
    }

    @Test func `What is saved beside the weights is read as plain values`() throws {
        let object = Pickled.named([
            "epoch": .integer(90), "big": .integer(1 << 40), "negative": .integer(-2),
            "low": .integer(-1 << 40),
            "best": .number(93.25), "done": .bool(true), "nothing": .null,
            "arch": .text("résnet"), "betas": .tuple([.number(0.9), .number(0.999)]),
            "four": .tuple([.integer(1), .integer(2), .integer(3), .integer(4)]),
            "size": .call("torch", "Size", [.tuple([.integer(2), .integer(3)])]),
            "device": .call("torch", "device", [.text("cuda"), .integer(0)]),
            "type": .global("torch", "float32"),
            "set": .call("__builtin__", "set", [.list([.integer(1)])]),
            "state": .dictionary([(.integer(0), .named(["step": .integer(7)]))]),
            "milestones": .call(
                "collections", "Counter", [.dictionary([(.integer(30), .integer(1))])]),
        ])
        let entries = try #require(try open(object).contents.entries)
        let found = entries.map { "\($0.name): \(Self.text($0.value))" }
        #expect(
            found == [
                "epoch: 90", "big: 1099511627776", "negative: -2", "low: -1099511627776",
                "best: 93.25", "done: true",
                "nothing: null", "arch: résnet", "betas: [0.9, 0.999]", "four: [1, 2, 3, 4]",
                "size: [2, 3]", "device: other", "type: other", "set: [1]",
                "state: {0: {step: 7}}", "milestones: {30: 1}",
            ])
    }

    /// A value as text.
    static func text(_ value: TorchValue) -> String {
        switch value {
        case .null: "null"
        case .bool(let bool): "\(bool)"
        case .integer(let number): "\(number)"
        case .number(let number): "\(number)"
        case .text(let text): text
        case .list(let items): "[\(items.map(text).joined(separator: ", "))]"
        case .dictionary(let entries):
            "{\(entries.map { "\(text($0.key)): \(text($0.value))" }.joined(separator: ", "))}"
        case .tensor(let tensor): "tensor \(tensor.shape)"
        case .other: "other"
        }
    }

    @Test func `What Python 2 wrote is read`() throws {
        // An OrderedDict made of a list of pairs, and texts that are strings of bytes.
        let name = Pickled.raw([0x55, 1, 0x77])
        let state = Pickled.call(
            "collections", "OrderedDict", [.list([.list([name, TorchBytes.six.tensor([6])])])])
        let file = try open(state, [TorchBytes.six], .sequence)
        #expect(try file.array(file.tensor("w")).values(as: Float.self) == counting(6))
    }

    @Test func `Numbers of NumPy are numbers`() throws {
        func scalar(_ code: String, _ text: String, order: String = "<") -> Pickled {
            // BUILD follows the type, with its byte order in the state.
            var type = Pickled.call(
                "numpy", "dtype", [.text(code), .bool(false), .bool(true)])
            type = .sequenceOfTwo(
                type, .tuple([.integer(3), .text(order), .null, .null]), then: 0x62)
            let bytes = Pickled.call("_codecs", "encode", [.text(text), .text("latin1")])
            return .call("numpy.core.multiarray", "scalar", [type, bytes])
        }
        let object = Pickled.named([
            "half": scalar("f8", "\0\0\0\0\0\0\u{E0}?"),
            "seven": scalar("i8", "\u{7}\0\0\0\0\0\0\0"),
            "yes": scalar("b1", "\u{1}"),
        ])
        let entries = try #require(try open(object).contents.entries)
        #expect(entries.map { Self.text($0.value) } == ["0.5", "7", "true"])
        #expect(
            message(.unsupported) { _ = try open(.named(["a": scalar("O8", "")])) }
                == "x.pt, entry “archive/data.pkl”: “a” is a NumPy value of type “<O8”, which is not "
                + "supported; save it as a number of Python")
        #expect(
            message(.unsupported) {
                _ = try open(.named(["a": scalar("i2", "\0\0", order: ">")]))
            }
                == "x.pt, entry “archive/data.pkl”: “a” is a NumPy value of type “>i2”, which is not "
                + "supported; save it as a number of Python")
    }

    @Test func `A storage is looked at when its tensor is asked for`() throws {
        let other = TorchBytes.Storage("1", floats: 2)
        let file = try open(
            .state(["a": TorchBytes.six.tensor([6]), "b": other.tensor([2])]), [TorchBytes.six])
        #expect(try file.array(file.tensor("a")).count == 6)
        #expect(
            message(.missing) { _ = try file.array(file.tensor("b")) }
                == "x.pt: it has no entry “archive/data/1”; check which kind of archive it is")
    }
}

/// The numbers from 0 on.
private func counting(_ count: Int) -> [Float] { (0..<count).map { Float($0) } }

extension Pickled {
    /// Two values and an operation that takes both.
    static func sequenceOfTwo(
        _ first: Pickled, _ second: Pickled, then operation: UInt8
    ) -> Pickled {
        // What a pickle begins and ends with is taken off.
        let parts = [first, second].flatMap { $0.pickle().dropFirst(2).dropLast() }
        return .raw(parts + [operation])
    }
}
