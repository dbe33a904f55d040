import FileFormats
import Testing

/// A network of three linear layers and two batch norms, as PyTorch 2.13 exported it.
private let exported = PackageResources.program_json

/// The least program that PyTorch reads.
private func program(
    node: String = "", values: String = "", major: String = "8", extra: String = ""
) -> String {
    """
    {"graph_module": {"graph": {"inputs": [], "outputs": [], "nodes": [\(node)],
    "tensor_values": {\(values)}, "sym_int_values": {}, "sym_bool_values": {}},
    "signature": {"input_specs": [], "output_specs": []}, "module_call_graph": []},
    "opset_version": {}, "range_constraints": {"s0": {"min_val": null, "max_val": 4}}\(extra),
    "schema_version": {"major": \(major), "minor": 0}}
    """
}

private func node(argument: String) -> String {
    """
    {"target": "f", "inputs": [{"name": "x", "arg": \(argument)}], "outputs": [], "metadata": {}}
    """
}

private func argument(_ text: String) throws -> ExportedProgram.Argument {
    let text = program(node: node(argument: text))
    let read = try ExportedProgram(json: text.utf8, file: "model.json")
    return try #require(read.graphModule.graph.nodes.first?.inputs.first).argument
}

private func failure(_ text: String) -> FileFormatError? {
    #expect(throws: FileFormatError.self) {
        try ExportedProgram(json: text.utf8, file: "model.json")
    }
}

@Suite struct ExportedProgramTests {
    @Test func `A program that PyTorch exported is read whole`() throws {
        let program = try ExportedProgram(json: exported, file: "model.json")
        #expect(program.schemaVersion == .current)
        #expect(program.operatorSetVersions == ["aten": 10])
        #expect(program.verifiers == ["TRAINING"])
        #expect(program.rangeConstraints == ["s77": .init(minimum: 1, maximum: 4096)])

        let module = program.graphModule
        #expect(
            module.graph.nodes.map(\.target) == [
                "torch.ops.aten.linear.default", "torch.ops.aten.batch_norm.default",
                "torch.ops.aten.relu.default", "torch.ops.aten.linear.default",
                "torch.ops.aten.batch_norm.default", "torch.ops.aten.relu.default",
                "torch.ops.aten.linear.default",
            ])
        #expect(module.graph.inputs.count == 17)
        #expect(module.graph.outputs == [.tensor("linear_2")])
        #expect(
            module.signature.inputs.first
                == .parameter(value: "p_layers_0_weight", name: "layers.0.weight"))
        #expect(module.signature.inputs.last == .user(.tensor("x")))
        #expect(module.signature.outputs == [.user(.tensor("linear_2"))])
        #expect(
            module.graph.nodes[1].inputs.dropFirst(5) == [
                .init(name: "training", argument: .bool(false)),
                .init(name: "momentum", argument: .float(0.1)),
                .init(name: "eps", argument: .float(1e-5)),
                .init(name: "cudnn_enabled", argument: .bool(false)),
            ])

        let input = try #require(module.graph.tensorValues["x"])
        #expect(input.scalarType == .float32)
        #expect(input.strides == [4, 1])
        #expect(try input.sizes[0].size(file: "model.json") == .symbol("s77"))
        #expect(input.sizes == [.init(.symbol("s77"), hint: 8), 4])

        let signature = try #require(module.moduleCalls.first?.signature)
        #expect(
            try TreeSpecification(parsing: signature.inputSpecification, file: "in_spec")
                == .arguments(1))
    }

    @Test func `Reading what was written gives the same program and the same text`() throws {
        let program = try ExportedProgram(json: exported, file: "model.json")
        let text = try program.json()
        let again = try ExportedProgram(json: text, file: "model.json")
        #expect(again == program)
        #expect(try again.json() == text)
    }

    @Test func `What PyTorch has defaults for may be absent and unknown keys are ignored`() throws {
        let text = program(
            node: node(argument: #"{"as_int": 1}"#), extra: #", "surprise": {"a": [1]}"#)
        let read = try ExportedProgram(json: text.utf8, file: "model.json")
        #expect(read.verifiers.isEmpty)
        #expect(read.torchVersion == "<=2.4")
        #expect(read.guards.isEmpty)
        #expect(read.graphModule.metadata.isEmpty)
        #expect(!read.graphModule.graph.returnsSingleTensor)
        #expect(read.graphModule.graph.nodes[0].name == nil)
        #expect(read.graphModule.graph.nodes[0].inputs[0].kind == nil)
    }

    static let arguments = [
        #"{"as_none":true}"#, #"{"as_tensor":{"name":"x"}}"#, #"{"as_tensors":[{"name":"x"}]}"#,
        #"{"as_nested_tensors":[[{"name":"x"}],[]]}"#,
        #"{"as_optional_tensor":{"as_tensor":{"name":"x"}}}"#,
        #"{"as_optional_tensors":[{"as_none":true},{"as_tensor":{"name":"x"}}]}"#,
        #"{"as_int":9223372036854775807}"#, #"{"as_ints":[-9223372036854775808,2]}"#,
        #"{"as_int_lists":[[1],[2,3]]}"#, #"{"as_float":1e-05}"#,
        #"{"as_floats":[0.1,"Infinity","-Infinity"]}"#, #"{"as_float_lists":[[0.5]]}"#,
        #"{"as_complex":{"imag":2.5,"real":0.5}}"#, #"{"as_bool":false}"#,
        #"{"as_bools":[true,false]}"#, #"{"as_string":"é/\"\\\n"}"#, #"{"as_strings":["a"]}"#,
        #"{"as_sym_int":{"as_name":"n"}}"#, #"{"as_sym_ints":[{"as_int":-1},{"as_name":"n"}]}"#,
        #"{"as_sym_float":{"as_float":0.5}}"#, #"{"as_sym_floats":[{"as_name":"f"}]}"#,
        #"{"as_sym_bool":{"as_bool":true}}"#, #"{"as_sym_bools":[{"as_name":"b"}]}"#,
        #"{"as_scalar_type":7}"#, #"{"as_memory_format":2}"#, #"{"as_layout":7}"#,
        #"{"as_device":{"index":1,"type":"cuda"}}"#,
        #"{"as_custom_obj":{"class_fqn":"c","name":"o"}}"#,
        #"{"as_operator":"aten.add"}"#, #"{"as_string_to_argument":{"a":{"as_int":1}}}"#,
    ]

    @Test(arguments: arguments)
    func `An argument of every tag is written as it was read`(text: String) throws {
        let value = try argument(text)
        var least = try ExportedProgram(json: program().utf8, file: "model.json")
        least.graphModule.graph.outputs = [value]
        let written = String(decoding: try least.json(), as: UTF8.self)
        #expect(written.contains(#""outputs":[\#(text)]"#))
    }

    @Test func `A sub-graph is written as it was read`() throws {
        let inner = ExportedProgram.Graph(
            inputs: [.tensor("x")], outputs: [.tensor("x")], nodes: [], tensorValues: [:])
        var outer = try ExportedProgram(json: exported, file: "model.json")
        outer.graphModule.graph.nodes[0].inputs[0].argument = .graph(.init(name: "g", graph: inner))
        #expect(try ExportedProgram(json: try outer.json(), file: "model.json") == outer)
    }

    @Test func `Every kind of input and output is written as it was read`() throws {
        var all = try ExportedProgram(json: program().utf8, file: "model.json")
        all.graphModule.signature = .init(
            inputs: [
                .user(.symbolicInt(.name("n"))), .parameter(value: "p", name: "a.weight"),
                .buffer(value: "b", name: "a.mean", isPersistent: false),
                .tensorConstant(value: "c", name: "k"),
                .customObject(value: .init(name: "o", className: "c"), name: "object"),
                .token("t"), .constant(name: "flag", value: .bool(true)),
                .constant(name: "scale", value: .float(-.infinity)),
                .constant(name: "none", value: .null), .constant(name: "n", value: .int(3)),
                .constant(name: "mode", value: .string("a")),
            ],
            outputs: [
                .user(.null), .loss("l"), .bufferMutation(value: "b", name: "a.mean"),
                .parameterMutation(value: "p", name: "a.weight"),
                .gradientToParameter(value: "g", name: "a.weight"),
                .gradientToUserInput(value: "g", name: "x"),
                .userInputMutation(value: "u", name: "x"), .token("t"),
            ])
        all.graphModule.graph.symbolicFloatValues = [
            "f": .expression(.init("ToFloat(Symbol('s0'))", hint: .float(2))), "g": .float(0.5),
        ]
        all.graphModule.graph.symbolicBoolValues = [
            "b": .expression(.init("GreaterThan(Symbol('u0'), Integer(0))", hint: .bool(true))),
            "c": .bool(false),
        ]
        #expect(try ExportedProgram(json: try all.json(), file: "model.json") == all)
    }

    @Test func `A number that is not one is written as a text`() throws {
        guard case .float(let value) = try argument(#"{"as_float": "NaN"}"#) else {
            Issue.record("not a float")
            return
        }
        #expect(value.isNaN)
        var program = try ExportedProgram(json: program().utf8, file: "model.json")
        program.graphModule.graph.outputs = [.float(value)]
        let written = String(decoding: try program.json(), as: UTF8.self)
        #expect(written.contains(#"{"as_float":"NaN"}"#))
    }

    @Test func `A bound that is absent is written as null`() throws {
        let program = try ExportedProgram(json: program().utf8, file: "model.json")
        let written = String(decoding: try program.json(), as: UTF8.self)
        #expect(written.contains(#""s0":{"max_val":4,"min_val":null}"#))
    }

    @Test func `The weights' configuration is written with every key that PyTorch needs`() throws {
        let text = #"""
            {"config":{"fc.weight":{"is_param":true,"path_name":"weight_0",\#
            "tensor_meta":{"device":{"type":"cpu"},"dtype":7,"layout":7,"requires_grad":true,\#
            "sizes":[{"as_int":3},{"as_int":4}],"storage_offset":{"as_int":0},\#
            "strides":[{"as_int":4},{"as_int":1}]},"use_pickle":false},\#
            "object":{"is_param":false,"path_name":"custom_obj_0","tensor_meta":null,\#
            "use_pickle":true}}}
            """#
        let payloads = try ExportedProgram.Payloads(json: text.utf8, file: "weights")
        #expect(
            payloads.entries["fc.weight"]
                == .init(
                    path: "weight_0", isParameter: true,
                    meta: .init(.float32, sizes: [3, 4], requiresGradient: true)))
        #expect(String(decoding: try payloads.json(), as: UTF8.self) == text)
    }

    @Test func `Each element type has its size`() {
        let sizes = ExportedProgram.ScalarType.allCases.map(\.byteCount)
        #expect(
            sizes == [
                nil, 1, 1, 2, 4, 8, 2, 4, 8, 4, 8, 16, 1, 2, 2, 1, 1, 1, 1, 1, 4, 8,
            ])
    }
}

private let atArgument = "At graph_module.graph.nodes[0].inputs[0].arg"

@Suite struct HostileProgramTests {
    static let breaches: [(String, String)] = [
        ("{", "The text is not valid JSON."),
        ("", "The text is not valid JSON."),
        ("[]", "An object is needed."),
        ("{}", #"The key "schema_version" is missing."#),
        (program(major: "9"), "At schema_version, schema 9.0 is not supported, only 8.x is."),
        (program(major: "8.5"), "A number does not fit its type."),
        (program(major: "1e99"), "A number does not fit its type."),
        (program(major: #""8""#), "At schema_version.major, an integer is needed."),
        (
            program(major: "null"),
            "At schema_version.major, null stands where an integer is needed."
        ),
        (
            program(node: #"{"target": "f", "inputs": []}"#),
            #"At graph_module.graph.nodes[0], the key "outputs" is missing."#
        ),
        (
            program(node: node(argument: #"{"as_surprise": 1}"#)),
            atArgument + ", " + #"the tag "as_surprise" of an argument is not known."#
        ),
        (
            program(node: node(argument: #"{"as_int": 1, "as_bool": true}"#)),
            atArgument + ", " + "an argument needs exactly one tag and has 2."
        ),
        (
            program(node: node(argument: "{}")),
            atArgument + ", " + "an argument needs exactly one tag and has 0."
        ),
        (
            program(node: node(argument: #"{"as_int": 99999999999999999999}"#)),
            "A number does not fit its type."
        ),
        (
            program(node: node(argument: #"{"as_ints": [1, "2"]}"#)),
            "At graph_module.graph.nodes[0].inputs[0].arg.as_ints[1], an integer is needed."
        ),
        (
            program(node: node(argument: #"{"as_tensors": {"name": "x"}}"#)),
            "At graph_module.graph.nodes[0].inputs[0].arg.as_tensors, a list is needed."
        ),
        (
            program(node: node(argument: #"{"as_bool": 1}"#)),
            "At graph_module.graph.nodes[0].inputs[0].arg.as_bool, true or false is needed."
        ),
        (
            program(node: node(argument: #"{"as_scalar_type": 14}"#)),
            "At graph_module.graph.nodes[0].inputs[0].arg.as_scalar_type, "
                + "the scalar type 14 is not known."
        ),
        (
            program(values: #""x\u0007\ny": {"dtype": 7}"#),
            #"At graph_module.graph.tensor_values.x??y, the key "sizes" is missing."#
        ),
    ]

    @Test(arguments: breaches)
    func `What breaks the schema is refused in one sentence`(text: String, message: String) {
        #expect(failure(text)?.message == message)
    }

    @Test func `A failure has a kind and names the file`() {
        let error = failure(program(major: "9"))
        #expect(error?.kind == .unsupported)
        #expect(
            error?.description
                == "model.json: At schema_version, schema 9.0 is not supported, only 8.x is.")
        #expect(failure("{}")?.kind == .missing)
        #expect(failure("{")?.kind == .malformed)
    }

    @Test(arguments: [100, 10_000, 1_000_000])
    func `Deep nesting is refused or read but never crashes`(depth: Int) {
        let lists = String(repeating: "[", count: depth)
        #expect(failure(lists)?.message == "The text is not valid JSON.")
        let open = String(repeating: #"{"as_string_to_argument":{"a":"#, count: depth)
        let close = String(repeating: "}}", count: depth)
        let text = program(node: node(argument: open + #"{"as_int":1}"# + close))
        let read = try? ExportedProgram(json: text.utf8, file: "model.json")
        #expect((read != nil) == (depth == 100))
    }

    @Test func `The path of a deep failure is shortened`() throws {
        let open = String(repeating: #"{"as_string_to_argument":{"a":"#, count: 50)
        let close = String(repeating: "}}", count: 50)
        let error = failure(program(node: node(argument: open + #"{"as_int":"1"}"# + close)))
        let message = try #require(error?.message)
        #expect(message.hasPrefix("At …"))
        #expect(message.hasSuffix(".as_string_to_argument.a.as_int, an integer is needed."))
        #expect(message.count < 250)
    }

    @Test func `A program that is cut off anywhere is refused`() {
        for count in stride(from: 0, to: exported.count - 2, by: 97) {
            #expect(throws: FileFormatError.self) {
                try ExportedProgram(json: exported.prefix(count), file: "model.json")
            }
        }
    }
}
