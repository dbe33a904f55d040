// The objects inside the specifications' tags. Their fields are named as the schema names them.

struct Holder<Value: Codable>: Codable {
    let arg: Value
}

typealias ArgumentHolder = Holder<ExportedProgram.Argument>
typealias TensorHolder = Holder<ExportedProgram.TensorReference>

struct ParameterHolder: Codable {
    let arg: ExportedProgram.TensorReference
    let parameter_name: String
}

struct BufferHolder: Codable {
    let arg: ExportedProgram.TensorReference
    let buffer_name: String
}

struct PersistentBufferHolder: Codable {
    let arg: ExportedProgram.TensorReference
    let buffer_name: String
    let persistent: Bool
}

struct TensorConstantHolder: Codable {
    let arg: ExportedProgram.TensorReference
    let tensor_constant_name: String
}

struct CustomObjectHolder: Codable {
    let arg: ExportedProgram.CustomObject
    let custom_obj_name: String
}

struct ConstantHolder: Codable {
    let name: String
    let value: ExportedProgram.ConstantValue
}

struct UserInputHolder: Codable {
    let arg: ExportedProgram.TensorReference
    let user_input_name: String
}
