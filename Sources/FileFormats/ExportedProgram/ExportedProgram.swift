/// A program as `torch.export` writes it in the record `models/NAME.json` of a `.pt2` archive.
///
/// The types nested here mirror PyTorch's schema 8.20 field by field: the Swift names are ours, the
/// coding keys are PyTorch's. Keys that the schema does not have are ignored when reading. Keys that
/// PyTorch has a default for are left out when writing where they hold it.
public struct ExportedProgram: Equatable, Sendable {
    /// The operators, the signature and the structure of the modules.
    public var graphModule: GraphModule
    /// The version of each operator set by its name, such as `aten`.
    public var operatorSetVersions: [String: Int]
    /// The range of each free dimension by its symbol; every symbol in use needs an entry.
    public var rangeConstraints: [String: RangeConstraint]
    /// The version of the schema.
    public var schemaVersion: SchemaVersion
    /// The rules that PyTorch checks on loading: `TRAINING` after export, `ATEN` after decomposition.
    public var verifiers: [String]
    /// The version of PyTorch that wrote the program.
    public var torchVersion: String
    /// Conditions on the inputs, as Python source, that held when the program was exported.
    public var guards: [String]

    /// Makes a program; what has a default is what `torch.export.load` needs and no more.
    public init(
        graphModule: GraphModule,
        operatorSetVersions: [String: Int] = ["aten": 10],
        rangeConstraints: [String: RangeConstraint] = [:],
        schemaVersion: SchemaVersion = .current,
        verifiers: [String] = ["TRAINING"],
        torchVersion: String = "2.13.0",
        guards: [String] = []
    ) {
        self.graphModule = graphModule
        self.operatorSetVersions = operatorSetVersions
        self.rangeConstraints = rangeConstraints
        self.schemaVersion = schemaVersion
        self.verifiers = verifiers
        self.torchVersion = torchVersion
        self.guards = guards
    }

    /// The version of the schema: another major version means other fields.
    public struct SchemaVersion: Codable, Equatable, Sendable {
        /// Counts the breaking changes.
        public var major: Int
        /// Counts the compatible changes.
        public var minor: Int

        /// Makes a version.
        public init(major: Int, minor: Int) {
            self.major = major
            self.minor = minor
        }

        /// The version that is written here: 8.20, that of PyTorch 2.13.
        public static let current = SchemaVersion(major: 8, minor: 20)
    }

    /// The least and the greatest value of a symbol; nil where there is no bound.
    public struct RangeConstraint: Codable, Equatable, Sendable {
        /// The least value.
        public var minimum: Int?
        /// The greatest value.
        public var maximum: Int?

        /// Makes a range.
        public init(minimum: Int?, maximum: Int?) {
            self.minimum = minimum
            self.maximum = maximum
        }

        private enum CodingKeys: String, CodingKey {
            case minimum = "min_val"
            case maximum = "max_val"
        }

        /// Writes both bounds: PyTorch refuses a range without them, and takes null for none.
        public func encode(to encoder: any Encoder) throws {
            var container = encoder.container(keyedBy: CodingKeys.self)
            try container.encode(minimum, forKey: .minimum)
            try container.encode(maximum, forKey: .maximum)
        }
    }
}

extension ExportedProgram: Codable {
    private enum CodingKeys: String, CodingKey {
        case graphModule = "graph_module"
        case operatorSetVersions = "opset_version"
        case rangeConstraints = "range_constraints"
        case schemaVersion = "schema_version"
        case verifiers
        case torchVersion = "torch_version"
        case guards = "guards_code"
    }

    /// Reads a program; a schema of another major version is refused before anything else is read.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        let version = try container.decode(SchemaVersion.self, forKey: .schemaVersion)
        guard version.major == SchemaVersion.current.major else {
            throw SchemaMismatch(
                path: decoder.codingPath + [CodingKeys.schemaVersion], kind: .unsupported,
                reason: "schema \(version.major).\(version.minor) is not supported, only 8.x is")
        }
        self.init(
            graphModule: try container.decode(GraphModule.self, forKey: .graphModule),
            operatorSetVersions: try container.decode(
                [String: Int].self, forKey: .operatorSetVersions),
            rangeConstraints: try container.decode(
                [String: RangeConstraint].self, forKey: .rangeConstraints),
            schemaVersion: version,
            verifiers: try container.decodeIfPresent([String].self, forKey: .verifiers) ?? [],
            torchVersion: try container.decodeIfPresent(String.self, forKey: .torchVersion)
                ?? "<=2.4",
            guards: try container.decodeIfPresent([String].self, forKey: .guards) ?? []
        )
    }
}
