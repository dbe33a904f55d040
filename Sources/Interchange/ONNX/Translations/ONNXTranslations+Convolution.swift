import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Convolutions and their transposes, in one to three dimensions.
    static let convolution: [String: ONNXTranslation] = [
        "aten.conv1d": { try convolve($0, transposed: false) },
        "aten.conv2d": { try convolve($0, transposed: false) },
        "aten.conv3d": { try convolve($0, transposed: false) },
        "aten.conv_transpose1d": { try convolve($0, transposed: true) },
        "aten.conv_transpose2d": { try convolve($0, transposed: true) },
        "aten.conv_transpose3d": { try convolve($0, transposed: true) },
        "aten.convolution": { try convolve($0, transposed: $0.bool("transposed")) },
        "aten._convolution": { try convolve($0, transposed: $0.bool("transposed")) },
    ]

    private static func convolve(_ call: ONNXCall, transposed: Bool) throws {
        let graph = call.graph
        let weight = try call.type("weight")
        let count = weight.sizes.count - 2
        guard count > 0 else { throw ONNXUnsupported(reason: "without spatial dimensions") }
        let kernel = try (0..<count).map { try call.fixedSize("weight", $0 + 2) }
        let dilation = try call.ints("dilation", count: count, default: 1)
        var attributes: [String: ONNXAttribute] = [
            "kernel_shape": .ints(kernel),
            "strides": .ints(try call.ints("stride", count: count, default: 1)),
            "dilations": .ints(dilation), "group": .int(try call.int("groups", default: 1)),
            "pads": .ints(try padding(call, kernel, dilation)),
        ]
        if transposed {
            let rest = try call.ints("output_padding", count: count, default: 0)
            if rest.contains(where: { $0 != 0 }) { attributes["output_padding"] = .ints(rest) }
        }
        // An image on its own is a batch of one.
        let isSingle = try call.rank("input") == count + 1
        let input = try graph.unsqueeze(call.tensor("input"), isSingle ? [0] : [])
        let result = graph.emit(
            transposed ? "ConvTranspose" : "Conv",
            [input, try call.tensor("weight"), try call.optional("bias")], attributes)
        try call.give(graph.squeeze(result, isSingle ? [0] : []))
    }

    /// Zeros before each dimension, then after each.
    private static func padding(
        _ call: ONNXCall, _ kernel: [Int], _ dilation: [Int]
    ) throws -> [Int] {
        guard case .string(let word)? = call.node["padding"] else {
            let pads = try call.ints("padding", count: kernel.count, default: 0)
            return pads + pads
        }
        guard word == "same" else { return Array(repeating: 0, count: 2 * kernel.count) }
        let totals = try zip(kernel, dilation).map { try ($0 - 1).times($1) }
        return totals.map { $0 / 2 } + totals.map { $0 - $0 / 2 }
    }
}
