extension ExportedProgram {
    /// Operator calls in order, from inputs to outputs.
    public struct Graph: Equatable, Sendable {
        /// The inputs, in the order of the signature's input specifications.
        public var inputs: [Argument]
        /// The outputs, in the order of the signature's output specifications.
        public var outputs: [Argument]
        /// The calls; each reads inputs and earlier results only.
        public var nodes: [Node]
        /// The description of every tensor by its value's name, inputs included.
        public var tensorValues: [String: TensorMeta]
        /// The integers that are computed from sizes, by name.
        public var symbolicIntValues: [String: SymbolicInt]
        /// The truth values that are computed from sizes, by name.
        public var symbolicBoolValues: [String: SymbolicBool]
        /// The floats that are computed from sizes, by name.
        public var symbolicFloatValues: [String: SymbolicFloat]
        /// The custom objects, by name.
        public var customObjectValues: [String: CustomObject]
        /// Whether a sub-graph returns its one result bare and not as a list of one.
        public var returnsSingleTensor: Bool

        /// Makes a graph.
        public init(
            inputs: [Argument],
            outputs: [Argument],
            nodes: [Node],
            tensorValues: [String: TensorMeta],
            symbolicIntValues: [String: SymbolicInt] = [:],
            symbolicBoolValues: [String: SymbolicBool] = [:],
            symbolicFloatValues: [String: SymbolicFloat] = [:]
        ) {
            self.inputs = inputs
            self.outputs = outputs
            self.nodes = nodes
            self.tensorValues = tensorValues
            self.symbolicIntValues = symbolicIntValues
            self.symbolicBoolValues = symbolicBoolValues
            self.symbolicFloatValues = symbolicFloatValues
            self.customObjectValues = [:]
            self.returnsSingleTensor = false
        }
    }

    /// One operator call.
    public struct Node: Codable, Equatable, Sendable {
        /// The operator, such as `torch.ops.aten.linear.default` or, on sizes, `_operator.mul`.
        public var target: String
        /// The arguments, by the names of the operator's schema.
        public var inputs: [NamedArgument]
        /// The results; a result that is a list of tensors is one `tensors` argument.
        public var outputs: [Argument]
        /// Where the call came from: `stack_trace`, `nn_module_stack`, `torch_fn`, `custom`.
        public var metadata: [String: String]
        /// Whether a call of a higher-order operator returns a bare tensor.
        public var returnsSingleTensor: Bool?
        /// The name of the call.
        public var name: String?

        /// Makes a node.
        public init(
            target: String,
            inputs: [NamedArgument],
            outputs: [Argument],
            metadata: [String: String] = [:],
            name: String? = nil
        ) {
            self.target = target
            self.inputs = inputs
            self.outputs = outputs
            self.metadata = metadata
            self.returnsSingleTensor = nil
            self.name = name
        }

        private enum CodingKeys: String, CodingKey {
            case target
            case inputs
            case outputs
            case metadata
            case returnsSingleTensor = "is_hop_single_tensor_return"
            case name
        }
    }

    /// An argument under the name that the operator's schema gives it.
    public struct NamedArgument: Codable, Equatable, Sendable {
        /// The name.
        public var name: String
        /// The argument.
        public var argument: Argument
        /// How it is passed; nil leaves it to the operator's schema.
        public var kind: ArgumentKind?

        /// Makes a named argument.
        public init(name: String, argument: Argument, kind: ArgumentKind? = .positional) {
            self.name = name
            self.argument = argument
            self.kind = kind
        }

        private enum CodingKeys: String, CodingKey {
            case name
            case argument = "arg"
            case kind
        }
    }
}

extension ExportedProgram.Graph: Codable {
    private enum CodingKeys: String, CodingKey {
        case inputs
        case outputs
        case nodes
        case tensorValues = "tensor_values"
        case symbolicIntValues = "sym_int_values"
        case symbolicBoolValues = "sym_bool_values"
        case symbolicFloatValues = "sym_float_values"
        case customObjectValues = "custom_obj_values"
        case returnsSingleTensor = "is_single_tensor_return"
    }

    /// Reads a graph; what PyTorch added after the first version of the schema may be absent.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        inputs = try container.decode([ExportedProgram.Argument].self, forKey: .inputs)
        outputs = try container.decode([ExportedProgram.Argument].self, forKey: .outputs)
        nodes = try container.decode([ExportedProgram.Node].self, forKey: .nodes)
        tensorValues = try container.decode(
            [String: ExportedProgram.TensorMeta].self, forKey: .tensorValues)
        symbolicIntValues = try container.decode(
            [String: ExportedProgram.SymbolicInt].self, forKey: .symbolicIntValues)
        symbolicBoolValues = try container.decode(
            [String: ExportedProgram.SymbolicBool].self, forKey: .symbolicBoolValues)
        symbolicFloatValues =
            try container.decodeIfPresent(
                [String: ExportedProgram.SymbolicFloat].self, forKey: .symbolicFloatValues) ?? [:]
        customObjectValues =
            try container.decodeIfPresent(
                [String: ExportedProgram.CustomObject].self, forKey: .customObjectValues) ?? [:]
        returnsSingleTensor =
            try container.decodeIfPresent(Bool.self, forKey: .returnsSingleTensor) ?? false
    }
}
