import FileFormats
import Foundation
import Testing

/// A checkpoint as `torch.save` writes it, of either form.
struct TorchBytes: Sendable {
    /// A storage of six floats under the key 0.
    static let six = Storage("0", floats: 6)

    /// Reads a checkpoint and all that is in it.
    static func read(_ data: Data) throws {
        try TorchCheckpoint(data, file: "x.pt").readAll()
    }

    /// How the file is laid out.
    enum Form: CaseIterable, Sendable {
        case archive, sequence
    }

    /// A run of elements that tensors look into.
    struct Storage: Sendable {
        let key: String
        let type: String
        let elementByteCount: Int
        let bytes: Data

        init(_ key: String, _ type: String, _ elementByteCount: Int, _ bytes: Data) {
            self.key = key
            self.type = type
            self.elementByteCount = elementByteCount
            self.bytes = bytes
        }

        /// One of `float32`, counting up from 0.
        init(_ key: String, floats count: Int) {
            var bytes = Data()
            for number in 0..<count { bytes.put(Float(number).bitPattern) }
            self.init(key, "FloatStorage", 4, bytes)
        }

        var count: Int { bytes.count / elementByteCount }

        /// What a pickle calls it.
        var name: Pickled {
            .persistent(
                .tuple([
                    .text("storage"), .global("torch", type), .text(key), .text("cpu"),
                    .integer(count), .null,
                ]))
        }

        /// A tensor that looks into it.
        func tensor(
            _ shape: [Int], strides: [Int]? = nil, offset: Int = 0
        ) -> Pickled {
            .call(
                "torch._utils", "_rebuild_tensor_v2",
                arguments(shape, strides: strides, offset: offset))
        }

        func arguments(_ shape: [Int], strides: [Int]? = nil, offset: Int = 0) -> [Pickled] {
            var (rowMajor, step) = (shape, 1)
            for axis in shape.indices.reversed() {
                rowMajor[axis] = step
                step = step &* shape[axis]
            }
            return [
                name, .integer(offset), .tuple(shape.map { .integer($0) }),
                .tuple((strides ?? rowMajor).map { .integer($0) }), .bool(false), .ordered([]),
            ]
        }
    }

    var object: Pickled
    var storages: [Storage] = []
    var version: UInt8 = 2
    var isLittleEndian = true

    init(_ object: Pickled, _ storages: [Storage] = []) {
        self.object = object
        self.storages = storages
    }

    /// The whole file.
    func data(_ form: Form) -> Data {
        form == .archive
            ? Self.archive(pickle: object.pickle(version: version), storages, isLittleEndian)
            : sequence
    }

    /// An archive around any pickle.
    static func archive(
        pickle: Data, _ storages: [Storage] = [], _ isLittleEndian: Bool = true
    ) -> Data {
        ZipBytes(
            [
                ZipBytes.Entry("archive/data.pkl", pickle),
                ZipBytes.Entry(
                    "archive/byteorder", Data((isLittleEndian ? "little" : "big").utf8)),
            ] + storages.map { ZipBytes.Entry("archive/data/\($0.key)", $0.bytes) }
        ).data
    }

    private var sequence: Data {
        let magic: [UInt8] = [0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19]
        let machine = Pickled.named([
            "protocol_version": .integer(1001), "little_endian": .bool(isLittleEndian),
            "type_sizes": .named(["short": .integer(2), "int": .integer(4)]),
        ])
        let keys = Pickled.list(storages.map { .text($0.key) })
        var data = Data()
        for part in [.raw([0x8A, 10] + magic), .integer(1001), machine, object, keys] {
            data.append(part.pickle(version: version))
        }
        for storage in storages {
            data.put(UInt64(storage.count))
            data.append(storage.bytes)
        }
        return data
    }
}

extension TorchCheckpoint {
    /// The tensor that keys lead to.
    func tensor(
        _ keys: String..., sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> TorchTensor {
        let found = keys.reduce(Optional(contents)) { value, key in
            value?.entries?.first { $0.name == key }?.value
        }
        guard case .tensor(let tensor) = try #require(found, sourceLocation: sourceLocation) else {
            throw FileFormatError(.missing, file: file, "no tensor at \(keys)")
        }
        return tensor
    }

    /// Reads all tensors that a value holds, at most some hundreds.
    func readAll() throws {
        var left = 500
        func follow(_ value: TorchValue) throws {
            guard left > 0 else { return }
            left -= 1
            switch value {
            case .tensor(let tensor): _ = try array(tensor)
            case .list(let items): for item in items { try follow(item) }
            case .dictionary(let entries): for entry in entries { try follow(entry.value) }
            default: break
            }
        }
        try follow(contents)
    }
}
