import FileFormats
import Programs
import Tensors

/// One node of a Program that is being translated: what it is called with, and where its results go.
struct ONNXCall {
    let node: Node
    let program: Program
    let graph: ONNXGraphWriter

    // MARK: Tensors

    /// The tensor that an argument is.
    func tensor(_ name: String) throws -> ONNXOperand {
        guard let operand = try optional(name) else {
            throw ONNXUnsupported(reason: "without \(name)")
        }
        return operand
    }

    /// The tensor that an argument is; nil where it is left out.
    func optional(_ name: String) throws -> ONNXOperand? {
        guard let value = node.value(name) else { return nil }
        return try graph.operand(value)
    }

    /// The tensors of a list.
    func tensors(_ name: String) throws -> [ONNXOperand] {
        guard case .list(let items)? = node[name] else { return [] }
        return try items.map { item in
            guard case .value(let value) = item else {
                throw ONNXUnsupported(reason: "a list with something else than tensors")
            }
            return try graph.operand(value)
        }
    }

    /// A tensor or a number as a tensor of a type.
    func operand(_ name: String, as type: ScalarType) throws -> ONNXOperand {
        switch node[name] {
        case .value(let value): try graph.cast(graph.operand(value), to: type)
        case .int(let number): try graph.number(number, type)
        case .double(let number): try graph.number(number, type)
        case .bool(let bool): try graph.number(bool ? 1 : 0, type)
        default: throw ONNXUnsupported(reason: "without \(name)")
        }
    }

    /// The type of the tensor or scalar that an argument is.
    func type(_ name: String) throws -> TensorType {
        guard let value = node.value(name), let type = program.type(of: value)?.tensor else {
            throw ONNXUnsupported(reason: "\(name) of unknown type")
        }
        return type
    }

    /// The number of a tensor's dimensions.
    func rank(_ name: String) throws -> Int { try type(name).sizes.count }

    /// One size of a tensor, as a number where it is one.
    func dimension(_ name: String, _ axis: Int) throws -> ONNXDimension {
        let sizes = try type(name).sizes
        guard sizes.indices.contains(axis) else {
            throw ONNXUnsupported(reason: "of \(sizes.count) dimensions")
        }
        if let fixed = sizes[axis].fixed { return .fixed(fixed) }
        return .computed(graph.shape(try tensor(name), axis..<axis + 1))
    }

    /// All sizes of a tensor.
    func dimensions(of name: String) throws -> [ONNXDimension] {
        try (0..<rank(name)).map { try dimension(name, $0) }
    }

    /// One size of a tensor, which has to be a number.
    func fixedSize(_ name: String, _ axis: Int) throws -> Int {
        let sizes = try type(name).sizes
        guard sizes.indices.contains(axis), let size = sizes[axis].fixed else {
            throw ONNXUnsupported(reason: "where size \(axis) of \(name) is free")
        }
        guard (0...Self.largestNumber).contains(size) else {
            throw ONNXUnsupported(reason: "of size \(size)")
        }
        return size
    }

    // MARK: Other arguments

    /// The largest magnitude of a number that is computed with; files may hold any.
    private static let largestNumber = 1 << 31

    private func checked(_ number: Int, _ name: String) throws -> Int {
        guard number.magnitude <= UInt(Self.largestNumber) else {
            throw ONNXUnsupported(reason: "where \(name) is \(number)")
        }
        return number
    }

    func int(_ name: String, default standard: Int? = nil) throws -> Int {
        switch node[name] {
        case .int(let number): return try checked(number, name)
        case .bool(let bool): return bool ? 1 : 0
        case nil, .some(.none):
            if let standard { return standard }
        default: break
        }
        throw ONNXUnsupported(reason: "where \(name) is not a number")
    }

    func double(_ name: String, default standard: Double? = nil) throws -> Double {
        switch node[name] {
        case .int(let number): return Double(number)
        case .double(let number): return number
        case .bool(let bool): return bool ? 1 : 0
        case nil, .some(.none):
            if let standard { return standard }
        default: break
        }
        throw ONNXUnsupported(reason: "where \(name) is not a number")
    }

    func bool(_ name: String, default standard: Bool = false) throws -> Bool {
        switch node[name] {
        case .bool(let bool): bool
        case .int(let number): number != 0
        case nil, .some(.none): standard
        default: throw ONNXUnsupported(reason: "where \(name) is not known")
        }
    }

    func string(_ name: String, default standard: String = "") -> String {
        guard case .string(let text)? = node[name] else { return standard }
        return text
    }

    /// A list of numbers; a single number is a list of one.
    func ints(_ name: String, default standard: [Int]? = nil) throws -> [Int] {
        switch node[name] {
        case .int(let number): return [try checked(number, name)]
        case .list(let items):
            let numbers = items.compactMap { item in
                if case .int(let number) = item { number } else { Int?.none }
            }
            guard numbers.count == items.count else { break }
            return try numbers.map { try checked($0, name) }
        case nil, .some(.none):
            if let standard { return standard }
        default: break
        }
        throw ONNXUnsupported(reason: "where \(name) is not numbers")
    }

    /// A list of numbers, one for each spatial dimension; a single one stands for all.
    func ints(_ name: String, count: Int, default standard: Int) throws -> [Int] {
        let numbers = try ints(name, default: [])
        switch numbers.count {
        case 0: return Array(repeating: standard, count: count)
        case 1: return Array(repeating: numbers[0], count: count)
        case count: return numbers
        default: throw ONNXUnsupported(reason: "where \(name) has \(numbers.count) numbers")
        }
    }

    func doubles(_ name: String) throws -> [Double]? {
        guard case .list(let items)? = node[name] else { return nil }
        return try items.map { item in
            switch item {
            case .double(let number): return number
            case .int(let number): return Double(number)
            default: throw ONNXUnsupported(reason: "where \(name) is not numbers")
            }
        }
    }

    /// An axis, counted from the start.
    func axis(_ name: String, rank: Int, default standard: Int? = nil) throws -> Int {
        let axis = try int(name, default: standard)
        guard (-max(rank, 1)..<max(rank, 1)).contains(axis) else {
            throw ONNXUnsupported(reason: "where \(name) is \(axis) of \(rank) dimensions")
        }
        return axis < 0 ? axis + max(rank, 1) : axis
    }

    /// Axes counted from the start; all of them where none are given.
    func axes(_ name: String, rank: Int) throws -> [Int] {
        let given = try ints(name, default: [])
        if given.isEmpty { return Array(0..<rank) }
        return try given.map { axis in
            guard (-max(rank, 1)..<max(rank, 1)).contains(axis) else {
                throw ONNXUnsupported(reason: "where \(name) is \(axis) of \(rank) dimensions")
            }
            return axis < 0 ? axis + rank : axis
        }
    }

    /// A number or a computed scalar as a size.
    func size(_ argument: Argument?) throws -> ONNXDimension {
        switch argument {
        case .int(let number): .fixed(number)
        case .value(let value):
            .computed(
                try graph.emit(
                    "Reshape", [graph.cast(graph.operand(value), to: .int64), graph.ints([1])]))
        default: throw ONNXUnsupported(reason: "a size that is not a number")
        }
    }

    /// A list of numbers and computed scalars as sizes.
    func sizes(_ name: String) throws -> [ONNXDimension] {
        guard case .list(let items)? = node[name] else { return [try size(node[name])] }
        return try items.map(size)
    }

    // MARK: Results

    /// The type of a result.
    func resultType(_ index: Int = 0) throws -> ScalarType {
        guard index < node.outputs.count, let value = node.outputs[index] else { return .float32 }
        switch program.type(of: value) {
        case .tensor(let type): return type.scalarType
        case .scalar: return .int64
        default: throw ONNXUnsupported(reason: "a result of unknown type")
        }
    }

    /// The sizes of a result.
    func resultSizes(_ index: Int = 0) throws -> [Size] {
        guard index < node.outputs.count, let value = node.outputs[index],
            let type = program.type(of: value)?.tensor
        else { throw ONNXUnsupported(reason: "a result of unknown type") }
        return type.sizes
    }

    /// One size of a result, which has to be a number.
    func fixedResultSize(_ index: Int, _ axis: Int) throws -> Int {
        let sizes = try resultSizes(index)
        guard sizes.indices.contains(axis), let size = sizes[axis].fixed else {
            throw ONNXUnsupported(reason: "where size \(axis) of a result is free")
        }
        return size
    }

    /// Says what a result is; it is converted to the type that the Program states.
    func give(_ operand: ONNXOperand, _ index: Int = 0) throws {
        guard index < node.outputs.count, let value = node.outputs[index] else { return }
        guard let type = program.type(of: value)?.tensor else {
            return graph.bind(value, to: operand)
        }
        graph.bind(value, to: try graph.cast(operand, to: type.scalarType))
    }

    /// Whether a result is read at all.
    func isRead(_ index: Int) -> Bool { index < node.outputs.count && node.outputs[index] != nil }

    /// Refuses a result that this translation does not compute.
    func requireUnread(_ index: Int, _ what: String) throws {
        if isRead(index) { throw ONNXUnsupported(reason: "where its \(what) is read") }
    }
}
