extension ExportedProgram {
    /// The description of a tensor, without its elements.
    public struct TensorMeta: Codable, Equatable, Sendable {
        /// The type of the elements.
        public var scalarType: ScalarType
        /// The size of each axis.
        public var sizes: [SymbolicInt]
        /// Whether the tensor is trained.
        public var requiresGradient: Bool
        /// Where the tensor lies.
        public var device: Device
        /// The step of each axis, in elements.
        public var strides: [SymbolicInt]
        /// The first element, counted in elements from the start of the storage.
        public var storageOffset: SymbolicInt
        /// Dense, or the kind of sparse.
        public var layout: Layout

        /// Makes a description; without strides it is that of a contiguous tensor of fixed sizes.
        public init(
            _ scalarType: ScalarType,
            sizes: [SymbolicInt],
            strides: [SymbolicInt]? = nil,
            storageOffset: SymbolicInt = 0,
            requiresGradient: Bool = false
        ) {
            self.scalarType = scalarType
            self.sizes = sizes
            self.strides = strides ?? Self.contiguousStrides(of: sizes)
            self.storageOffset = storageOffset
            self.requiresGradient = requiresGradient
            self.device = .cpu
            self.layout = .strided
        }

        // NB: PyTorch derives the strides of inner values again, so a symbolic size may count as 1.
        private static func contiguousStrides(of sizes: [SymbolicInt]) -> [SymbolicInt] {
            var strides: [SymbolicInt] = []
            var step = 1
            for size in sizes.reversed() {
                strides.append(.int(step))
                if case .int(let count) = size {
                    step = step.multipliedReportingOverflow(by: max(count, 1)).partialValue
                }
            }
            return strides.reversed()
        }

        private enum CodingKeys: String, CodingKey {
            case scalarType = "dtype"
            case sizes
            case requiresGradient = "requires_grad"
            case device
            case strides
            case storageOffset = "storage_offset"
            case layout
        }
    }

    /// A device by its type and number.
    public struct Device: Codable, Equatable, Sendable {
        /// The type, such as `cpu` or `cuda`.
        public var type: String
        /// The number, where there are several.
        public var index: Int?

        /// Makes a device.
        public init(type: String, index: Int? = nil) {
            self.type = type
            self.index = index
        }

        /// The processor's own memory.
        public static let cpu = Device(type: "cpu")
    }

    /// An expression of sizes, with the value it had when the program was exported.
    public struct SymbolicExpression: Codable, Equatable, Sendable {
        /// The expression as sympy writes it; `SizeExpression` reads and writes it.
        public var text: String
        /// The value at export; 2 or more, or none.
        ///
        /// PyTorch takes a dimension whose hint is 1 for fixed when it decomposes.
        public var hint: Hint?

        /// Makes an expression.
        public init(_ text: String, hint: Hint? = nil) {
            self.text = text
            self.hint = hint
        }

        private enum CodingKeys: String, CodingKey {
            case text = "expr_str"
            case hint
        }
    }

    /// The value of an expression at export.
    public enum Hint: Equatable, Sendable {
        /// An integer.
        case int(Int)
        /// A truth value.
        case bool(Bool)
        /// A number.
        case float(Double)
    }

    /// An integer, or an expression of sizes.
    public enum SymbolicInt: Equatable, Sendable, ExpressibleByIntegerLiteral {
        /// A number.
        case int(Int)
        /// An expression.
        case expression(SymbolicExpression)

        /// Makes a number.
        public init(integerLiteral value: Int) {
            self = .int(value)
        }

        /// Makes a number from a constant and an expression from everything else.
        public init(_ size: SizeExpression, hint: Int? = nil) {
            if let value = size.constant {
                self = .int(value)
            } else {
                self = .expression(SymbolicExpression(size.sympyText, hint: hint.map(Hint.int)))
            }
        }

        /// The size as a tree.
        ///
        /// - Throws: `FileFormatError` where the expression cannot be read.
        public func size(file: String) throws -> SizeExpression {
            switch self {
            case .int(let value): .integer(value)
            case .expression(let expression):
                try SizeExpression(parsing: expression.text, file: file)
            }
        }
    }

    /// A number, or an expression of sizes.
    public enum SymbolicFloat: Equatable, Sendable {
        /// A number.
        case float(Double)
        /// An expression.
        case expression(SymbolicExpression)
    }

    /// A truth value, or a condition on sizes.
    public enum SymbolicBool: Equatable, Sendable {
        /// A truth value.
        case bool(Bool)
        /// A condition.
        case expression(SymbolicExpression)
    }
}

extension ExportedProgram.Hint: TaggedUnion {
    static var unionName: String { "a hint" }

    init(_ entry: TaggedEntry) throws {
        self =
            switch entry.tag {
            case "as_int": .int(try entry.value())
            case "as_bool": .bool(try entry.value())
            case "as_float": .float(try entry.value())
            default: throw entry.unknown(Self.unionName)
            }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .int(let value): ("as_int", value)
        case .bool(let value): ("as_bool", value)
        case .float(let value): ("as_float", value)
        }
    }
}

extension ExportedProgram.SymbolicInt: TaggedUnion {
    static var unionName: String { "a size" }

    init(_ entry: TaggedEntry) throws {
        self =
            switch entry.tag {
            case "as_int": .int(try entry.value())
            case "as_expr": .expression(try entry.value())
            default: throw entry.unknown(Self.unionName)
            }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .int(let value): ("as_int", value)
        case .expression(let value): ("as_expr", value)
        }
    }
}

extension ExportedProgram.SymbolicFloat: TaggedUnion {
    static var unionName: String { "a symbolic number" }

    init(_ entry: TaggedEntry) throws {
        self =
            switch entry.tag {
            case "as_float": .float(try entry.value())
            case "as_expr": .expression(try entry.value())
            default: throw entry.unknown(Self.unionName)
            }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .float(let value): ("as_float", value)
        case .expression(let value): ("as_expr", value)
        }
    }
}

extension ExportedProgram.SymbolicBool: TaggedUnion {
    static var unionName: String { "a symbolic truth value" }

    init(_ entry: TaggedEntry) throws {
        self =
            switch entry.tag {
            case "as_bool": .bool(try entry.value())
            case "as_expr": .expression(try entry.value())
            default: throw entry.unknown(Self.unionName)
            }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .bool(let value): ("as_bool", value)
        case .expression(let value): ("as_expr", value)
        }
    }
}
