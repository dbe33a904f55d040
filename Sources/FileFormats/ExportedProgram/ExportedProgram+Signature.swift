extension ExportedProgram {
    /// What each input and each output of the graph is, in the graph's order.
    public struct GraphSignature: Codable, Equatable, Sendable {
        /// The inputs.
        public var inputs: [InputSpecification]
        /// The outputs.
        public var outputs: [OutputSpecification]

        /// Makes a signature.
        public init(inputs: [InputSpecification], outputs: [OutputSpecification]) {
            self.inputs = inputs
            self.outputs = outputs
        }

        private enum CodingKeys: String, CodingKey {
            case inputs = "input_specs"
            case outputs = "output_specs"
        }
    }

    /// What an input of the graph is; names of parameters, buffers and constants are dotted names
    /// of the weights or constants configuration.
    public enum InputSpecification: Equatable, Sendable {
        /// An argument of the caller.
        case user(Argument)
        /// A parameter.
        case parameter(value: TensorReference, name: String)
        /// A buffer; one that is not persistent lies among the constants.
        case buffer(value: TensorReference, name: String, isPersistent: Bool)
        /// A constant tensor.
        case tensorConstant(value: TensorReference, name: String)
        /// A custom object.
        case customObject(value: CustomObject, name: String)
        /// A token that orders effects.
        case token(TensorReference)
        /// An argument of the caller that was fixed at export.
        case constant(name: String, value: ConstantValue)
    }

    /// An argument that was fixed at export.
    public enum ConstantValue: Equatable, Sendable {
        /// Nothing: Python's `None`.
        case null
        /// An integer.
        case int(Int)
        /// A number.
        case float(Double)
        /// A text.
        case string(String)
        /// A truth value.
        case bool(Bool)
    }

    /// What an output of the graph is.
    public enum OutputSpecification: Equatable, Sendable {
        /// A result for the caller.
        case user(Argument)
        /// The loss of a training step.
        case loss(TensorReference)
        /// The new value of a buffer.
        case bufferMutation(value: TensorReference, name: String)
        /// The new value of a parameter.
        case parameterMutation(value: TensorReference, name: String)
        /// The gradient of the loss by a parameter.
        case gradientToParameter(value: TensorReference, name: String)
        /// The gradient of the loss by an argument of the caller.
        case gradientToUserInput(value: TensorReference, name: String)
        /// The new value of an argument of the caller.
        case userInputMutation(value: TensorReference, name: String)
        /// A token that orders effects.
        case token(TensorReference)
    }
}

extension ExportedProgram.InputSpecification: TaggedUnion {
    static var unionName: String { "an input specification" }

    init(_ entry: TaggedEntry) throws {
        switch entry.tag {
        case "user_input": self = .user(try entry.value(ArgumentHolder.self).arg)
        case "parameter":
            let value = try entry.value(ParameterHolder.self)
            self = .parameter(value: value.arg, name: value.parameter_name)
        case "buffer":
            let value = try entry.value(PersistentBufferHolder.self)
            self = .buffer(
                value: value.arg, name: value.buffer_name, isPersistent: value.persistent)
        case "tensor_constant":
            let value = try entry.value(TensorConstantHolder.self)
            self = .tensorConstant(value: value.arg, name: value.tensor_constant_name)
        case "custom_obj":
            let value = try entry.value(CustomObjectHolder.self)
            self = .customObject(value: value.arg, name: value.custom_obj_name)
        case "token": self = .token(try entry.value(TensorHolder.self).arg)
        case "constant_input":
            let value = try entry.value(ConstantHolder.self)
            self = .constant(name: value.name, value: value.value)
        default: throw entry.unknown(Self.unionName)
        }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .user(let argument): ("user_input", Holder(arg: argument))
        case .parameter(let value, let name):
            ("parameter", ParameterHolder(arg: value, parameter_name: name))
        case .buffer(let value, let name, let isPersistent):
            (
                "buffer",
                PersistentBufferHolder(arg: value, buffer_name: name, persistent: isPersistent)
            )
        case .tensorConstant(let value, let name):
            ("tensor_constant", TensorConstantHolder(arg: value, tensor_constant_name: name))
        case .customObject(let value, let name):
            ("custom_obj", CustomObjectHolder(arg: value, custom_obj_name: name))
        case .token(let value): ("token", Holder(arg: value))
        case .constant(let name, let value):
            ("constant_input", ConstantHolder(name: name, value: value))
        }
    }
}

extension ExportedProgram.OutputSpecification: TaggedUnion {
    static var unionName: String { "an output specification" }

    init(_ entry: TaggedEntry) throws {
        switch entry.tag {
        case "user_output": self = .user(try entry.value(ArgumentHolder.self).arg)
        case "loss_output": self = .loss(try entry.value(TensorHolder.self).arg)
        case "buffer_mutation":
            let value = try entry.value(BufferHolder.self)
            self = .bufferMutation(value: value.arg, name: value.buffer_name)
        case "parameter_mutation":
            let value = try entry.value(ParameterHolder.self)
            self = .parameterMutation(value: value.arg, name: value.parameter_name)
        case "gradient_to_parameter":
            let value = try entry.value(ParameterHolder.self)
            self = .gradientToParameter(value: value.arg, name: value.parameter_name)
        case "gradient_to_user_input":
            let value = try entry.value(UserInputHolder.self)
            self = .gradientToUserInput(value: value.arg, name: value.user_input_name)
        case "user_input_mutation":
            let value = try entry.value(UserInputHolder.self)
            self = .userInputMutation(value: value.arg, name: value.user_input_name)
        case "token": self = .token(try entry.value(TensorHolder.self).arg)
        default: throw entry.unknown(Self.unionName)
        }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .user(let argument): ("user_output", Holder(arg: argument))
        case .loss(let value): ("loss_output", Holder(arg: value))
        case .bufferMutation(let value, let name):
            ("buffer_mutation", BufferHolder(arg: value, buffer_name: name))
        case .parameterMutation(let value, let name):
            ("parameter_mutation", ParameterHolder(arg: value, parameter_name: name))
        case .gradientToParameter(let value, let name):
            ("gradient_to_parameter", ParameterHolder(arg: value, parameter_name: name))
        case .gradientToUserInput(let value, let name):
            ("gradient_to_user_input", UserInputHolder(arg: value, user_input_name: name))
        case .userInputMutation(let value, let name):
            ("user_input_mutation", UserInputHolder(arg: value, user_input_name: name))
        case .token(let value): ("token", Holder(arg: value))
        }
    }
}

extension ExportedProgram.ConstantValue: TaggedUnion {
    static var unionName: String { "a constant" }

    init(_ entry: TaggedEntry) throws {
        self =
            switch entry.tag {
            case "as_none": try entry.value(Bool.self) ? .null : .null
            case "as_int": .int(try entry.value())
            case "as_float": .float(try entry.value())
            case "as_string": .string(try entry.value())
            case "as_bool": .bool(try entry.value())
            default: throw entry.unknown(Self.unionName)
            }
    }

    var tagged: (tag: String, value: any Encodable) {
        switch self {
        case .null: ("as_none", true)
        case .int(let value): ("as_int", value)
        case .float(let value): ("as_float", value)
        case .string(let value): ("as_string", value)
        case .bool(let value): ("as_bool", value)
        }
    }
}
