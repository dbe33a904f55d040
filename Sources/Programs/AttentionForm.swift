import Tensors

extension Node {
    /// The rate at which the node drops; 0 where it does not.
    var dropRate: Double {
        switch self["dropout_p"] ?? self["p"] ?? self["dropout"] {
        case .double(let rate): rate
        case .int(let rate): Double(rate)
        default: 0
        }
    }

    /// Whether it draws random numbers in training that no generator can be passed to.
    var drawsInTraining: Bool {
        guard operation.library == "aten" else { return false }
        switch operation.name {
        case "feature_dropout", "alpha_dropout", "feature_alpha_dropout", "native_dropout":
            return dropRate != 0
        case "rrelu", "rrelu_with_noise": return true
        default: return false
        }
    }

    /// Attention with dropout as plain products: libtorch's own takes no generator.
    ///
    /// softmax(Q·Kᵀ·scale + mask), dropout on it, times V.
    func attentionWritten(in program: Program) throws -> [Node] {
        guard let query = value("query"), let key = value("key"), let values = value("value"),
            let output, self["enable_gqa"] ?? .bool(false) == .bool(false),
            let width = program.type(of: query)?.tensor?.sizes.last?.fixed
        else {
            throw ProgramError(
                .unsupported, "dropout in attention of this form cannot be trained: \(place)")
        }
        let scale: Double =
            if case .double(let scale) = self["scale"] { scale } else {
                1 / Double(width).squareRoot()
            }
        var steps: [Node] = []
        func step(_ operation: OperatorName, _ arguments: KeyValuePairs<String, Argument>) -> Value
        {
            let value = Value("\(output).step.\(steps.count)")
            steps.append(Node(operation, arguments, outputs: [value], source: source))
            return value
        }
        let turned = step(
            "aten.transpose.int", ["self": .value(key), "dim0": .int(-2), "dim1": .int(-1)])
        let products = step(
            "aten.matmul.default", ["self": .value(query), "other": .value(turned)])
        var scores = step(
            "aten.mul.Scalar", ["self": .value(products), "other": .double(scale)])
        if self["is_causal"] == .bool(true) {
            let ones = step(
                "aten.ones_like.default", ["self": .value(scores), "dtype": .scalarType(.bool)])
            let future = step(
                "aten.triu.default", ["self": .value(ones), "diagonal": .int(1)])
            scores = step(
                "aten.masked_fill.Scalar",
                ["self": .value(scores), "mask": .value(future), "value": .double(-.infinity)])
        }
        if let mask = value("attn_mask") {
            if program.type(of: mask)?.tensor?.scalarType == .bool {
                let hidden = step("aten.logical_not.default", ["self": .value(mask)])
                scores = step(
                    "aten.masked_fill.Scalar",
                    ["self": .value(scores), "mask": .value(hidden), "value": .double(-.infinity)])
            } else {
                scores = step(
                    "aten.add.Tensor", ["self": .value(scores), "other": .value(mask)])
            }
        }
        let weights = step("aten.softmax.int", ["self": .value(scores), "dim": .int(-1)])
        let kept = step(
            "aten.dropout.default",
            ["input": .value(weights), "p": .double(dropRate), "train": .bool(true)])
        steps.append(
            Node(
                "aten.matmul.default", ["self": .value(kept), "other": .value(values)],
                outputs: [output], source: source))
        return steps
    }
}
