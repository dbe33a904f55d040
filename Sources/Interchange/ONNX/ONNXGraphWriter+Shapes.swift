import FileFormats
import Programs
import Tensors

extension ONNXGraphWriter {
    /// Numbers as an int64 tensor of one dimension.
    func ints(_ numbers: [Int]) throws -> ONNXOperand {
        try constant(Tensor(numbers, shape: [numbers.count]))
    }

    /// A number without dimensions.
    func number(_ number: Double, _ type: ScalarType) throws -> ONNXOperand {
        try constant(.full([], number, type: type))
    }

    /// A whole number without dimensions.
    func number(_ number: Int, _ type: ScalarType = .int64) throws -> ONNXOperand {
        type == .int64
            ? try constant(Tensor([number], shape: []))
            : try constant(.full([], Double(number), type: type))
    }

    /// A tensor filled with one number, known now.
    func constant(_ shape: [Int], filledWith number: Double, _ type: ScalarType) throws
        -> ONNXOperand
    {
        try constant(.full(shape.limited(), number, type: type))
    }

    /// The elements as another type.
    func cast(_ operand: ONNXOperand, to type: ScalarType) throws -> ONNXOperand {
        guard operand.type != type else { return operand }
        guard let element = type.elementType else {
            throw ONNXUnsupported(reason: "elements of \(type)")
        }
        return emit("Cast", [operand], ["to": .int(element.onnxCode)], type: type)
    }

    /// Sizes as an int64 tensor of one dimension.
    func vector(_ dimensions: [ONNXDimension]) throws -> ONNXOperand {
        let fixed = dimensions.compactMap(\.fixed)
        if fixed.count == dimensions.count { return try ints(fixed) }
        if dimensions.count == 1, case .computed(let operand) = dimensions[0] { return operand }
        let parts = try dimensions.map { dimension in
            switch dimension {
            case .fixed(let number): try ints([number])
            case .computed(let operand): operand
            }
        }
        return emit("Concat", parts, ["axis": .int(0)])
    }

    /// The tensor in other sizes; at most one is -1.
    func reshape(_ operand: ONNXOperand, _ dimensions: [ONNXDimension]) throws -> ONNXOperand {
        var dimensions = dimensions
        let fixed = dimensions.compactMap(\.fixed)
        // One size that is computed need not be: the others decide it.
        if fixed.count == dimensions.count - 1, !fixed.contains(where: { $0 < 1 }) {
            dimensions = dimensions.map { .fixed($0.fixed ?? -1) }
        }
        return emit(
            "Reshape", [operand, try vector(dimensions)],
            fixed.contains(0) ? ["allowzero": .int(1)] : [:])
    }

    /// The sizes of a tensor as int64 of one dimension, or those of a range of its axes.
    func shape(_ operand: ONNXOperand, _ axes: Range<Int>? = nil) -> ONNXOperand {
        let attributes: [String: ONNXAttribute]? = axes.map {
            ["start": .int($0.lowerBound), "end": .int($0.upperBound)]
        }
        return emit("Shape", [operand], attributes ?? [:], type: .int64)
    }

    func unsqueeze(_ operand: ONNXOperand, _ axes: [Int]) throws -> ONNXOperand {
        axes.isEmpty ? operand : emit("Unsqueeze", [operand, try ints(axes)])
    }

    func squeeze(_ operand: ONNXOperand, _ axes: [Int]) throws -> ONNXOperand {
        axes.isEmpty ? operand : emit("Squeeze", [operand, try ints(axes)])
    }

    func transpose(_ operand: ONNXOperand, _ order: [Int]) -> ONNXOperand {
        order == Array(order.indices)
            ? operand : emit("Transpose", [operand], ["perm": .ints(order)])
    }

    /// The part of a tensor along one axis.
    func slice(
        _ operand: ONNXOperand, axis: Int, from start: ONNXDimension, to end: ONNXDimension,
        step: Int = 1
    ) throws -> ONNXOperand {
        emit(
            "Slice",
            [operand, try vector([start]), try vector([end]), try ints([axis]), try ints([step])])
    }

    /// A reduction over axes, in the form that the operator set has for it.
    func reduce(
        _ operation: String, _ operand: ONNXOperand, _ axes: [Int], keeping: Bool
    ) throws -> ONNXOperand {
        var attributes: [String: ONNXAttribute] = ["keepdims": .int(keeping ? 1 : 0)]
        if opset.rawValue >= 18 || operation == "ReduceSum" {
            return emit(operation, [operand, axes.isEmpty ? nil : try ints(axes)], attributes)
        }
        if !axes.isEmpty { attributes["axes"] = .ints(axes) }
        return emit(operation, [operand], attributes)
    }

    /// Parts of given sizes along an axis.
    func split(_ operand: ONNXOperand, axis: Int, sizes: [Int]) throws -> [ONNXOperand] {
        if sizes.count == 1 { return [operand] }
        return emit(
            "Split", [operand, try ints(sizes)], ["axis": .int(axis)],
            types: sizes.map { _ in operand.type })
    }

    func concatenate(_ operands: [ONNXOperand], axis: Int) -> ONNXOperand {
        operands.count == 1
            ? operands[0] : emit("Concat", operands, ["axis": .int(axis)])
    }

    /// A tensor filled with one number.
    func filled(
        _ dimensions: [ONNXDimension], with number: Double, _ type: ScalarType
    ) throws -> ONNXOperand {
        try filled(vector(dimensions), with: number, type)
    }

    /// A tensor filled with one number, its sizes given as a tensor.
    func filled(
        _ shape: ONNXOperand, with number: Double, _ type: ScalarType
    ) throws -> ONNXOperand {
        let element = try RawArray(Tensor.full([1], number, type: type))
        return emit("ConstantOfShape", [shape], ["value": .tensor(element)], type: type)
    }

    /// The numbers from zero up to a size, int64.
    func range(_ size: ONNXDimension) throws -> ONNXOperand {
        switch size {
        case .fixed(let count):
            (0...4096).contains(count)
                ? try ints(Array(0..<count))
                : emit("Range", [try number(0), try number(count), try number(1)])
        case .computed(let count):
            emit("Range", [try number(0), try squeeze(count, [0]), try number(1)])
        }
    }

    /// The product of sizes.
    func product(_ dimensions: [ONNXDimension]) throws -> ONNXDimension {
        var fixed = 1
        var computed: ONNXOperand?
        for dimension in dimensions {
            switch dimension {
            case .fixed(let number): fixed = try fixed.times(number)
            case .computed(let size): computed = computed.map { emit("Mul", [$0, size]) } ?? size
            }
        }
        guard let computed else { return .fixed(fixed) }
        return .computed(fixed == 1 ? computed : emit("Mul", [computed, try ints([fixed])]))
    }
}

extension [Int] {
    /// The sizes, where a tensor of them may be stored in the model: files may hold any numbers.
    func limited() throws -> [Int] {
        let count = try reduce(1) { try $0.times($1) }
        guard allSatisfy({ $0 >= 0 }), count <= 1 << 24 else {
            throw ONNXUnsupported(reason: "with constants of \(self)")
        }
        return self
    }
}

extension Int {
    /// The product; sizes in files may be anything.
    func times(_ other: Int) throws -> Int {
        let product = multipliedReportingOverflow(by: other)
        guard !product.overflow else { throw ONNXUnsupported(reason: "sizes that are too large") }
        return product.partialValue
    }
}
