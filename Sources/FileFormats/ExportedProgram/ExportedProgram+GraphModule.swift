extension ExportedProgram {
    /// A graph with the meaning of its inputs and outputs, and the modules it came from.
    public struct GraphModule: Equatable, Sendable {
        /// The operator calls.
        public var graph: Graph
        /// What each input and each output of the graph is.
        public var signature: GraphSignature
        /// The modules by name; the first, named "", tells how the program is called.
        public var moduleCalls: [ModuleCall]
        /// Notes by name; PyTorch keeps `custom`, a text that holds JSON.
        public var metadata: [String: String]
        /// The field names of each named tuple among the inputs and outputs, by its type.
        public var namedTuples: [String: NamedTuple]

        /// Makes a graph module.
        public init(
            graph: Graph,
            signature: GraphSignature,
            moduleCalls: [ModuleCall],
            metadata: [String: String] = [:],
            namedTuples: [String: NamedTuple] = [:]
        ) {
            self.graph = graph
            self.signature = signature
            self.moduleCalls = moduleCalls
            self.metadata = metadata
            self.namedTuples = namedTuples
        }
    }

    /// The field names of a named tuple.
    public struct NamedTuple: Codable, Equatable, Sendable {
        /// The names, in order.
        public var fieldNames: [String]

        /// Makes a named tuple.
        public init(fieldNames: [String]) {
            self.fieldNames = fieldNames
        }

        private enum CodingKeys: String, CodingKey {
            case fieldNames = "field_names"
        }
    }

    /// A module of the model that was exported.
    public struct ModuleCall: Codable, Equatable, Sendable {
        /// The dotted name of the module; "" for the model itself.
        public var name: String
        /// How the module is called; PyTorch needs it for the model itself.
        public var signature: ModuleCallSignature?

        /// Makes a module call.
        public init(name: String, signature: ModuleCallSignature? = nil) {
            self.name = name
            self.signature = signature
        }

        private enum CodingKeys: String, CodingKey {
            case name = "fqn"
            case signature
        }
    }

    /// How a module is called: the structure of its arguments and of its result.
    public struct ModuleCallSignature: Codable, Equatable, Sendable {
        /// The values that go in; empty for the model itself.
        public var inputs: [Argument]
        /// The values that come out; empty for the model itself.
        public var outputs: [Argument]
        /// The structure of the arguments; `TreeSpecification` reads and writes it.
        public var inputSpecification: String
        /// The structure of the result; `TreeSpecification` reads and writes it.
        public var outputSpecification: String
        /// The names of the arguments of the Python function that was exported.
        public var argumentNames: [String]?

        /// Makes a signature.
        public init(
            inputs: [Argument] = [],
            outputs: [Argument] = [],
            inputSpecification: String,
            outputSpecification: String,
            argumentNames: [String]? = nil
        ) {
            self.inputs = inputs
            self.outputs = outputs
            self.inputSpecification = inputSpecification
            self.outputSpecification = outputSpecification
            self.argumentNames = argumentNames
        }

        private enum CodingKeys: String, CodingKey {
            case inputs
            case outputs
            case inputSpecification = "in_spec"
            case outputSpecification = "out_spec"
            case argumentNames = "forward_arg_names"
        }
    }
}

extension ExportedProgram.GraphModule: Codable {
    private enum CodingKeys: String, CodingKey {
        case graph
        case signature
        case moduleCalls = "module_call_graph"
        case metadata
        case namedTuples = "treespec_namedtuple_fields"
    }

    /// Reads a graph module; the notes and the named tuples may be absent.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        graph = try container.decode(ExportedProgram.Graph.self, forKey: .graph)
        signature = try container.decode(ExportedProgram.GraphSignature.self, forKey: .signature)
        moduleCalls = try container.decode([ExportedProgram.ModuleCall].self, forKey: .moduleCalls)
        metadata = try container.decodeIfPresent([String: String].self, forKey: .metadata) ?? [:]
        namedTuples =
            try container.decodeIfPresent(
                [String: ExportedProgram.NamedTuple].self, forKey: .namedTuples) ?? [:]
    }
}
