import FileFormats
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
        let read: @Sendable () throws -> RawArray

        init(
            _ typeName: String, _ elementType: ElementType?, shape: [Int],
            read: @escaping @Sendable () throws -> RawArray
        ) {
            self.typeName = typeName
            self.elementType = elementType
            self.shape = shape
            self.read = read
        }
    }

    /// The file.
    public let file: String
    /// The key of the file's top level under which it stands; nil where it is the top level itself.
    public let key: String?
    /// What was taken off the beginning of every name.
    public let prefix: String
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
        self.init(try Safetensors(contentsOf: path), file: path)
    }

    init(
        file: String, key: String?, prefix: String = "", entries: OrderedDictionary<String, Entry>
    ) {
        self.file = file
        self.key = key
        self.prefix = prefix
        self.entries = entries
    }

    /// The names, without the prefix, in the file's order.
    public var names: [String] { Array(entries.keys) }

    /// The sizes of a tensor, slowest axis first; nil where there is none of that name.
    public func shape(of name: String) -> [Int]? { entries[name]?.shape }

    /// A tensor's elements, in the file's type.
    ///
    /// - Throws: where there is none of that name, where the file does not hold it whole, and for a
    ///   type that tensors do not have.
    public func tensor(_ name: String) throws -> Tensor {
        guard let entry = entries[name] else {
            throw FileFormatError(
                .missing, file: file, "it has no tensor \(name.shown); check which file it is")
        }
        return try Tensor(try entry.read())
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
                file: file, key: key, prefix: current.prefix + prefix,
                entries: OrderedDictionary(uniqueKeysWithValues: pairs))
        }
        return current
    }
}
