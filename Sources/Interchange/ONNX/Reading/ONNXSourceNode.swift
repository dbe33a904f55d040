import FileFormats
import Programs
import Tensors

/// A node of the graph while it is translated: its operands, its attributes, and the nodes that it becomes.
struct ONNXSourceNode {
    /// The node.
    let node: ONNXNode
    /// The version of the operator set that it is written in.
    let opset: Int
    /// The operands, in order; nil for one that is left out.
    let operands: [ONNXSourceValue?]
    /// The graph that it is of.
    let graph: ONNXFlatGraph
    /// Where nodes go.
    let assembly: ONNXAssembly

    /// What is wrong with the node, with the remedy after a semicolon.
    func refusal(
        _ message: String, _ kind: ProgramError.Kind = .unsupported
    ) -> ProgramError {
        ProgramError(kind, message)
    }

    // MARK: Operands

    /// An operand that has to be there.
    func operand(_ index: Int) throws -> ONNXSourceValue {
        guard let operand = optional(index) else {
            throw refusal("its input \(index) is missing; export the model again", .invalid)
        }
        return operand
    }

    /// An operand that may be left out.
    func optional(_ index: Int) -> ONNXSourceValue? {
        operands.indices.contains(index) ? operands[index] : nil
    }

    /// All operands, none of them left out.
    func all(from start: Int = 0) throws -> [ONNXSourceValue] {
        guard operands.count > start else {
            throw refusal("it has no input \(start); export the model again", .invalid)
        }
        return try (start..<operands.count).map { try operand($0) }
    }

    /// Whether a result is read, or given back.
    func isRead(_ index: Int) -> Bool {
        guard node.outputs.indices.contains(index), !node.outputs[index].isEmpty else {
            return false
        }
        return !graph.unread.contains(node.outputs[index])
    }

    /// Refuses a node whose results from `index` on are read.
    func refuseResults(from index: Int, _ what: String) throws {
        guard !node.outputs.indices.dropFirst(index).contains(where: isRead) else {
            throw refusal("\(what) is not supported; leave it out of the model")
        }
    }

    // MARK: Numbers

    /// The elements of an operand of at most one dimension, which may be computed by a run.
    func numbers(_ index: Int) throws -> [ONNXNumber] { try numbers(of: operand(index)) }

    /// The elements of a tensor of at most one dimension, which may be computed by a run.
    func numbers(of operand: ONNXSourceValue) throws -> [ONNXNumber] {
        if let numbers = operand.numbers { return numbers }
        let count = operand.rank == 0 ? 1 : operand.type.sizes[0].fixed ?? Int.max
        guard operand.rank <= 1, count <= 8 else {
            throw refusal(
                "\(operand.label) is \(operand.type), where a few numbers are needed; make it a "
                    + "constant of the model")
        }
        guard operand.rank == 1 else { return [try assembly.item(operand)] }
        return try (0..<count).map { place in
            try assembly.item(
                call(
                    "aten.select.int",
                    ["self": .tensor(operand), "dim": .int(0), "index": .int(place)]))
        }
    }

    /// The elements of an operand of whole numbers that have to be known.
    func ints(_ index: Int, _ what: String) throws -> [Int] {
        let numbers = try operand(index).numbers ?? [.value("", .unknown)]
        let ints = numbers.compactMap(\.int)
        guard ints.count == numbers.count else {
            throw refusal(
                "\(what), its input \(index), depends on what is passed to a run; make it a constant"
            )
        }
        return ints
    }

    // MARK: Attributes

    private func wrong(_ name: String, _ expected: String) -> ProgramError {
        refusal("its attribute \(name) is not \(expected); export the model again", .invalid)
    }

    /// A whole number, or what stands where there is none.
    func int(_ name: String, _ standard: Int) throws -> Int { try int(name) ?? standard }

    func int(_ name: String) throws -> Int? {
        switch node.attributes[name] {
        case nil: nil
        case .int(let int): int
        default: throw wrong(name, "a whole number")
        }
    }

    /// Whether a number is not zero.
    func flag(_ name: String, _ standard: Bool = false) throws -> Bool {
        try int(name, standard ? 1 : 0) != 0
    }

    /// Whole numbers; nil where there are none.
    func ints(_ name: String) throws -> [Int]? {
        switch node.attributes[name] {
        case nil: nil
        case .ints(let ints): ints
        default: throw wrong(name, "a list of whole numbers")
        }
    }

    /// A number, or what stands where there is none.
    func float(_ name: String, _ standard: Double) throws -> Double {
        switch node.attributes[name] {
        case nil: standard
        case .float(let float): shortest(float)
        case .int(let int): Double(int)
        default: throw wrong(name, "a number")
        }
    }

    /// A text, or what stands where there is none.
    func string(_ name: String, _ standard: String = "") throws -> String {
        switch node.attributes[name] {
        case nil: standard
        case .string(let text): text
        default: throw wrong(name, "a text")
        }
    }

    /// A tensor; nil where there is none.
    func tensor(_ name: String) throws -> Tensor? {
        switch node.attributes[name] {
        case nil: nil
        case .tensor(let array): try Tensor(array)
        default: throw wrong(name, "a tensor")
        }
    }

    /// Refuses a node whose attribute is not what it is where it is left out.
    func refuse(_ name: String, unless standard: Int = 0) throws {
        guard let int = try int(name), int != standard else { return }
        throw refusal("\(name) = \(int) is not supported")
    }

    /// The double that a reader would write for a single-precision number: 1e-5, not 9.99999974e-6.
    private func shortest(_ float: Float) -> Double { Double(float.description) ?? Double(float) }

    // MARK: Axes

    /// A dimension counted from the first; throws where there is no such dimension.
    func axis(_ axis: Int, rank: Int) throws -> Int {
        guard (-rank..<rank).contains(axis) else {
            throw refusal(
                "it has no dimension \(axis) among \(rank); export the model again", .invalid)
        }
        return axis < 0 ? axis + rank : axis
    }

    /// Dimensions counted from the first, each once.
    func axes(_ axes: [Int], rank: Int) throws -> [Int] {
        let found = try axes.map { try axis($0, rank: rank) }
        guard Set(found).count == found.count else {
            throw refusal("it names a dimension twice; export the model again", .invalid)
        }
        return found
    }

    // MARK: Nodes

    /// Appends a node with one result.
    func call(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, ONNXSourceArgument>
    ) throws -> ONNXSourceValue {
        try assembly.call(operation, arguments, label: node.outputs.first ?? "")
    }

    /// Appends a node with several results.
    func results(
        _ operation: OperatorName, _ arguments: KeyValuePairs<String, ONNXSourceArgument>,
        count: Int
    ) throws -> [ONNXSourceValue] {
        try assembly.results(operation, arguments, count: count, label: node.outputs.first ?? "")
    }

    /// A tensor made here.
    func constant(_ tensor: Tensor) -> ONNXSourceValue {
        ONNXSourceValue(tensor, label: node.outputs.first ?? "")
    }

    /// A tensor of numbers: of one dimension, or of none.
    func operand(
        _ numbers: [ONNXNumber], type: ScalarType = .int64, isScalar: Bool = false
    ) throws -> ONNXSourceValue {
        let label = node.outputs.first ?? ""
        let shape = isScalar ? [] : [numbers.count]
        guard numbers.contains(where: \.isComputed) else {
            let doubles = numbers.map(\.asDouble)
            let tensor =
                type.isFloatingPoint
                ? Tensor(doubles, shape: shape)
                : Tensor(numbers.map(\.asInt), shape: shape)
            return ONNXSourceValue(try tensor.converted(to: type), label: label)
        }
        return ONNXSourceValue(
            .numbers(numbers), TensorType(type, shape.map(Size.fixed)), label: label)
    }

    /// `self` in another type.
    func converted(_ operand: ONNXSourceValue, to type: ScalarType) throws -> ONNXSourceValue {
        guard operand.scalarType != type else { return operand }
        return try call("aten.to.dtype", ["self": .tensor(operand), "dtype": .type(type)])
    }
}

extension ONNXNumber {
    fileprivate var asDouble: Double {
        switch self {
        case .int(let int): Double(int)
        case .double(let double): double
        case .bool(let bool): bool ? 1 : 0
        case .value: 0
        }
    }

    fileprivate var asInt: Int {
        switch self {
        case .int(let int): int
        case .double(let double): Int(exactly: double.rounded(.towardZero)) ?? 0
        case .bool(let bool): bool ? 1 : 0
        case .value: 0
        }
    }
}
