public import FileFormats
import OrderedCollections
public import Tensors

/// The named tensors of a file of weights that another program wrote, not read yet.
///
/// PyTorch checkpoints of both forms (`.pt`, `.pth`, `.th`, `.bin`), `.safetensors`, and the
/// `.safetensors.index.json` of several such files are opened; the ending of the name tells which. See ``FileFormats/TorchCheckpoint`` for what is refused: no code
/// in a file is ever run.
public struct StateDict: Sendable {
    /// One tensor.
    struct Entry: Sendable {
        /// The type as the file has it; `elementType` is nil for one that Swiftlet lacks.
        let typeName: String
        let elementType: ElementType?
        let shape: [Int]
        /// Which elements of which storage it is, where the file can say.
        let view: TorchTensor.View?
        let read: @Sendable () throws -> RawArray

        init(
            _ typeName: String, _ elementType: ElementType?, shape: [Int],
            view: TorchTensor.View? = nil, read: @escaping @Sendable () throws -> RawArray
        ) {
            self.typeName = typeName
            self.elementType = elementType
            self.shape = shape
            self.view = view
            self.read = read
        }
    }

    /// The file.
    public let file: String
    /// The key of the file's top level under which it stands; nil where it is the top level itself.
    public let key: String?
    /// What was taken off the beginning of every name.
    public let prefix: String
    /// What stands beside the state dict and is left out, by name: `optimizer`, `epoch` and the like.
    public let others: [String]
    /// A sentence about ``others``; nil where there are none.
    public var note: String? {
        others.isEmpty ? nil : "\(file) also holds \(others.listed()), which is left out."
    }
    /// The texts that a safetensors file holds beside its tensors.
    public let metadata: [String: String]
    /// The paths of the files with the tensors: one, or the shards of an index.
    public let files: [String]
    let entries: OrderedDictionary<String, Entry>

    /// Opens a file and finds the one state dict in it.
    ///
    /// A state dict is a dictionary, not empty, from names to tensors. In a checkpoint it is the
    /// top level where that is one; else what stands there under one of ``knownKeys``.
    ///
    /// - Parameters:
    ///   - path: the file.
    ///   - key: the key of the top level to take instead.
    /// - Throws: one sentence with the file where there is none, or more than one to choose from; and
    ///   what the readers refuse.
    public init(contentsOf path: String, key: String? = nil) throws {
        let name = path.lowercased()
        guard name.hasSuffix(".safetensors") || name.hasSuffix(".index.json") else {
            self = try Self(TorchCheckpoint(contentsOf: path), key: key)
            return
        }
        guard key == nil else {
            throw FileFormatError(
                .unsupported, file: path, "a safetensors file has no keys; leave out --key")
        }
        self.init(try Safetensors(contentsOf: path))
    }

    init(
        file: String, key: String?, prefix: String = "", others: [String] = [],
        metadata: [String: String] = [:], files: [String]? = nil,
        entries: OrderedDictionary<String, Entry>
    ) {
        self.file = file
        self.key = key
        self.prefix = prefix
        self.others = others
        self.metadata = metadata
        self.files = files ?? [file]
        self.entries = entries
    }

    /// The names, without the prefix, in the file's order.
    public var names: [String] { Array(entries.keys) }

    /// The sizes of a tensor, slowest axis first; nil where there is none of that name.
    public func shape(of name: String) -> [Int]? { entries[name]?.shape }

    /// The type of a tensor's elements; nil where there is none of that name, and for a type that
    /// Swiftlet lacks.
    public func elementType(of name: String) -> ElementType? { entries[name]?.elementType }

    /// A tensor's elements as the file holds them, of any type that files are read with.
    ///
    /// - Throws: where there is none of that name, where the file does not hold it whole, and for a
    ///   type that Swiftlet lacks.
    public func array(_ name: String) throws -> RawArray {
        guard let entry = entries[name] else {
            throw FileFormatError(
                .missing, file: file, "it has no tensor \(name.shown); check which file it is")
        }
        return try entry.read()
    }

    /// A tensor's elements, in the file's type.
    ///
    /// - Throws: what ``array(_:)`` throws, and for a type that tensors do not have.
    public func tensor(_ name: String) throws -> Tensor {
        if let type = elementType(of: name), ScalarType(type) == nil {
            throw FileFormatError(
                .unsupported, file: file,
                "tensor \(name.shown) has the type \(type), which nothing is computed with; convert "
                    + "it to another")
        }
        return try Tensor(try array(name))
    }

    /// The names of tensors that share memory, a group for each storage that several look into.
    ///
    /// Files of safetensors share nothing.
    public var sharing: [[String]] {
        let named = entries.elements.filter { $0.value.view != nil }
        let groups = OrderedDictionary(grouping: named) { $0.value.view?.storageKey }
        return groups.values.filter { $0.count > 1 }.map { $0.map(\.key) }
    }

    /// For a name of a tensor that has several, the first of them; none for the first itself.
    public var aliases: [String: String] {
        var firsts: [TorchTensor.View: String] = [:]
        var aliases: [String: String] = [:]
        for (name, entry) in entries {
            guard let view = entry.view else { continue }
            if let first = firsts[view] { aliases[name] = first } else { firsts[view] = name }
        }
        return aliases
    }

    /// What wrappers put before every name: data parallelism, training frameworks, compilation.
    public static let knownPrefixes = ["module.", "model.", "_orig_mod."]

    /// The same tensors without the ``knownPrefixes`` that all of their names begin with, taken off
    /// one after the other for as long as none of the names is one of the network's.
    public func withoutPrefixes(for network: some Collection<String>) -> StateDict {
        let wanted = Set(network)
        var current = self
        while !entries.isEmpty, wanted.isDisjoint(with: current.entries.keys),
            let prefix = Self.knownPrefixes.first(where: { prefix in
                current.entries.keys.allSatisfy { $0.hasPrefix(prefix) && $0 != prefix }
            })
        {
            let pairs = current.entries.map { (String($0.dropFirst(prefix.count)), $1) }
            current = StateDict(
                file: file, key: key, prefix: current.prefix + prefix, others: others,
                metadata: metadata, files: files,
                entries: OrderedDictionary(uniqueKeysWithValues: pairs))
        }
        return current
    }
}
