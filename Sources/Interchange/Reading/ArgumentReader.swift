import FileFormats
import Programs
import Tensors

/// Reads arguments of a `.pt2` archive's nodes.
enum ArgumentReader {
    /// An argument of an operator.
    ///
    /// - Parameter value: the Program's value for a name of the graph.
    static func argument(
        _ argument: ExportedProgram.Argument, of operation: OperatorName,
        _ value: (String) -> Value
    ) throws -> Argument {
        if let name = argument.valueName { return .value(value(name)) }
        if let plain = plain(argument) ?? list(argument, value) { return plain }
        throw Refusal(
            .unsupported, "an argument of \(operation) is of a kind that is not supported")
    }

    /// An argument without values or elements.
    static func plain(_ argument: ExportedProgram.Argument) -> Argument? {
        switch argument {
        case .null, .optionalTensor(.null): .some(.none)
        case .int(let int), .symbolicInt(.int(let int)): .int(int)
        case .float(let double), .symbolicFloat(.float(let double)): .double(double)
        case .complex(let number): .complex(number.real, number.imaginary)
        case .bool(let bool), .symbolicBool(.bool(let bool)): .bool(bool)
        case .string(let text): .string(text)
        case .scalarType(let code): ScalarType(code).map(Argument.scalarType)
        case .memoryFormat(let code): MemoryFormats.libtorch(code).map(Argument.memoryFormat)
        case .layout(.strided): .layout(0)
        case .device(let device): self.device(device)
        default: nil
        }
    }

    private static func device(_ device: ExportedProgram.Device) -> Argument? {
        // Where a network was exported is not where it runs.
        ["cpu", "cuda", "mps", "xpu", "meta"].contains(device.type) ? .device(.cpu) : nil
    }

    private static func list(
        _ argument: ExportedProgram.Argument, _ value: (String) -> Value
    ) -> Argument? {
        switch argument {
        case .tensors(let references): .list(references.map { .value(value($0.name)) })
        case .optionalTensors(let items):
            .list(
                items.map { item in
                    if case .tensor(let reference) = item {
                        .value(value(reference.name))
                    } else {
                        .none
                    }
                })
        case .ints(let ints): .ints(ints)
        case .floats(let doubles): .list(doubles.map(Argument.double))
        case .bools(let bools): .list(bools.map(Argument.bool))
        case .strings(let texts): .list(texts.map(Argument.string))
        case .symbolicInts(let items):
            .list(
                items.map { item in
                    switch item {
                    case .name(let name): .value(value(name))
                    case .int(let int): .int(int)
                    }
                })
        case .symbolicFloats(let items):
            .list(
                items.map { item in
                    switch item {
                    case .name(let name): .value(value(name))
                    case .float(let double): .double(double)
                    }
                })
        case .symbolicBools(let items):
            .list(
                items.map { item in
                    switch item {
                    case .name(let name): .value(value(name))
                    case .bool(let bool): .bool(bool)
                    }
                })
        default: nil
        }
    }
}
