import FileFormats
import Programs

/// Reads how the function that was exported takes its arguments.
struct InterfaceReader {
    /// Nil where the archive does not say, or says that it takes and gives tensors in order.
    let interface: Interface?

    init(_ module: ExportedProgram.GraphModule) {
        guard let call = module.moduleCalls.first(where: { $0.name.isEmpty })?.signature else {
            interface = nil
            return
        }
        var inputs: [Interface.Leaf] = []
        for input in module.signature.inputs {
            switch input {
            case .user(let argument): inputs.append(Self.leaf(argument))
            case .constant(let name, let value):
                inputs.append(.fixed(Self.argument(value), name: name))
            default: continue
            }
        }
        var outputs: [Interface.Leaf] = []
        for case .user(let argument) in module.signature.outputs {
            outputs.append(Self.leaf(argument))
        }
        let found = Interface(
            inputs: inputs, outputs: outputs, inputTree: call.inputSpecification,
            outputTree: call.outputSpecification, argumentNames: call.argumentNames,
            namedTuples: module.namedTuples.mapValues(\.fieldNames))
        let plain = try? Interface(inputs: inputs.count, results: outputs.count)
        interface = plain.map(found.says) ?? false ? nil : found
    }

    private static func leaf(_ argument: ExportedProgram.Argument) -> Interface.Leaf {
        ArgumentReader.plain(argument).map { .fixed($0, name: nil) } ?? .value
    }

    private static func argument(_ value: ExportedProgram.ConstantValue) -> Argument {
        switch value {
        case .null: .none
        case .int(let int): .int(int)
        case .float(let double): .double(double)
        case .string(let text): .string(text)
        case .bool(let bool): .bool(bool)
        }
    }
}

extension Interface {
    /// Tensors in order; one result stands for itself, several are a tuple.
    init(inputs: Int, results: Int) throws {
        let leaves = Array(repeating: TreeSpecification.leaf, count: results)
        self.init(
            inputs: Array(repeating: .value, count: inputs),
            outputs: Array(repeating: .value, count: results),
            inputTree: try TreeSpecification.arguments(inputs).text(),
            outputTree: try (results == 1 ? leaves[0] : .tuple(leaves)).text())
    }

    /// Whether it says the same as another, however its trees are spelt.
    fileprivate func says(what other: Interface) -> Bool {
        func tree(_ text: String) -> TreeSpecification? {
            try? TreeSpecification(parsing: text, file: "")
        }
        return inputs == other.inputs && outputs == other.outputs
            && argumentNames == other.argumentNames && tree(inputTree) == tree(other.inputTree)
            && tree(outputTree) == tree(other.outputTree)
    }
}
