import FileFormats
import Programs
import Tensors

extension ONNXTranslations {
    /// Products of matrices.
    static let linear: [String: ONNXTranslation] = [
        "aten.linear": linearLayer,
        "aten.matmul": { try product($0, "self", "other") },
        "aten.mm": { try product($0, "self", "mat2") },
        "aten.bmm": { try product($0, "self", "mat2") },
        "aten.mv": { try product($0, "self", "vec") },
        "aten.dot": { try product($0, "self", "tensor") },
        "aten.vdot": { try product($0, "self", "other") },
        "aten.addmm": { try sum($0, "mat1", "mat2") },
        "aten.baddbmm": { try sum($0, "batch1", "batch2") },
        "aten.addmv": { try sum($0, "mat", "vec") },
        "aten.outer": { call in
            let type = try call.resultType()
            let column = try call.graph.unsqueeze(call.operand("self", as: type), [1])
            try call.give(call.graph.emit("Mul", [column, call.operand("vec2", as: type)]))
        },
        "aten.inner": { call in
            let left = try call.tensor("self")
            let right = try call.tensor("other")
            let (leftRank, rightRank) = (try call.rank("self"), try call.rank("other"))
            guard leftRank > 0, rightRank > 0 else {
                return try call.give(call.graph.emit("Mul", [left, right]))
            }
            try contract(call, left, leftRank, [leftRank - 1], right, rightRank, [rightRank - 1])
        },
        "aten.tensordot": { call in
            let (leftRank, rightRank) = (try call.rank("self"), try call.rank("other"))
            try contract(
                call, call.tensor("self"), leftRank, try exactAxes(call, "dims_self", leftRank),
                call.tensor("other"), rightRank, try exactAxes(call, "dims_other", rightRank))
        },
        "aten.einsum": { call in
            let equation = call.string("equation").filter { $0 != " " }
            let type = try call.resultType()
            let tensors = try call.tensors("tensors").map { try call.graph.cast($0, to: type) }
            try call.give(
                call.graph.emit("Einsum", tensors, ["equation": .string(equation)]))
        },
        "aten.bilinear": { call in
            let product = try call.graph.emit(
                "Einsum", [call.tensor("input1"), call.tensor("weight"), call.tensor("input2")],
                ["equation": .string("...i,oij,...j->...o")])
            let bias = try call.optional("bias")
            try call.give(bias.map { call.graph.emit("Add", [product, $0]) } ?? product)
        },
        "aten._trilinear": { call in
            var parts: [ONNXOperand] = []
            for (name, places) in [("i1", "expand1"), ("i2", "expand2"), ("i3", "expand3")] {
                parts.append(
                    try call.graph.unsqueeze(call.tensor(name), call.ints(places, default: [])))
            }
            let first = call.graph.emit("Mul", [parts[0], parts[1]])
            let product = call.graph.emit("Mul", [first, parts[2]])
            let axes = try call.ints("sumdim")
            try call.give(
                axes.isEmpty
                    ? product
                    : call.graph.reduce("ReduceSum", product, axes, keeping: false))
        },
    ]

    /// `x · Wᵀ + b`: `Gemm` for matrices, `MatMul` for anything else.
    private static let linearLayer: ONNXTranslation = { call in
        let input = try call.tensor("input")
        let weight = try call.tensor("weight")
        let bias = try call.optional("bias")
        if try call.rank("input") == 2, try call.rank("weight") == 2 {
            return try call.give(
                call.graph.emit("Gemm", [input, weight, bias], ["transB": .int(1)]))
        }
        let transposed =
            try call.rank("weight") == 2 ? call.graph.transpose(weight, [1, 0]) : weight
        let product = call.graph.emit("MatMul", [input, transposed])
        try call.give(bias.map { call.graph.emit("Add", [product, $0]) } ?? product)
    }

    private static func product(_ call: ONNXCall, _ left: String, _ right: String) throws {
        let type = try call.resultType()
        try call.give(
            call.graph.emit(
                "MatMul", [call.operand(left, as: type), call.operand(right, as: type)]))
    }

    /// `beta · self + alpha · left · right`.
    private static func sum(_ call: ONNXCall, _ left: String, _ right: String) throws {
        let graph = call.graph
        let type = try call.resultType()
        let (alpha, beta) = (
            try call.double("alpha", default: 1), try call.double("beta", default: 1)
        )
        let added = try call.operand("self", as: type)
        if call.node.operation.name == "addmm", type.isFloatingPoint {
            return try call.give(
                graph.emit(
                    "Gemm",
                    [call.operand(left, as: type), call.operand(right, as: type), added],
                    ["alpha": .float(Float(alpha)), "beta": .float(Float(beta))]))
        }
        let product = try graph.emit(
            "MatMul", [call.operand(left, as: type), call.operand(right, as: type)])
        try call.give(
            graph.emit("Add", [graph.scaled(added, by: beta), graph.scaled(product, by: alpha)]))
    }

    private static func exactAxes(_ call: ONNXCall, _ name: String, _ rank: Int) throws -> [Int] {
        try call.ints(name, default: []).isEmpty ? [] : call.axes(name, rank: rank)
    }

    /// The sum over pairs of axes, as `Einsum`.
    private static func contract(
        _ call: ONNXCall, _ left: ONNXOperand, _ leftRank: Int, _ leftAxes: [Int],
        _ right: ONNXOperand, _ rightRank: Int, _ rightAxes: [Int]
    ) throws {
        let letters = Array("abcdefghijklmnopqrstuvwxyz")
        guard leftRank + rightRank <= letters.count, leftAxes.count == rightAxes.count else {
            throw ONNXUnsupported(reason: "of so many dimensions")
        }
        let first = letters.prefix(leftRank)
        var second = Array(letters[leftRank..<leftRank + rightRank])
        for (one, other) in zip(leftAxes, rightAxes) { second[other] = first[one] }
        let kept =
            (0..<leftRank).filter { !leftAxes.contains($0) }.map { first[$0] }
            + (0..<rightRank).filter { !rightAxes.contains($0) }.map { second[$0] }
        let equation = "\(String(first)),\(String(second))->\(String(kept))"
        try call.give(
            call.graph.emit("Einsum", [left, right], ["equation": .string(equation)]))
    }
}

extension ONNXGraphWriter {
    /// The elements times a number.
    func scaled(_ operand: ONNXOperand, by factor: Double) throws -> ONNXOperand {
        factor == 1 ? operand : emit("Mul", [operand, try number(factor, operand.type)])
    }
}
