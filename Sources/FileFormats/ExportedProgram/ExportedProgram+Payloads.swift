extension ExportedProgram {
    /// Where the tensors of a program lie in the archive: the weights' or the constants' configuration.
    public struct Payloads: Codable, Equatable, Sendable {
        /// The tensors by their dotted names.
        public var entries: [String: Payload]

        /// Makes a configuration.
        public init(_ entries: [String: Payload] = [:]) {
            self.entries = entries
        }

        private enum CodingKeys: String, CodingKey {
            case entries = "config"
        }

        /// Reads a configuration from its JSON text.
        ///
        /// - Parameters:
        ///   - bytes: the text, in UTF-8.
        ///   - file: what errors call the text.
        /// - Throws: `FileFormatError` that names the path and the key.
        public init(json bytes: some Sequence<UInt8>, file: String) throws {
            self = try SchemaJSON.read(Self.self, from: bytes, file: file)
        }

        /// The JSON text of the configuration, with the keys sorted.
        ///
        /// - Throws: `FileFormatError` of kind `unwritable` where a value has no JSON form.
        public func json() throws -> [UInt8] {
            try SchemaJSON.write(self, file: "configuration")
        }
    }

    /// Where one tensor lies, and how to read it there.
    ///
    /// Tensors may share a record. PyTorch then gives all of them the `requiresGradient` of one, so
    /// parameters and buffers go to different records.
    public struct Payload: Codable, Equatable, Sendable {
        /// The record, below `data/weights/` or `data/constants/`; a constant's begins with `tensor_`.
        public var path: String
        /// Whether the tensor is a parameter.
        public var isParameter: Bool
        /// Whether the record is a pickle and not the bare elements.
        public var usesPickle: Bool
        /// The tensor's type, sizes and strides, all fixed; absent for custom objects.
        public var meta: TensorMeta?

        /// Makes an entry for bare elements.
        public init(path: String, isParameter: Bool, meta: TensorMeta) {
            self.path = path
            self.isParameter = isParameter
            self.usesPickle = false
            self.meta = meta
        }

        private enum CodingKeys: String, CodingKey {
            case path = "path_name"
            case isParameter = "is_param"
            case usesPickle = "use_pickle"
            case meta = "tensor_meta"
        }

        /// Writes all four keys: PyTorch takes null for no description, and refuses its absence.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(path, forKey: .path)
            try container.encode(isParameter, forKey: .isParameter)
            try container.encode(usesPickle, forKey: .usesPickle)
            try container.encode(meta, forKey: .meta)
        }
    }
}
