/// The names of a program's records in a `.pt2` archive, below the archive's root folder.
public struct ProgramRecords: Equatable, Sendable {
    /// The program's name; `model` is the one that `torch.export.load` returns.
    public let program: String

    /// Names the records of a program.
    public init(program: String = "model") {
        self.program = program
    }

    /// The program's JSON.
    public var model: String { "\(Self.modelsFolder)\(program).json" }
    /// The configuration of the weights.
    public var weightsConfiguration: String {
        "\(Self.weightsFolder)\(program)_weights_config.json"
    }
    /// The configuration of the constants.
    public var constantsConfiguration: String {
        "\(Self.constantsFolder)\(program)_constants_config.json"
    }
    /// The example inputs, a pickle; it may be empty and must be there.
    public var sampleInputs: String { "data/sample_inputs/\(program).pt" }

    /// The programs; every record in this folder is taken for one.
    public static let modelsFolder = "models/"
    /// The weights' bare elements.
    public static let weightsFolder = "data/weights/"
    /// The constants' bare elements.
    public static let constantsFolder = "data/constants/"
    /// What travels with the programs, as UTF-8 texts.
    public static let extraFolder = "extra/"

    /// The records that make a zip file a `.pt2` archive, with their whole contents.
    public static let marks: [(name: String, contents: String)] = [
        ("archive_format", "pt2"), ("archive_version", "0"), (".data/version", "6\n"),
        ("byteorder", "little"),
    ]

    /// The names of the programs in an archive, in the order of its records.
    ///
    /// - Parameter records: the names of all records, below the root folder.
    /// - Returns: the names, such as `model`.
    public static func programs(in records: some Sequence<String>) -> [String] {
        records.compactMap { record in
            guard record.hasPrefix(modelsFolder), record.hasSuffix(".json") else { return nil }
            let name = record.dropFirst(modelsFolder.count).dropLast(".json".count)
            return name.isEmpty ? nil : String(name)
        }
    }
}
