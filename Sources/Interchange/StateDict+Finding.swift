import FileFormats
import OrderedCollections

extension StateDict {
    /// The keys of a checkpoint's top level under which a state dict is looked for.
    ///
    /// Those of averaged weights are among them, so that a file which holds both asks which to take.
    public static let knownKeys = [
        "state_dict", "model_state_dict", "model", "net", "network", "module", "params", "weights",
        "ema", "model_ema", "ema_state_dict", "state_dict_ema", "params_ema",
    ]

    /// A state dict and the key under which it was found.
    typealias Found = (key: String?, tensors: [(name: String, tensor: TorchTensor)])

    init(_ checkpoint: TorchCheckpoint, key: String?) throws {
        let (key, tensors) = try Self.find(in: checkpoint.contents, key: key, file: checkpoint.file)
        let top = checkpoint.contents.entries?.map(\.name) ?? []
        let taken = key.map { [$0] } ?? tensors.map(\.name)
        self.init(
            tensors, of: checkpoint, key: key,
            others: Array(OrderedSet(top).subtracting(taken)))
    }

    /// Finds the one state dict among a checkpoint's contents, or that under a key.
    static func find(in contents: TorchValue, key: String?, file: String) throws -> Found {
        if key == nil, let tensors = contents.tensors { return (nil, tensors) }
        func refusal(_ message: String) -> FileFormatError {
            FileFormatError(.unsupported, file: file, message)
        }
        guard let entries = contents.entries else {
            throw refusal(
                "it holds \(contents.noun), not a state dict; save model.state_dict() with "
                    + "torch.save")
        }
        let all: [Found] = entries.compactMap { entry in
            entry.value.tensors.map { (entry.name, $0) }
        }
        let others = all.compactMap(\.key)
        if let key {
            if let found = all.first(where: { $0.key == key }) { return found }
            throw refusal(
                "it has no state dict under the key \(key.shown); "
                    + (others.isEmpty
                        ? "save model.state_dict() with torch.save"
                        : "there are \(others.listed())"))
        }
        let known = others.filter(Self.knownKeys.contains)
        if known.count == 1, let found = all.first(where: { $0.key == known[0] }) { return found }
        guard known.isEmpty else {
            throw refusal(
                "it holds several state dicts, \(known.listed()); name one with --key")
        }
        throw refusal(
            others.isEmpty
                ? "it holds no state dict, which maps names to tensors; save model.state_dict() "
                    + "with torch.save"
                : "it holds state dicts under keys that say nothing, \(others.listed()); name one "
                    + "with --key")
    }

    private init(
        _ tensors: [(name: String, tensor: TorchTensor)], of checkpoint: TorchCheckpoint,
        key: String?, others: [String]
    ) {
        let entries = tensors.map { name, tensor in
            let type = tensor.elementType
            let entry = Entry(type.description, type, shape: tensor.shape, view: tensor.view) {
                try checkpoint.array(tensor)
            }
            return (name, entry)
        }
        self.init(
            file: checkpoint.file, key: key, others: others,
            entries: OrderedDictionary(entries) { first, _ in first })
    }

    init(_ safetensors: Safetensors) {
        var entries: OrderedDictionary<String, Entry> = [:]
        for name in safetensors.names {
            guard let entry = safetensors.entry(name) else { continue }
            entries[name] = Entry(
                entry.elementType?.description ?? entry.typeName, entry.elementType,
                shape: entry.shape
            ) {
                guard let array = try safetensors[name] else {
                    preconditionFailure("\(name) is among the names")
                }
                return array
            }
        }
        self.init(
            file: safetensors.file, key: nil, metadata: safetensors.metadata,
            files: safetensors.shards, entries: entries)
    }
}

extension TorchValue {
    /// The tensors of a state dict; nil for anything else.
    ///
    /// What modules keep beside tensors, under names that end in `_extra_state`, and what is `None`
    /// is left out.
    fileprivate var tensors: [(name: String, tensor: TorchTensor)]? {
        guard case .dictionary(let all) = self, let entries, entries.count == all.count else {
            return nil
        }
        var tensors: [(name: String, tensor: TorchTensor)] = []
        for (name, value) in entries where !name.hasSuffix("_extra_state") {
            switch value {
            case .tensor(let tensor): tensors.append((name, tensor))
            case .null: continue
            default: return nil
            }
        }
        return tensors.isEmpty ? nil : tensors
    }

    /// What it is, for a sentence.
    fileprivate var noun: String {
        switch self {
        case .null: "None"
        case .bool: "a Boolean"
        case .integer, .number: "a number"
        case .text: "a text"
        case .list: "a list"
        case .dictionary: "a dictionary"
        case .tensor: "a single tensor"
        case .other: "a value"
        }
    }
}

extension [String] {
    /// The names with commas between them, cut where they are many, as `a, b and 3 more`.
    func listed(atMost most: Int = 8) -> String {
        let names = prefix(most).map(\.shown).joined(separator: ", ")
        return count > most ? "\(names) and \(count - most) more" : names
    }
}

extension String {
    /// The name on one line, cut where it is long: names in files may be anything.
    var shown: String {
        let longest = 80
        let scalars = unicodeScalars.prefix(longest).map { scalar in
            scalar.properties.generalCategory == .control ? "\u{FFFD}" : String(scalar)
        }
        return scalars.joined() + (unicodeScalars.count > longest ? "…" : "")
    }
}
