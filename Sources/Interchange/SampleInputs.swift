import FileFormats
import Programs
public import Tensors

extension ModelFile {
    /// The inputs that the network was exported with, in order; nil where the archive has none.
    ///
    /// - Throws: where they are there but cannot be read.
    public func sampleInputs() throws -> [Tensor]? {
        let name = ProgramRecords().sampleInputs
        guard let bytes = try record(name), !bytes.isEmpty else { return nil }
        let checkpoint = try TorchCheckpoint(bytes, file: "\(path), \(name)")
        let leaves = Self.leaves(checkpoint.contents, keys: argumentNames)
        let kept = program.interface.map { interface in
            interface.inputs.count == leaves.count
                ? zip(interface.inputs, leaves).filter { $0.0 == .value }.map(\.1) : leaves
        }
        let tensors = try (kept ?? leaves).compactMap { leaf -> Tensor? in
            switch leaf {
            case .tensor(let tensor): try Tensor(checkpoint.array(tensor))
            case .integer(let number): Tensor(number)
            default: nil
            }
        }
        return tensors.count == program.inputs.count ? tensors : nil
    }

    /// The names of the arguments that are passed by name, in the order of the inputs.
    private var argumentNames: [String] {
        guard let text = program.interface?.inputTree,
            let tree = try? TreeSpecification(parsing: text, file: path), tree.children.count == 2
        else { return [] }
        return tree.children[1].keys ?? []
    }

    /// What the arguments hold, in order: those by position, then those by name.
    private static func leaves(_ value: TorchValue, keys: [String] = []) -> [TorchValue] {
        switch value {
        case .list(let items):
            items.enumerated().flatMap { index, item in
                index == 1 && items.count == 2 && !keys.isEmpty
                    ? keys.flatMap { named($0, in: item) } : leaves(item)
            }
        case .dictionary(let entries): entries.flatMap { leaves($0.value) }
        default: [value]
        }
    }

    private static func named(_ key: String, in value: TorchValue) -> [TorchValue] {
        value.entries?.first { $0.name == key }.map { leaves($0.value) } ?? []
    }
}
