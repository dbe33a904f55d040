extension ExportedProgram {
    /// An argument or a result of an operator.
    public enum Argument: Equatable, Sendable {
        /// Nothing: Python's `None`.
        case null
        /// A tensor by name.
        case tensor(TensorReference)
        /// A list of tensors by name.
        case tensors([TensorReference])
        /// A list of lists of tensors by name.
        case nestedTensors([[TensorReference]])
        /// A tensor by name, or none.
        case optionalTensor(OptionalTensor)
        /// A list in which each element is a tensor by name, or none.
        case optionalTensors([OptionalTensor])
        /// An integer.
        case int(Int)
        /// A list of integers.
        case ints([Int])
        /// A list of lists of integers.
        case intLists([[Int]])
        /// A number; it may be infinite or not a number.
        case float(Double)
        /// A list of numbers.
        case floats([Double])
        /// A list of lists of numbers.
        case floatLists([[Double]])
        /// A complex number.
        case complex(Complex)
        /// A truth value.
        case bool(Bool)
        /// A list of truth values.
        case bools([Bool])
        /// A text.
        case string(String)
        /// A list of texts.
        case strings([String])
        /// An integer that is computed from sizes.
        case symbolicInt(SymbolicIntArgument)
        /// A list of integers, some of which are computed from sizes.
        case symbolicInts([SymbolicIntArgument])
        /// A number that is computed from sizes.
        case symbolicFloat(SymbolicFloatArgument)
        /// A list of numbers, some of which are computed from sizes.
        case symbolicFloats([SymbolicFloatArgument])
        /// A truth value that is computed from sizes.
        case symbolicBool(SymbolicBoolArgument)
        /// A list of truth values, some of which are computed from sizes.
        case symbolicBools([SymbolicBoolArgument])
        /// The type of a tensor's elements.
        case scalarType(ScalarType)
        /// The order of a tensor's axes in memory.
        case memoryFormat(MemoryFormat)
        /// Dense, or the kind of sparse.
        case layout(Layout)
        /// A device.
        case device(Device)
        /// A sub-graph, of `cond` and its kin.
        indirect case graph(GraphArgument)
        /// A custom object.
        case customObject(CustomObject)
        /// An operator by name.
        case `operator`(String)
        /// Arguments by name.
        case arguments([String: Argument])
    }

    /// A sub-graph under its name.
    public struct GraphArgument: Codable, Equatable, Sendable {
        /// The name.
        public var name: String
        /// The sub-graph.
        public var graph: Graph

        /// Makes a graph argument.
        public init(name: String, graph: Graph) {
            self.name = name
            self.graph = graph
        }
    }
}

extension ExportedProgram.Argument: TaggedUnion {
    static var unionName: String { "an argument" }

    // One line a tag, in the order of the cases: long, and there is nothing to take apart.
    init(_ entry: TaggedEntry) throws {
        self =
            switch entry.tag {
            case "as_none": try entry.value(Bool.self) ? .null : .null
            case "as_tensor": .tensor(try entry.value())
            case "as_tensors": .tensors(try entry.value())
            case "as_nested_tensors": .nestedTensors(try entry.value())
            case "as_optional_tensor": .optionalTensor(try entry.value())
            case "as_optional_tensors": .optionalTensors(try entry.value())
            case "as_int": .int(try entry.value())
            case "as_ints": .ints(try entry.value())
            case "as_int_lists": .intLists(try entry.value())
            case "as_float": .float(try entry.value())
            case "as_floats": .floats(try entry.value())
            case "as_float_lists": .floatLists(try entry.value())
            case "as_complex": .complex(try entry.value())
            case "as_bool": .bool(try entry.value())
            case "as_bools": .bools(try entry.value())
            case "as_string": .string(try entry.value())
            case "as_strings": .strings(try entry.value())
            case "as_sym_int": .symbolicInt(try entry.value())
            case "as_sym_ints": .symbolicInts(try entry.value())
            case "as_sym_float": .symbolicFloat(try entry.value())
            case "as_sym_floats": .symbolicFloats(try entry.value())
            case "as_sym_bool": .symbolicBool(try entry.value())
            case "as_sym_bools": .symbolicBools(try entry.value())
            case "as_scalar_type": .scalarType(try entry.value())
            case "as_memory_format": .memoryFormat(try entry.value())
            case "as_layout": .layout(try entry.value())
            case "as_device": .device(try entry.value())
            case "as_graph": .graph(try entry.value())
            case "as_custom_obj": .customObject(try entry.value())
            case "as_operator": .operator(try entry.value())
            case "as_string_to_argument": .arguments(try entry.value())
            default: throw entry.unknown(Self.unionName)
            }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .null: ("as_none", true)
        case .tensor(let value): ("as_tensor", value)
        case .tensors(let value): ("as_tensors", value)
        case .nestedTensors(let value): ("as_nested_tensors", value)
        case .optionalTensor(let value): ("as_optional_tensor", value)
        case .optionalTensors(let value): ("as_optional_tensors", value)
        case .int(let value): ("as_int", value)
        case .ints(let value): ("as_ints", value)
        case .intLists(let value): ("as_int_lists", value)
        case .float(let value): ("as_float", value)
        case .floats(let value): ("as_floats", value)
        case .floatLists(let value): ("as_float_lists", value)
        case .complex(let value): ("as_complex", value)
        case .bool(let value): ("as_bool", value)
        case .bools(let value): ("as_bools", value)
        case .string(let value): ("as_string", value)
        case .strings(let value): ("as_strings", value)
        case .symbolicInt(let value): ("as_sym_int", value)
        case .symbolicInts(let value): ("as_sym_ints", value)
        case .symbolicFloat(let value): ("as_sym_float", value)
        case .symbolicFloats(let value): ("as_sym_floats", value)
        case .symbolicBool(let value): ("as_sym_bool", value)
        case .symbolicBools(let value): ("as_sym_bools", value)
        case .scalarType(let value): ("as_scalar_type", value)
        case .memoryFormat(let value): ("as_memory_format", value)
        case .layout(let value): ("as_layout", value)
        case .device(let value): ("as_device", value)
        case .graph(let value): ("as_graph", value)
        case .customObject(let value): ("as_custom_obj", value)
        case .operator(let value): ("as_operator", value)
        case .arguments(let value): ("as_string_to_argument", value)
        }
    }
}
