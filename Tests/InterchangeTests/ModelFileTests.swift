import FileFormats
import Foundation
import Interchange
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// What is written is what is read.
@Suite struct ModelFileTests {
    @Test(arguments: Network.allCases)
    func `A Program that was written is read back whole`(network: Network) throws {
        try withTemporaryFolder { folder in
            let program = try network.program()
            let file = try program.write(to: "\(folder)/x.pt2")
            try expectSame(file.program, program)
            try expectSame(try ModelFile(contentsOf: "\(folder)/x.pt2").program, program)
            #expect(file.path == "\(folder)/x.pt2")
            #expect(try file.fileBytes == contents(ofFile: file.path).count)
            #expect(try names(in: folder) == ["x.pt2"])
        }
    }

    @Test(arguments: Network.allCases)
    func `Writing twice, and writing what was read, gives the same bytes`(network: Network) throws {
        try withTemporaryFolder { folder in
            let program = try network.program()
            let file = try program.write(to: "\(folder)/a.pt2")
            try program.write(to: "\(folder)/b.pt2")
            try file.program.write(to: "\(folder)/c.pt2")
            let bytes = try contents(ofFile: "\(folder)/a.pt2")
            #expect(try contents(ofFile: "\(folder)/b.pt2") == bytes)
            #expect(try contents(ofFile: "\(folder)/c.pt2") == bytes)
        }
    }

    @Test func `Every kind of argument is read back`() throws {
        let x = Argument.value("x")
        let nodes = [
            Node(
                "aten.full.default",
                [
                    "size": .ints([1, .max]), "fill_value": .double(-.infinity),
                    "dtype": .scalarType(.bfloat16), "layout": .layout(0), "device": .device(.cpu),
                    "pin_memory": .bool(false),
                ], outputs: ["a"]),
            Node("aten.mul.Scalar", ["self": x, "other": .double(2)], outputs: ["b"]),
            Node("aten.mul.Scalar", ["self": x, "other": .complex(-0.1, 2)], outputs: ["c"]),
            Node("aten.add.Tensor", ["self": x, "other": .int(.min)], outputs: ["d"]),
            Node(
                "aten.gelu.default", ["self": x, "approximate": .string("a \"b\"\n\u{fc}")],
                outputs: ["e"]),
            Node(
                "aten.clone.default", ["self": x, "memory_format": .memoryFormat(2)], outputs: ["f"]
            ),
            Node(
                "aten.sum.dim_IntList", ["self": x, "dim": .list([]), "dtype": .none],
                outputs: ["g"]),
            Node("aten.cat.default", ["tensors": .list([x, x])], outputs: ["h"]),
            Node("aten.index.Tensor", ["self": x, "indices": .list([.none, x])], outputs: ["i"]),
            Node(
                "aten.upsample_bilinear2d.vec",
                [
                    "input": x, "output_size": .none, "align_corners": .bool(true),
                    "scale_factors": .list([.double(1), .double(.infinity)]),
                ], outputs: ["j"]),
            Node(
                "aten.linear_backward.default",
                [
                    "self": x, "grad_output": x, "weight": x,
                    "output_mask": .list([.bool(true), .bool(false), .bool(true)]),
                ], outputs: ["k", "l", "m"]),
            Node("aten.sym_size.int", ["self": x, "dim": .int(0)], outputs: ["n"]),
            Node("scalar.floordiv.default", ["a": .value("n"), "b": .int(2)], outputs: ["o"]),
            Node("scalar.truediv.default", ["a": .value("n"), "b": .value("o")], outputs: ["p"]),
            Node("scalar.gt.default", ["a": .value("p"), "b": .double(0.5)], outputs: ["q"]),
            Node(
                "aten.reshape.default", ["self": x, "shape": .list([.value("o"), .int(-1)])],
                outputs: ["r"]),
            Node("aten.unbind.int", ["self": x], outputs: ["s"]),
        ]
        let type = ValueType.tensor(TensorType(.float32, [.dimension("batch")]))
        let values = nodes.flatMap { $0.outputs.compactMap { $0 } }
        var types = Dictionary(uniqueKeysWithValues: (values + ["x"]).map { ($0, type) })
        types["n"] = .scalar(.dimension("batch"))
        types["o"] = .scalar(.expression(.floorDivide(.symbol("batch"), 2)))
        types["p"] = .scalar(.unknown)
        types["q"] = .scalar(.unknown)
        let program = Program(
            inputs: ["x"], nodes: nodes, outputs: values.map { .result($0) }, tensors: [:],
            types: types, dimensions: ["batch": 1...Int.max])
        try withTemporaryFolder { folder in
            try expectSame(try program.write(to: "\(folder)/x.pt2").program, program)
        }
    }

    @Test func `Every scalar type, empty tensors and single numbers are read back`() throws {
        var program = try Network.pair.program()
        for type in ScalarType.allCases {
            let bytes = Data((0..<type.byteCount * 6).map { UInt8($0 % 2) })
            program.tensors["\(type)s"] = StoredTensor(
                .buffer, Tensor(bytes: bytes, type: type, shape: [2, 3]))
            program.tensors["\(type)"] = StoredTensor(
                .constant, Tensor(bytes: bytes.prefix(type.byteCount), type: type, shape: []))
            program.tensors["no_\(type)"] = StoredTensor(
                .parameter, Tensor(bytes: Data(), type: type, shape: [2, 0]))
        }
        try withTemporaryFolder { folder in
            let found = try program.write(to: "\(folder)/x.pt2").program
            try expectSame(found, program)
            #expect(try found.tensor("count").elements(Int.self) == [-5])
            #expect(try found.tensor("none").shape == [0, 3])
        }
    }

    @Test func `Dimensions, expressions, marks and changed buffers are read back`() throws {
        let batch = Size.dimension("batch")
        let tokens = Size.affine(scale: 2, dimension: "tokens", offset: -1)
        var program = Program(
            inputs: ["x"],
            nodes: [
                Node("aten.relu.default", ["self": .value("x")], outputs: ["relu"]),
                Node(
                    "aten.sum.default", ["self": .value("relu")], outputs: ["sum"], source: "a.py:3"
                ),
            ],
            outputs: [.buffer("total", "sum"), .result("relu"), .result("relu")],
            tensors: ["total": StoredTensor(.buffer, Tensor(Float(0)))],
            types: [
                "x": .tensor(TensorType(.float32, sizes: [batch, tokens], strides: [tokens, 1])),
                "relu": .tensor(
                    TensorType(.float32, sizes: [batch, tokens], strides: [1, batch])),
                "sum": .tensor(TensorType(.float32, [])),
            ],
            dimensions: ["tokens": 2...64, "batch": 0...Int.max], metadata: ["a": "b"])
        program.marks = ["composed": ["relu", "sum"], "other": ["relu"]]
        try withTemporaryFolder { folder in
            try expectSame(try program.write(to: "\(folder)/x.pt2").program, program)
        }
    }

    @Test func `A size that is not known stays unknown`() throws {
        var program = try Network.lenet300.program()
        program.types["relu"] = .tensor(
            TensorType(.float32, sizes: [.unknown, 300], strides: [300, .unknown]))
        try withTemporaryFolder { folder in
            try expectSame(try program.write(to: "\(folder)/x.pt2").program, program)
        }
    }

    @Test func `An expression of dimensions is read back, and names the archive's symbols in it`()
        throws
    {
        var program = try Network.lenet300.program()
        program.types["relu"] = .tensor(
            TensorType(
                .float32, sizes: [.expression(.floorDivide(.add([.symbol("batch"), 3]), 2)), 300],
                strides: [300, 1]))
        try withTemporaryFolder { folder in
            try expectSame(try program.write(to: "\(folder)/x.pt2").program, program)
            let archive = try ZipArchive(contentsOf: "\(folder)/x.pt2")
            let exported = try ExportedProgram(
                json: archive.bytes(of: "model/models/model.json"), file: "model.json")
            let size = try #require(exported.graphModule.graph.tensorValues["relu"]?.sizes.first)
            #expect(
                try size.size(file: "relu") == .floorDivide(.add([.symbol("s77"), 3]), 2))
        }
    }

    @Test func `Names in the archive are identifiers, and no two are the same`() throws {
        try withTemporaryFolder { folder in
            try Network.oddNames.program().write(to: "\(folder)/x.pt2")
            let archive = try ZipArchive(contentsOf: "\(folder)/x.pt2")
            let exported = try ExportedProgram(
                json: archive.bytes(of: "model/models/model.json"), file: "model.json")
            #expect(
                exported.graphModule.graph.tensorValues.keys.sorted() == [
                    "_1x_class", "_1x_out", "_1x_out_1", "p__1st_layer_bias", "p__1st_layer_bias_1",
                    "p__1st_layer_bias_2", "p__1st_layer_weight", "p__1st_layer_weight_1",
                    "p__2nd__ber_x_y_bias", "p__2nd__ber_x_y_weight", "value_class", "value_self",
                ])
        }
    }

    @Test func `Records beside the Program are read back`() throws {
        try withTemporaryFolder { folder in
            let bytes = Data((0..<1000).map { UInt8(truncatingIfNeeded: $0) })
            let records = [("extra/run.json", Data("{}".utf8)), ("swiftlet/plan.bin", bytes)]
            let file = try Network.fcn6.program().write(to: "\(folder)/x.pt2", records: records)
            for file in [file, try ModelFile(contentsOf: file.path)] {
                for (name, data) in records { #expect(try file.record(name) == data) }
                #expect(try file.record("extra/other") == nil)
                #expect(try file.record("") == nil)
            }
        }
    }

    @Test func `Tensors stay as they are when the file is replaced and then removed`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/x.pt2"
            let program = try Network.lenet300.program()
            let other = try Network.lenet300.program().replacing([
                "fc1.weight": .zeros([300, 784])
            ])
            let read = try program.write(to: path).program
            try other.write(to: path)
            try expectSame(read, program)
            try FileManager.default.removeItem(atPath: path)
            try expectSame(read, program)
            let inputs = try program.inputs(batch: 3, seed: 1)
            #expect(
                try read.outputs(for: inputs)[0].bytes() == program.outputs(for: inputs)[0].bytes())
        }
    }

    @Test func `A file can be written over the one that its tensors are mapped from`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/x.pt2"
            let program = try Network.lenet300.program()
            let read = try program.write(to: path).program
            try expectSame(try read.write(to: path).program, program)
        }
    }

    @Test func `A write that fails leaves the old file and nothing else`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/x.pt2"
            let program = try Network.lenet300.program()
            try program.write(to: path)
            let before = try contents(ofFile: path)
            func expectKept(
                _ sentence: String, sourceLocation: SourceLocation = #_sourceLocation,
                _ body: () throws -> Void
            ) throws {
                let error = #expect(throws: (any Error).self, sourceLocation: sourceLocation) {
                    try body()
                }
                #expect(error.map { "\($0)" } == sentence, sourceLocation: sourceLocation)
                #expect(try contents(ofFile: path) == before, sourceLocation: sourceLocation)
                #expect(try names(in: folder) == ["x.pt2"], sourceLocation: sourceLocation)
            }
            var later = program
            later.tensors["fc3.bias"]?.content = .initial(.constant(0))
            try expectKept(
                "fc3.bias has no elements yet: call initialized(seed:) on the Program first"
            ) { try later.write(to: path) }
            try expectKept(
                "\(path): there is an entry named \u{201C}model/byteorder\u{201D} already; "
                    + "choose another name"
            ) { try program.write(to: path, records: [("byteorder", Data())]) }
            try expectKept(
                "\(folder)/no/x.pt2: the folder \(folder)/no does not exist; create it first"
            ) { try program.write(to: "\(folder)/no/x.pt2") }
        }
    }

    @Test(arguments: Unwritable.allCases)
    func `What an archive has no form for is refused in a sentence`(unwritable: Unwritable) throws {
        try withTemporaryFolder { folder in
            let program = try unwritable.program()
            let error = #expect(throws: ProgramError.self) {
                try program.write(to: "\(folder)/x.pt2")
            }
            #expect(error?.description == unwritable.sentence)
            #expect(try names(in: folder).isEmpty)
        }
    }

    @Test func `Weights are written with parameters and buffers and without constants`() throws {
        try withTemporaryFolder { folder in
            let program = try Network.pair.program()
            try program.writeWeights(to: "\(folder)/x.safetensors", metadata: ["a": "b"])
            let file = try Safetensors(contentsOf: "\(folder)/x.safetensors")
            #expect(Set(file.names) == ["fc.weight", "none", "nothing", "count"])
            #expect(file.metadata == ["a": "b"])
            for name in file.names {
                let array = try #require(try file[name])
                let tensor = try Tensor(array)
                #expect(try tensor.bytes() == program.tensor(name).bytes())
                #expect(try tensor.shape == program.tensor(name).shape)
                #expect(try tensor.scalarType == program.tensor(name).scalarType)
            }
        }
    }
}

/// Programs that cannot be written.
enum Unwritable: CaseIterable {
    case untyped, mixedList, unnamedResult, prefix

    func program() throws -> Program {
        var program = try Network.lenet300.program()
        switch self {
        case .untyped: program.types["relu"] = nil
        case .mixedList: program.nodes[1]["input"] = .list([.int(1), .double(2)])
        case .unnamedResult: program.nodes[1].outputs.append(nil)
        case .prefix: program.tensors["fc1.weight.0"] = StoredTensor(.buffer, Tensor(1))
        }
        return program
    }

    var sentence: String {
        switch self {
        case .untyped: "relu is not a tensor and cannot be written yet"
        case .mixedList:
            "a list of mixed kinds cannot be written: "
                + "linear = aten.linear.default(input: [1, 2.0], weight: fc1.weight, bias: fc1.bias)"
        case .unnamedResult:
            "a result without a name cannot be written: "
                + "linear, _ = aten.linear.default(input: flatten, weight: fc1.weight, bias: fc1.bias)"
        case .prefix: "fc1.weight is a prefix of the name fc1.weight.0"
        }
    }
}
