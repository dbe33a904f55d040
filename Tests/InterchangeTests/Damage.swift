import FileFormats
import Testing

/// One change of the archive's texts, and the sentence that refuses it.
struct Damage: Sendable, CustomTestStringConvertible {
    let record: String
    let old: String
    let new: String
    let kind: FileFormatError.Kind
    let sentence: String

    init(
        _ record: String, _ old: String, _ new: String, _ kind: FileFormatError.Kind,
        _ sentence: String
    ) {
        self.record = record
        self.old = old
        self.new = new
        self.kind = kind
        self.sentence = sentence
    }

    var testDescription: String { "\(record): \(old) becomes \(new)" }

    private static let sizes = #""sizes":[{"as_int":3},{"as_int":4}]"#
    private static func sizes(_ numbers: Int...) -> String {
        "\"sizes\":[" + numbers.map { "{\"as_int\":\($0)}" }.joined(separator: ",") + "]"
    }

    /// What is wrong with the weights' configuration; `fc.weight` is the only tensor of its shape.
    static let weights: [Damage] = [
        Damage(
            Records.weights, sizes, sizes(4_000_000_000, 4), .truncated,
            "x.pt2: the tensor fc.weight, float32 [4000000000, 4] from element 0 on, needs 64000000000 "
                + "bytes and its record has 48; fetch the file again"),
        Damage(
            Records.weights, sizes, sizes(.max, 4), .malformed,
            "x.pt2: the tensor fc.weight, float32 [9223372036854775807, 4], cannot be; fetch the file again"
        ),
        Damage(
            Records.weights, sizes, sizes(.max, .max), .malformed,
            "x.pt2: the tensor fc.weight, float32 [9223372036854775807, 9223372036854775807], cannot be; "
                + "fetch the file again"),
        Damage(
            Records.weights, sizes, sizes(0, .max, .max), .malformed,
            "x.pt2: the tensor fc.weight, float32 [0, 9223372036854775807, 9223372036854775807], "
                + "cannot be; fetch the file again"),
        Damage(
            Records.weights, sizes, sizes(-3, -4), .malformed,
            "x.pt2: the tensor fc.weight, float32 [-3, -4], cannot be; fetch the file again"),
        Damage(
            Records.weights, sizes, #""sizes":[{"as_int":3},{"as_expr":{"expr_str":"s77"}}]"#,
            .malformed,
            "x.pt2: the tensor fc.weight, float32 [3, batch], cannot be; fetch the file again"),
        Damage(
            Records.weights, sizes, #""sizes":[{"as_int":3},{"as_expr":{"expr_str":"s77*"}}]"#,
            .malformed,
            "x.pt2: The size expression \"s77*\" cannot be read at position 5: it ends too "
                + "early."),
        Damage(
            Records.weights, sizes, sizes(3), .malformed,
            "x.pt2: the tensor fc.weight, float32 [3], cannot be; fetch the file again"),
        Damage(
            Records.weights, #""strides":[{"as_int":4},{"as_int":1}]"#,
            #""strides":[{"as_int":1},{"as_int":4}]"#, .truncated,
            "x.pt2: the tensor fc.weight, float32 [3, 4] from element 0 on, needs 60 bytes and its record "
                + "has 48; fetch the file again"),
        Damage(
            Records.weights, #""strides":[{"as_int":4},{"as_int":1}]"#,
            #""strides":[{"as_int":-4},{"as_int":1}]"#, .malformed,
            "x.pt2: the tensor fc.weight, float32 [3, 4], cannot be; fetch the file again"),
        Damage(
            Records.weights, #""strides":[{"as_int":4},{"as_int":1}]"#,
            #""strides":[{"as_int":9223372036854775807},{"as_int":1}]"#, .malformed,
            "x.pt2: the tensor fc.weight, float32 [3, 4], cannot be; fetch the file again"),
        Damage(
            Records.weights, #""storage_offset":{"as_int":0}"#, #""storage_offset":{"as_int":1}"#,
            .truncated,
            "x.pt2: the tensor fc.weight, float32 [3, 4] from element 1 on, needs 52 bytes and its record "
                + "has 48; fetch the file again"),
        Damage(
            Records.weights, #""storage_offset":{"as_int":0}"#,
            #""storage_offset":{"as_int":9223372036854775807}"#, .malformed,
            "x.pt2: the tensor fc.weight, float32 [3, 4], cannot be; fetch the file again"),
        Damage(
            Records.weights, #""storage_offset":{"as_int":0}"#, #""storage_offset":{"as_int":-1}"#,
            .malformed,
            "x.pt2: the tensor fc.weight, float32 [3, 4], cannot be; fetch the file again"),
        Damage(
            Records.weights, #""dtype":5"#, #""dtype":99"#, .unsupported,
            "x.pt2, data/weights/model_weights_config.json: At "
                + "config.norm.num_batches_tracked.tensor_meta.dtype, the "
                + "scalar type 99 is not known."),
        Damage(
            Records.weights, #""dtype":7"#, #""dtype":28"#, .unsupported,
            "x.pt2: fc.weight has the type uint16, which is not supported; convert it to another"),
        Damage(
            Records.weights, #""dtype":7"#, #""dtype":8"#, .truncated,
            "x.pt2: the tensor fc.weight, float64 [3, 4] from element 0 on, needs 96 bytes and its record "
                + "has 48; fetch the file again"),
        Damage(
            Records.weights, #""use_pickle":false"#, #""use_pickle":true"#, .malformed,
            "x.pt2: the tensor fc.weight is not in the archive as plain elements; save the model again"
        ),
        Damage(
            Records.weights, #""fc.weight""#, #""other.weight""#, .malformed,
            "x.pt2: the tensor fc.weight is not in the archive as plain elements; save the model again"
        ),
        Damage(
            Records.weights, #""weight_0""#, #""../../byteorder""#, .missing,
            "x.pt2: it has no entry \u{201C}model/data/weights/../../byteorder\u{201D}; check which kind "
                + "of archive it is"),
        Damage(
            Records.weights, "{\"config\"", "{\"conf\"", .missing,
            "x.pt2, data/weights/model_weights_config.json: The key \"config\" is missing."),
        Damage(
            Records.constants, "{", "", .malformed,
            "x.pt2, data/constants/model_constants_config.json: The text is not valid JSON."),
    ]

    /// What is wrong with the Program itself.
    static let graph: [Damage] = [
        Damage(
            Records.model, #""outputs":[{"as_tensor":{"name":"relu"}}]"#,
            #""outputs":[{"as_tensor":{"name":"linear"}}]"#, .malformed,
            "x.pt2: the name linear is given twice; export the model again"),
        Damage(
            Records.model, #"{"arg":{"as_tensor":{"name":"relu"}},"#,
            #"{"arg":{"as_tensor":{"name":"nobody"}},"#, .malformed,
            "x.pt2: nobody is read before it is computed: linear_1 = aten.linear.default(input: nobody, "
                + "weight: head.weight, bias: head.bias); export the model again"),
        Damage(
            Records.model, #"{"user_output":{"arg":{"as_tensor":{"name":"linear_1"}}}"#,
            #"{"user_output":{"arg":{"as_tensor":{"name":"nobody"}}}"#, .malformed,
            "x.pt2: the output nobody is never computed; export the model again"),
        Damage(
            Records.model, #""outputs":[{"as_tensor":{"name":"relu"}}]"#,
            #""outputs":[{"as_tensor":{"name":"x"}}]"#, .malformed,
            "x.pt2: the name x is given twice; export the model again"),
        Damage(
            Records.model, #"{"user_input":{"arg":{"as_tensor":{"name":"x"}}}}"#,
            #"{"user_input":{"arg":{"as_tensor":{"name":"x"}}}},{"user_input":{"arg":{"as_tensor":{"name":"x"}}}}"#,
            .malformed, "x.pt2: the name x is given twice; export the model again"),
        Damage(
            Records.model, #""parameter_name":"fc.bias""#, #""parameter_name":"fc.weight""#,
            .malformed,
            "x.pt2: the tensor fc.weight is listed twice; export the model again"),
        Damage(
            Records.model, "torch.ops.aten.relu.default", "_operator.add", .malformed,
            "x.pt2: _operator.add takes 2 arguments and has 1 (node relu)"),
        Damage(
            Records.model, "torch.ops.aten.relu.default", "os.system", .unsupported,
            "x.pt2: a call of os.system is not supported; replace it in the model, or export with "
                + "run_decompositions() (node relu)"),
        Damage(
            Records.model, "torch.ops.aten.relu.default", "torch.ops.higher_order.cond",
            .unsupported,
            "x.pt2: cond cannot be written out as plain nodes; export the model without it (node relu)"
        ),
        Damage(
            Records.model, "torch.ops.aten.relu.default", "torch.ops.aten.relu.out", .unsupported,
            "x.pt2: aten.relu.out lacks out, the tensor that it writes into: "
                + "relu = aten.relu.out(self: batch_norm)"),
        Damage(
            Records.model, #""as_bool":false"#, #""as_sym_bool":{"as_name":"b"}"#, .malformed,
            "x.pt2: b is read before it is computed: batch_norm = aten.batch_norm.default(input: linear, "
                + "weight: norm.weight, bias: norm.bias, running_mean: norm.running_mean, "
                + "running_var: norm.running_var, training: b, momentum: 0.1, eps: 1e-05, "
                + "cudnn_enabled: true); export the model again"),
        Damage(
            Records.model, #""as_bool":false"#, #""as_custom_obj":{"name":"a","class_fqn":"b"}"#,
            .unsupported,
            "x.pt2: an argument of aten.batch_norm.default is of a kind that is not supported "
                + "(node batch_norm)"),
        Damage(
            Records.model, #""as_bool":false"#, #""as_thing":1"#, .unsupported,
            "x.pt2, models/model.json: At graph_module.graph.nodes[1].inputs[5].arg, the tag \"as_thing\" "
                + "of an argument is not known."),
        Damage(
            Records.model, #""outputs":[{"as_tensor":{"name":"relu"}}]"#,
            #""outputs":[{"as_int":3}]"#, .unsupported,
            "x.pt2: a result of aten.relu.default is neither a tensor nor a number"),
        Damage(
            Records.model, #"{"user_input":{"arg":{"as_tensor":{"name":"x"}}}}"#,
            #"{"user_input":{"arg":{"as_int":3}}}"#, .malformed,
            "x.pt2: x is read before it is computed: linear = aten.linear.default(input: x, "
                + "weight: fc.weight, bias: fc.bias); export the model again"),
        Damage(
            Records.model, #"{"user_input":{"arg":{"as_tensor":{"name":"x"}}}}"#,
            #"{"custom_obj":{"arg":{"name":"x","class_fqn":"y"},"custom_obj_name":"z"}}"#,
            .unsupported,
            "x.pt2: an input that is neither a tensor nor a size is not supported; make it part of the "
                + "model"),
        Damage(
            Records.model, #"{"user_output":{"arg":{"as_tensor":{"name":"linear_1"}}}"#,
            #"{"loss_output":{"arg":{"name":"linear_1"}}"#, .unsupported,
            "x.pt2: an output that is neither a tensor, a number nor a buffer's new content is not "
                + "supported yet; leave it out of the model"),
        Damage(
            Records.model, #""max_val":null,"min_val":1"#, #""max_val":4,"min_val":5"#, .malformed,
            "x.pt2: the range of s77 is empty; export the model again"),
        Damage(
            Records.model, #""major":8"#, #""major":9"#, .unsupported,
            "x.pt2, models/model.json: At schema_version, schema 9.20 is not supported, only 8.x is."
        ),
        Damage(
            Records.model, #""expr_str":"Symbol('s77', positive=True, integer=True)""#,
            #""expr_str":"__import__('os')""#, .unsupported,
            "x.pt2: The size expression \"__import__('os')\" cannot be read at position 1: the function "
                + "\"__import__\" is not one of sizes."),
    ]

    /// What is wrong with the notes.
    static let notes: [Damage] = [
        Damage(
            Records.notes, "\"version\" : 1", "\"version\" : 2, \"marks\": 7", .unsupported,
            "x.pt2: extra/swiftlet.json has version 2, and this release reads 1; use a newer release"
        ),
        Damage(
            Records.notes, "\"version\" : 1", "\"version\" : \"1\"", .malformed,
            "x.pt2: extra/swiftlet.json does not hold what it should; fetch the file again"),
        Damage(
            Records.notes, "{", "[", .malformed,
            "x.pt2: extra/swiftlet.json does not hold what it should; fetch the file again"),
        Damage(
            Records.notes, "\"marks\" : {", "\"marks\" : {\"composed\": [\"relu\", \"relu\"]",
            .malformed,
            "x.pt2: extra/swiftlet.json marks values that are not there; fetch the file again"),
        Damage(
            Records.notes, "\"marks\" : {", "\"marks\" : {\"composed\": [\"nobody\"]", .malformed,
            "x.pt2: extra/swiftlet.json marks values that are not there; fetch the file again"),
        Damage(
            Records.notes, "\"values\" : {", "\"values\" : {\"relu\": \"x\"", .malformed,
            "x.pt2: the name x is given twice; export the model again"),
    ]

    /// What an archive without one of its records is refused with; those that are not here can be missed.
    static let missing: [String: String] = [
        Records.model:
            "x.pt2: it has no models/model.json; a model file is what torch.export.save writes",
        Records.weights: absent(Records.weights), Records.constants: absent(Records.constants),
    ]

    static func absent(_ record: String) -> String {
        "x.pt2: it has no entry \u{201C}model/\(record)\u{201D}; check which kind of archive it is"
    }
}
