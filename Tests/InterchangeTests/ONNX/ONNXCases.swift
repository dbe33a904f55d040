import OrderedCollections
import Programs
import Tensors

/// The operators that are compared with ONNX Runtime one by one.
enum ONNXCases {
    static let all: [ONNXCase] = {
        var all = products + convolutions + norms
        all += pools + attentions + recurrences
        all += activations + activationsOfArguments + functions + functionsOfFractions
        all += arithmetic + comparisons + logic + creations
        all += shapes + arrangements + reductions + indexings + scatterings
        all += windows + resizings + scalars
        all += variants + [scalarOperations]
        return all
    }()

    static let x = Argument.value("x")
    static let y = Argument.value("y")
    static let z = Argument.value("z")

    /// Operators of one tensor and no other argument.
    static func unary(
        _ names: [String], _ inputs: [ONNXCase.Input] = [.init([-1, 7])]
    ) -> [ONNXCase] {
        names.map { name in
            .of(
                name, OperatorName("aten.\(name).default") ?? "aten.relu.default", ["self": x],
                inputs)
        }
    }
}
