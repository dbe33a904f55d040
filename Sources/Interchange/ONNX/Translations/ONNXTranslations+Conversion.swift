import Programs
import Tensors

extension ONNXTranslations {
    /// Copies, conversions of type, and checks, which leave no trace.
    static let conversion: [String: ONNXTranslation] = {
        // The result's declared type says what the conversion is to.
        var all: [String: ONNXTranslation] = [:]
        for name in [
            "to", "_to_copy", "type_as", "clone", "contiguous", "alias", "detach",
            "lift_fresh_copy",
            "lift_fresh",
        ] {
            all["aten.\(name)"] = identity("self")
        }
        for name in [
            "_assert_tensor_metadata", "_assert_async", "_assert_scalar",
            "sym_constrain_range", "sym_constrain_range_for_size",
        ] {
            all["aten.\(name)"] = { _ in }
        }
        all["aten.copy"] = { call in
            let source = try call.operand("src", as: call.resultType())
            let shape = try call.graph.vector(call.dimensions(of: "self"))
            try call.give(call.graph.emit("Expand", [source, shape]))
        }
        return all
    }()
}
