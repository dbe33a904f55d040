import FileFormats
import Programs
import Tensors

extension ONNXReaders {
    /// Tensors from numbers, and masks.
    static let creation: [String: Translation] = [
        "Constant": constant, "ConstantOfShape": constantOfShape, "Range": range,
        "OneHot": oneHot, "EyeLike": eyeLike, "Trilu": trilu,
    ]

    /// The most elements that a tensor has which is made of one number while reading.
    private static let largest = 1 << 24

    private static let constant: Translation = { call in
        switch call.node.attributes.first {
        case ("value", .tensor(let array))?: [call.constant(try Tensor(array))]
        case ("value_float", .float(let float))?: [call.constant(Tensor(float))]
        case ("value_int", .int(let int))?: [call.constant(Tensor(int))]
        case ("value_floats", .floats(let floats))?: [call.constant(Tensor(floats))]
        case ("value_ints", .ints(let ints))?: [call.constant(Tensor(ints))]
        default:
            throw call.refusal("a constant that is neither numbers nor a tensor is not supported")
        }
    }

    private static let constantOfShape: Translation = { call in
        let value = try call.tensor("value") ?? Tensor([Float(0)])
        guard value.count == 1, let number = ONNXSourceValue(value, label: "").scalar else {
            throw call.refusal("its value is not one number; export the model again", .invalid)
        }
        let sizes = try call.numbers(0)
        let fixed = sizes.compactMap(\.int)
        if fixed.count == sizes.count, fixed.reduce(1.0, { $0 * Double($1) }) <= Double(largest),
            fixed.allSatisfy({ $0 >= 0 })
        {
            return [call.constant(try .full(fixed, value.item(), type: value.scalarType))]
        }
        return [
            try call.call(
                "aten.full.default",
                [
                    "size": .numbers(sizes), "fill_value": .plain(number),
                    "dtype": .type(value.scalarType), "device": .cpu,
                ])
        ]
    }

    private static let range: Translation = { call in
        let type = try call.operand(0).scalarType
        let numbers = try (0..<3).map { index -> ONNXNumber in
            guard let number = try call.numbers(index).first else {
                throw call.refusal("its input \(index) is empty; export the model again", .invalid)
            }
            return number
        }
        let ints = numbers.compactMap(\.int)
        if ints.count == 3, ints[2] != 0 {
            let (span, overflow) = ints[1].subtractingReportingOverflow(ints[0])
            let (steps, isTooMany) = span.dividedReportingOverflow(by: ints[2])
            guard !overflow, !isTooMany, steps <= largest else {
                throw call.refusal("a range of so many numbers is not supported")
            }
            let isForward = (span < 0) == (ints[2] < 0)
            let count = isForward ? steps + (span % ints[2] == 0 ? 0 : 1) : 0
            let all = (0..<count).map { ints[0] + $0 * ints[2] }
            return [call.constant(try Tensor(all).converted(to: type))]
        }
        return [
            try call.call(
                "aten.arange.start_step",
                [
                    "start": .number(numbers[0]), "end": .number(numbers[1]),
                    "step": .number(numbers[2]), "dtype": .type(type), "device": .cpu,
                ])
        ]
    }

    /// Indices that are negative count from the end; those out of range are off.
    private static let oneHot: Translation = { call in
        let indices = try call.converted(call.operand(0), to: .int64)
        guard let depth = try call.numbers(1).first else {
            throw call.refusal("its depth is empty; export the model again", .invalid)
        }
        let values = try call.operand(2)
        let axis = try call.axis(call.int("axis", -1), rank: indices.rank + 1)
        let range = try call.call(
            "aten.arange.start_step",
            [
                "start": .int(0), "end": .number(depth), "step": .int(1), "dtype": .type(.int64),
                "device": .cpu,
            ])
        var shape = Array(repeating: ONNXNumber.int(1), count: indices.rank + 1)
        shape[axis] = .int(-1)
        let places = try call.reshaped(range, to: shape)
        let given = try call.call(
            "aten.unsqueeze.default", ["self": .tensor(indices), "dim": .int(axis)])
        let isNegative = try call.call(
            "aten.lt.Scalar", ["self": .tensor(given), "other": .int(0)])
        let moved = try call.call(
            "aten.add.Scalar", ["self": .tensor(given), "other": .number(depth)])
        let wrapped = try call.call(
            "aten.where.self",
            ["condition": .tensor(isNegative), "self": .tensor(moved), "other": .tensor(given)])
        let isOn = try call.call(
            "aten.eq.Tensor", ["self": .tensor(wrapped), "other": .tensor(places)])
        let parts = try (0..<2).map { place in
            try call.call(
                "aten.select.int",
                ["self": .tensor(values), "dim": .int(0), "index": .int(place)])
        }
        return [
            try call.call(
                "aten.where.self",
                ["condition": .tensor(isOn), "self": .tensor(parts[1]), "other": .tensor(parts[0])])
        ]
    }

    private static let eyeLike: Translation = { call in
        let x = try call.operand(0)
        let type = try type("dtype", of: call) ?? x.scalarType
        let offset = try call.int("k", 0)
        guard let shape = x.type.shape, shape.count == 2,
            shape.allSatisfy({ $0 <= 4096 }), offset.magnitude <= 1 << 24
        else { throw call.refusal("a matrix like \(x.type) is not supported") }
        var elements = [Float](repeating: 0, count: shape[0] * shape[1])
        for row in 0..<shape[0] where 0..<shape[1] ~= row + offset {
            elements[row * shape[1] + row + offset] = 1
        }
        return [call.constant(try Tensor(elements, shape: shape).converted(to: type))]
    }

    private static let trilu: Translation = { call in
        let x = try call.operand(0)
        let diagonal = try call.optional(1) == nil ? .int(0) : call.numbers(1).first ?? .int(0)
        return [
            try call.call(
                call.flag("upper", true) ? "aten.triu.default" : "aten.tril.default",
                ["self": .tensor(x), "diagonal": .number(diagonal)])
        ]
    }
}
