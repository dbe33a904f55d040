extension ExportedProgram {
    /// The name of a value of the graph; a text literal will do.
    public struct TensorReference: Codable, Equatable, Sendable, ExpressibleByStringLiteral {
        /// The name.
        public var name: String

        /// Makes a reference.
        public init(_ name: String) {
            self.name = name
        }

        /// Makes a reference from a literal.
        public init(stringLiteral name: String) {
            self.name = name
        }
    }

    /// A tensor by name, or none.
    public enum OptionalTensor: Equatable, Sendable {
        /// A tensor by name.
        case tensor(TensorReference)
        /// No tensor.
        case null
    }

    /// An integer argument, or the name of one that is computed from sizes.
    public enum SymbolicIntArgument: Equatable, Sendable {
        /// The name of a value of the graph.
        case name(String)
        /// A number.
        case int(Int)
    }

    /// A number, or the name of one that is computed from sizes.
    public enum SymbolicFloatArgument: Equatable, Sendable {
        /// The name of a value of the graph.
        case name(String)
        /// A number.
        case float(Double)
    }

    /// A truth value, or the name of one that is computed from sizes.
    public enum SymbolicBoolArgument: Equatable, Sendable {
        /// The name of a value of the graph.
        case name(String)
        /// A truth value.
        case bool(Bool)
    }

    /// A custom object by name.
    public struct CustomObject: Codable, Equatable, Sendable {
        /// The name of the value.
        public var name: String
        /// The full name of the object's class.
        public var className: String

        /// Makes a custom object.
        public init(name: String, className: String) {
            self.name = name
            self.className = className
        }

        private enum CodingKeys: String, CodingKey {
            case name
            case className = "class_fqn"
        }
    }

    /// A complex number.
    public struct Complex: Codable, Equatable, Sendable {
        /// The real part.
        public var real: Double
        /// The imaginary part.
        public var imaginary: Double

        /// Makes a complex number.
        public init(real: Double, imaginary: Double) {
            self.real = real
            self.imaginary = imaginary
        }

        private enum CodingKeys: String, CodingKey {
            case real
            case imaginary = "imag"
        }
    }
}

extension ExportedProgram.OptionalTensor: TaggedUnion {
    static var unionName: String { "an optional tensor" }

    init(_ entry: TaggedEntry) throws {
        self =
            switch entry.tag {
            case "as_tensor": .tensor(try entry.value())
            case "as_none": try entry.value(Bool.self) ? .null : .null
            default: throw entry.unknown(Self.unionName)
            }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .tensor(let value): ("as_tensor", value)
        case .null: ("as_none", true)
        }
    }
}

extension ExportedProgram.SymbolicIntArgument: TaggedUnion {
    static var unionName: String { "an integer of sizes" }

    init(_ entry: TaggedEntry) throws {
        self =
            switch entry.tag {
            case "as_name": .name(try entry.value())
            case "as_int": .int(try entry.value())
            default: throw entry.unknown(Self.unionName)
            }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .name(let value): ("as_name", value)
        case .int(let value): ("as_int", value)
        }
    }
}

extension ExportedProgram.SymbolicFloatArgument: TaggedUnion {
    static var unionName: String { "a number of sizes" }

    init(_ entry: TaggedEntry) throws {
        self =
            switch entry.tag {
            case "as_name": .name(try entry.value())
            case "as_float": .float(try entry.value())
            default: throw entry.unknown(Self.unionName)
            }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .name(let value): ("as_name", value)
        case .float(let value): ("as_float", value)
        }
    }
}

extension ExportedProgram.SymbolicBoolArgument: TaggedUnion {
    static var unionName: String { "a truth value of sizes" }

    init(_ entry: TaggedEntry) throws {
        self =
            switch entry.tag {
            case "as_name": .name(try entry.value())
            case "as_bool": .bool(try entry.value())
            default: throw entry.unknown(Self.unionName)
            }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .name(let value): ("as_name", value)
        case .bool(let value): ("as_bool", value)
        }
    }
}
