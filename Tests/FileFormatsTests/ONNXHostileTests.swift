import FileFormats
import Foundation
import TestSupport
import Testing

struct ONNXHostileTests {
    // MARK: Other files

    @Test(arguments: [
        ("", FileFormatError.Kind.truncated, "it is empty; fetch the file again"),
        (
            "<!DOCTYPE html>\n<html>", .malformed,
            "it is a web page, not the ONNX model; download the file itself, not the page about it"
        ),
        (
            "version https://git-lfs.github.com/spec/v1\noid sha256:1\nsize 1\n", .malformed,
            "it is a Git LFS pointer, not the ONNX model itself; run `git lfs pull`"
        ),
        (
            "PK\u{3}\u{4}and more", .malformed,
            "it is a zip archive, not an ONNX model; unpack it, or open it as .pt2 or .pt"
        ),
        (
            "\u{8}\u{8}", .malformed,
            "it has no version or no graph: it is not an ONNX model; check which file it is"
        ),
        (
            "this is no model at all", .malformed,
            "it is not an ONNX model or is damaged; check which file it is"
        ),
    ])
    func `another file is told by its beginning`(
        text: String, kind: FileFormatError.Kind, expected: String
    ) {
        #expect(message(kind) { try read(Data(text.utf8)) } == "a.onnx: \(expected)")
    }

    @Test
    func `compressed and pickled files are told by their first bytes`() {
        #expect(
            message(.malformed) { try read(Data([0x1F, 0x8B, 8, 0])) }
                == "a.onnx: it is compressed with gzip; unpack it with gunzip first")
        #expect(
            message(.malformed) { try read(Data([0x80, 2, 0x7D])) }
                == "a.onnx: it is a pickle, as PyTorch writes them; export the network to ONNX first"
        )
        #expect(
            message(.malformed) { try read(Data([0x89, 0x48, 0x44, 0x46])) }
                == "a.onnx: it is an HDF5 file, as Keras writes them; export the network to ONNX first"
        )
    }

    @Test
    func `a file without an operator set is incomplete`() {
        let bytes = Wire { $0.number(1, 8).part(7, Wire()) }.data
        #expect(
            message(.malformed) { try read(bytes) }
                == "a.onnx: it does not say which operator set it uses; the download is incomplete, "
                + "fetch it again")
    }

    @Test
    func `every file cut short is refused`() {
        let bytes = model { graph in
            graph.part(1, Wire { $0.text(1, "x").text(2, "y").text(4, "Relu") })
            graph.part(5, Wire { $0.number(1, 2).number(2, 1).data(9, Data(count: 8)) })
        }
        expectTruncationsThrow(of: bytes, read)
    }

    @Test
    func `a file cut short says so`() {
        let bytes = model { $0.text(2, "the graph's name") }
        #expect(
            message(.truncated) { try read(bytes.prefix(12)) }
                == "a.onnx: it ends within a part of the model; the download is incomplete or it is not "
                + "an ONNX model, fetch it again")
    }

    @Test
    func `damage never traps`() {
        let bytes = model { graph in
            for _ in 0..<3 {
                graph.part(
                    1,
                    Wire { node in
                        node.text(1, "x").text(2, "y").text(4, "Conv")
                        node.part(
                            5, Wire { $0.text(1, "a").number(20, 7).number(8, 3).number(8, 4) })
                    })
            }
            graph.part(
                5, Wire { $0.number(1, 2).number(1, 3).number(2, 6).data(5, Data(count: 6)) })
            graph.part(
                11, Wire { $0.text(1, "x").part(2, Wire { $0.part(1, Wire { $0.number(1, 1) }) }) })
        }
        #expect(throws: Never.self) { try read(bytes) }
        #expect(expectSurvivesDamage(of: bytes, rounds: 4000, read) > 1000)
    }

    // MARK: Size

    @Test
    func `graphs in graphs have a limit`() {
        var graph = Wire()
        for _ in 0..<60 {
            let attribute = Wire { $0.text(1, "body").number(20, 5).part(6, graph) }
            graph = Wire { $0.part(1, Wire { $0.text(4, "If").part(5, attribute) }) }
        }
        let bytes = model { $0.bytes += graph.bytes }
        #expect(
            message(.malformed) { try read(bytes) }
                == "a.onnx: its graphs are nested more than 100 parts deep; do not trust this file")
    }

    @Test
    func `the number of parts has a limit`() {
        // Two bytes each, and hundreds once they are decoded.
        var bytes = Data()
        for _ in 0..<2_000_001 { bytes.append(contentsOf: [0x0A, 0]) }
        let file = model { $0.data(15, Data()).bytes += bytes }
        #expect(
            message(.tooLarge) { try read(file) }
                == "a.onnx: it has more than 2000000 parts; do not trust this file")
    }

    @Test
    func `a file over two gigabytes is refused unread`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.onnx"
            try Data([8, 8]).write(to: URL(fileURLWithPath: path))
            // The rest is a hole, which takes no room on the disk.
            try FileHandle(forWritingTo: URL(fileURLWithPath: path)).truncate(atOffset: 1 << 31)
            #expect(
                message(.tooLarge) { _ = try ONNXModel(contentsOf: path) }
                    == "\(path): it has 2147483648 bytes, more than the 2147483647 that an ONNX file may "
                    + "have; write its tensors to a file of their own")
        }
    }

    // MARK: What is in it

    @Test(arguments: [
        (
            "shape", FileFormatError.Kind.malformed,
            "the tensor “w” has the shape [-1], which is not possible; do not trust this file"
        ),
        (
            "overflow", .malformed,
            "the tensor “w” has the shape [4611686018427387904, 4], which is not possible; "
                + "do not trust this file"
        ),
        (
            "short", .malformed,
            "the tensor “w” of float32 [2] takes 8 bytes and has 7; it is damaged, fetch it again"
        ),
        (
            "strings", .unsupported,
            "the tensor “w” holds strings, which are not supported; store it as another type"
        ),
        (
            "type", .unsupported,
            "the tensor “w” holds type 99, which are not supported; store it as another type"
        ),
        (
            "segment", .unsupported, "the tensor “w” is stored in parts; write it whole"
        ),
        (
            "place", .malformed,
            "the tensor “w” lies at a place 7 that does not exist; it is damaged, fetch it again"
        ),
    ])
    func `a tensor that cannot be is refused`(
        form: String, kind: FileFormatError.Kind, expected: String
    ) {
        let tensor = Wire { tensor in
            tensor.text(8, "w")
            switch form {
            case "shape": tensor.number(1, .max).number(2, 1)
            case "overflow": tensor.number(1, 1 << 62).number(1, 4).number(2, 1)
            case "short": tensor.number(1, 2).number(2, 1).data(9, Data(count: 7))
            case "strings": tensor.number(1, 1).number(2, 8).text(6, "a")
            case "type": tensor.number(2, 99)
            case "segment": tensor.number(1, 0).number(2, 1).part(3, Wire())
            default: tensor.number(1, 0).number(2, 1).number(14, 7)
            }
        }
        #expect(
            message(kind) { try read(model { $0.part(5, tensor) }) } == "a.onnx: \(expected)")
    }

    @Test
    func `numbers in lists are read as those in bytes`() throws {
        let lists: [(code: UInt64, field: UInt64, data: [UInt8], expected: [UInt8])] = [
            (1, 4, [0, 0, 0x80, 0x3F], [0, 0, 0x80, 0x3F]),
            (11, 10, [0, 0, 0, 0, 0, 0, 0xF0, 0x3F], [0, 0, 0, 0, 0, 0, 0xF0, 0x3F]),
            (7, 7, [5], [5, 0, 0, 0, 0, 0, 0, 0]), (6, 5, [5], [5, 0, 0, 0]),
            (13, 11, [5], [5, 0, 0, 0, 0, 0, 0, 0]), (12, 11, [5], [5, 0, 0, 0]),
            (10, 5, [0x80, 0x78], [0, 0x3C]), (16, 5, [0x80, 0x7F], [0x80, 0x3F]),
            (9, 5, [1], [1]), (2, 5, [0xFF, 1], [0xFF]),
        ]
        for list in lists {
            let tensor = Wire {
                $0.number(1, 1).number(2, list.code).data(list.field, Data(list.data))
            }
            let read = try ONNXModel(model { $0.part(5, tensor) }, file: "a.onnx")
            #expect([UInt8](read.graph.initializers[0].array.bytes) == list.expected)
        }
    }

    @Test
    func `what is given twice or not read here is refused`() {
        let tensor = Wire { $0.text(8, "w").number(1, 0).number(2, 1) }
        #expect(
            message(.malformed) { try read(model { $0.part(5, tensor).part(5, tensor) }) }
                == "a.onnx: two tensors are named “w”; do not trust this file")
        #expect(
            message(.unsupported) { try read(model { $0.part(15, Wire()) }) }
                == "a.onnx: it stores a sparse tensor; store it as a dense one")
        #expect(
            message(.malformed) { try read(withAttribute { $0.number(20, 77) }) }
                == "a.onnx: the attribute “a” of the node Conv “c” is of a kind 77 that does not exist; "
                + "it is damaged, fetch it again")
        #expect(
            message(.malformed) {
                try read(withAttribute { $0.number(20, 3).data(4, Data([0xFF])) })
            }
                == "a.onnx: the attribute “a” of the node Conv “c” is not UTF-8; it is damaged, fetch it "
                + "again")
        let twice = Wire { node in
            node.text(3, "c").text(4, "Conv")
            for _ in 0..<2 { node.part(5, Wire { $0.text(1, "a").number(20, 2) }) }
        }
        #expect(
            message(.malformed) { try read(model { $0.part(1, twice) }) }
                == "a.onnx: the node Conv “c” has two attributes “a”; do not trust this file")
        #expect(
            message(.malformed) { try read(model { $0.data(2, Data([0xFF, 0xFE])) }) }
                == "a.onnx: a name in it is not UTF-8; it is damaged, fetch it again")
        let versions = Wire {
            $0.number(1, 8).part(7, Wire())
            $0.part(8, Wire { $0.number(2, 17) }).part(8, Wire { $0.number(2, 18) })
        }
        #expect(
            message(.malformed) { try read(versions.data) }
                == "a.onnx: it names two versions of the operator set “”; do not trust this file")
    }

    @Test
    func `an attribute of the first version has its kind from what is there`() throws {
        let read = try ONNXModel(withAttribute { $0.number(3, 7) }, file: "a.onnx")
        guard case .int(7)? = read.graph.nodes[0].attributes["a"] else {
            Issue.record("\(read.graph.nodes[0].attributes)")
            return
        }
    }

    // MARK: Bytes

    private func read(_ data: Data) throws { _ = try ONNXModel(data, file: "a.onnx") }

    private func withAttribute(_ body: (Wire) -> Void) -> Data {
        let attribute = Wire { $0.text(1, "a") }
        body(attribute)
        return model { $0.part(1, Wire { $0.text(3, "c").text(4, "Conv").part(5, attribute) }) }
    }

    private func model(_ body: (Wire) -> Void) -> Data { onnxBytes(body) }
}

/// The bytes of a model around a graph.
func onnxBytes(_ body: (Wire) -> Void) -> Data {
    let graph = Wire()
    body(graph)
    return Wire { $0.number(1, 8).part(7, graph).part(8, Wire { $0.number(2, 17) }) }.data
}

/// A protobuf message, field by field.
final class Wire {
    var bytes: [UInt8] = []
    var data: Data { Data(bytes) }

    init(_ body: (Wire) -> Void = { _ in }) { body(self) }

    @discardableResult
    func number(_ field: UInt64, _ value: UInt64) -> Wire {
        varint(field << 3)
        varint(value)
        return self
    }

    @discardableResult
    func data(_ field: UInt64, _ value: Data) -> Wire {
        varint(field << 3 | 2)
        varint(UInt64(value.count))
        bytes += value
        return self
    }

    @discardableResult
    func text(_ field: UInt64, _ value: String) -> Wire { data(field, Data(value.utf8)) }

    @discardableResult
    func part(_ field: UInt64, _ value: Wire) -> Wire { data(field, value.data) }

    private func varint(_ value: UInt64) {
        var rest = value
        while rest > 0x7F {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
