import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Batch, layer, group, instance and weight norms, in their inference form.
    static let normalization: [String: ONNXTranslation] = [
        "aten.batch_norm": batchNorm,
        "aten.native_batch_norm": batchNorm,
        "aten._native_batch_norm_legit": batchNorm,
        "aten._native_batch_norm_legit_functional": batchNorm,
        "aten._native_batch_norm_legit_no_training": batchNorm,
        "aten._native_batch_norm_legit.no_stats": batchNormOfBatch,
        "aten.layer_norm": layerNorm,
        "aten.native_layer_norm": layerNorm,
        "aten.group_norm": { try groupNorm($0, groups: $0.int("num_groups")) },
        "aten.native_group_norm": { try groupNorm($0, groups: $0.int("group")) },
        "aten.instance_norm": { call in
            guard try call.bool("use_input_stats", default: true) else {
                return try batchNorm(call)
            }
            let channels = try call.fixedSize("input", 1)
            let type = try call.resultType()
            try call.give(
                call.graph.emit(
                    "InstanceNormalization",
                    [
                        call.tensor("input"), try vector(call, "weight", channels, 1, type),
                        try vector(call, "bias", channels, 0, type),
                    ], ["epsilon": .float(Float(call.double("eps", default: 1e-5)))]))
        },
        "aten.rms_norm": rootMeanSquareNorm,
        "aten._fused_rms_norm": rootMeanSquareNorm,
        "aten._weight_norm": { try weightNorm($0) },
        "aten._weight_norm_interface": { try weightNorm($0) },
    ]

    private static let batchNorm: ONNXTranslation = { call in
        for index in call.node.outputs.indices.dropFirst() {
            try call.requireUnread(index, "statistics")
        }
        guard let mean = try call.optional("running_mean"),
            let variance = try call.optional("running_var")
        else { return try batchNormOfBatch(call) }
        let channels = try call.fixedSize("input", 1)
        try call.give(
            call.graph.emit(
                "BatchNormalization",
                [
                    call.tensor("input"), try vector(call, "weight", channels, 1, mean.type),
                    try vector(call, "bias", channels, 0, mean.type), mean, variance,
                ], ["epsilon": .float(Float(try call.double("eps", default: 1e-5)))]))
    }

    /// Where no statistics are kept, a batch's own are used for inference too.
    private static let batchNormOfBatch: ONNXTranslation = { call in
        for index in call.node.outputs.indices.dropFirst() {
            try call.requireUnread(index, "statistics")
        }
        let rank = try call.rank("input")
        let axes = [0] + (2..<max(rank, 2))
        let centred = try normalized(
            call, call.tensor("input"), axes, call.double("eps", default: 1e-5))
        try call.give(affine(call, centred, spatial: rank - 2))
    }

    private static let layerNorm: ONNXTranslation = { call in
        let count = try call.ints("normalized_shape").count
        let shape = try call.ints("normalized_shape")
        let type = try call.type("input").scalarType
        let scale =
            try call.optional("weight")
            ?? call.graph.constant(shape, filledWith: 1, type)
        let results = call.graph.emit(
            "LayerNormalization", [try call.tensor("input"), scale, try call.optional("bias")],
            [
                "axis": .int(-count),
                "epsilon": .float(Float(try call.double("eps", default: 1e-5))),
            ],
            types: [type, .float32, .float32])
        for (index, result) in results.enumerated() { try call.give(result, index) }
    }

    private static func groupNorm(_ call: ONNXCall, groups: Int) throws {
        try call.requireUnread(1, "mean")
        try call.requireUnread(2, "deviation")
        let graph = call.graph
        let input = try call.tensor("input")
        let rank = try call.rank("input")
        let type = try call.resultType()
        let grouped = graph.emit("Reshape", [input, try graph.ints([0, groups, -1])])
        let normal = graph.emit(
            "InstanceNormalization",
            [
                grouped, try graph.constant([groups], filledWith: 1, type),
                try graph.constant([groups], filledWith: 0, type),
            ], ["epsilon": .float(Float(try call.double("eps", default: 1e-5)))])
        let restored = try graph.reshape(normal, call.dimensions(of: "input"))
        try call.give(affine(call, restored, spatial: rank - 2))
    }

    private static let rootMeanSquareNorm: ONNXTranslation = { call in
        try call.requireUnread(1, "deviation")
        let graph = call.graph
        let input = try call.tensor("input")
        let count = try call.ints("normalized_shape").count
        let smallest = input.type == .float64 ? Double.ulpOfOne : Double(Float.ulpOfOne)
        let square = graph.emit("Mul", [input, input])
        let mean = try graph.reduce(
            "ReduceMean", square, Array(-count..<0), keeping: true)
        let shifted = graph.emit(
            "Add", [mean, try graph.number(call.double("eps", default: smallest), input.type)])
        let result = graph.emit("Div", [input, graph.emit("Sqrt", [shifted])])
        let weight = try call.optional("weight")
        try call.give(weight.map { graph.emit("Mul", [result, $0]) } ?? result)
    }

    /// `g · v / ‖v‖`, the norm over all axes but one.
    private static func weightNorm(_ call: ONNXCall) throws {
        let graph = call.graph
        let weight = try call.tensor("v")
        let rank = try call.rank("v")
        let dimension = try call.int("dim", default: 0)
        let axes =
            try dimension == -1
            ? Array(0..<rank)
            : (0..<rank).filter { try $0 != call.axis("dim", rank: rank, default: 0) }
        let norm = try graph.reduce("ReduceL2", weight, axes, keeping: true)
        try call.give(
            graph.emit("Mul", [weight, graph.emit("Div", [call.tensor("g"), norm])]))
        try call.give(norm, 1)
    }

    /// `(x - mean) / sqrt(variance + epsilon)` over axes.
    private static func normalized(
        _ call: ONNXCall, _ input: ONNXOperand, _ axes: [Int], _ epsilon: Double
    ) throws -> ONNXOperand {
        let graph = call.graph
        let mean = try graph.reduce("ReduceMean", input, axes, keeping: true)
        let centred = graph.emit("Sub", [input, mean])
        let square = graph.emit("Mul", [centred, centred])
        let variance = try graph.reduce("ReduceMean", square, axes, keeping: true)
        let shifted = graph.emit("Add", [variance, try graph.number(epsilon, input.type)])
        return graph.emit("Div", [centred, graph.emit("Sqrt", [shifted])])
    }

    /// The result times `weight` plus `bias`, one of each a channel.
    private static func affine(
        _ call: ONNXCall, _ input: ONNXOperand, spatial: Int
    ) throws -> ONNXOperand {
        var result = input
        let axes = Array(1..<max(spatial, 0) + 1)
        for (name, operation) in [("weight", "Mul"), ("bias", "Add")] {
            guard let factor = try call.optional(name) else { continue }
            result = call.graph.emit(
                operation, [result, try call.graph.unsqueeze(factor, axes)])
        }
        return result
    }

    /// A vector that is an argument, or filled with a number.
    private static func vector(
        _ call: ONNXCall, _ name: String, _ count: Int, _ standard: Double, _ type: ScalarType
    ) throws -> ONNXOperand {
        try call.optional(name) ?? call.graph.constant([count], filledWith: standard, type)
    }
}
