import Programs
import Tensors

extension ONNXReaders {
    /// Products of matrices.
    static let products: [String: Translation] = [
        "Gemm": gemm, "MatMul": matmul, "Einsum": einsum,
    ]

    /// A stored matrix `[inputs, outputs]` as the weight of `aten.linear`; nil where it is none, or is read elsewhere.
    ///
    /// PyTorch's layers hold it `[outputs, inputs]`, and so it is stored, under its own name.
    private static func linearWeight(
        _ matrix: ONNXSourceValue, _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue? {
        if let stored = matrix.transposed { return stored }
        guard matrix.constant?.rank == 2, matrix.scalarType.isFloatingPoint,
            call.graph.factors.contains(matrix.label)
        else { return nil }
        return try call.assembly.transposed(matrix)
    }

    static func linear(
        _ x: ONNXSourceValue, _ weight: ONNXSourceValue, bias: ONNXSourceValue? = nil,
        _ call: ONNXSourceNode
    ) throws -> ONNXSourceValue {
        let arguments: KeyValuePairs<String, ONNXSourceArgument> =
            bias == nil
            ? ["input": .tensor(x), "weight": .weight(weight)]
            : ["input": .tensor(x), "weight": .weight(weight), "bias": .weight(bias)]
        return try call.call("aten.linear.default", arguments)
    }

    private static let matmul: Translation = { call in
        let (a, b) = (try call.operand(0), try call.operand(1))
        if a.constant == nil, b.rank == 2, let weight = try linearWeight(b, call) {
            let result = try linear(a, weight, call)
            result.product = (a, weight)
            return [result]
        }
        return [
            try call.call(
                "aten.matmul.default", ["self": trainable(a), "other": trainable(b)])
        ]
    }

    /// `alpha · A · B + beta · C`, either matrix transposed.
    private static let gemm: Translation = { call in
        var a = try call.operand(0)
        let b = try call.operand(1)
        guard a.rank == 2, b.rank == 2 else {
            throw call.refusal("\(a.type) and \(b.type) are not two matrices", .invalid)
        }
        if try call.flag("transA") {
            a = try call.call(
                "aten.transpose.int", ["self": .tensor(a), "dim0": .int(0), "dim1": .int(1)])
        }
        let alpha = try call.float("alpha", 1)
        let offset = try gemmOffset(call)
        let weight = try call.flag("transB") ? b : linearWeight(b, call)
        let bias =
            alpha == 1 && offset?.rank == 1 && offset?.constant != nil
                && offset?.type.sizes[0] == (weight?.type.sizes[0] ?? b.type.sizes[1])
            ? offset : nil
        var product: ONNXSourceValue
        if let weight {
            product = try linear(a, weight, bias: bias, call)
        } else {
            product = try call.call(
                "aten.matmul.default", ["self": .tensor(a), "other": trainable(b)])
        }
        if alpha != 1 {
            product = try call.call(
                "aten.mul.Scalar", ["self": .tensor(product), "other": .double(alpha)])
        }
        guard let offset, weight == nil || bias == nil else { return [product] }
        return [
            try call.call(
                "aten.add.Tensor", ["self": .tensor(product), "other": trainable(offset)])
        ]
    }

    private static func gemmOffset(_ call: ONNXSourceNode) throws -> ONNXSourceValue? {
        guard var offset = call.optional(2) else { return nil }
        let beta = try call.float("beta", 1)
        if beta == 0 { return nil }
        // One row for all examples is what a bias is.
        if let tensor = offset.constant, tensor.rank == 2, tensor.shape[0] == 1,
            call.graph.uses[offset.label] == 1
        {
            offset = ONNXSourceValue(
                try tensor.reshaped(to: [tensor.shape[1]]), label: offset.label,
                isInitializer: offset.isInitializer)
        }
        guard beta != 1 else { return offset }
        return try call.call(
            "aten.mul.Scalar", ["self": .tensor(offset), "other": .double(beta)])
    }

    private static let einsum: Translation = { call in
        let operands = try call.all()
        let equation = try call.string("equation")
        guard !equation.isEmpty, equation.utf8.count <= 1_000 else {
            throw call.refusal("it has no equation; export the model again", .invalid)
        }
        // Stored matrices are trained here as elsewhere.
        for operand in operands where operand.isInitializer && operand.scalarType.isFloatingPoint {
            _ = try call.assembly.value(of: operand, as: .parameter)
        }
        return [
            try call.call(
                "aten.einsum.default",
                ["equation": .string(equation), "tensors": .tensors(operands)])
        ]
    }
}
