import FileFormats
import Foundation

/// Data sets by name or path.
public enum Datasets {
    /// The data sets that have a name, in the order in which they are listed.
    public static let known: [KnownDataset] = [
        .digits, .mnist, .fashionMNIST, .cifar10, .cifar100, .adult, .tinyShakespeare, .wikiText2,
    ]

    /// The known data set of that name, in whatever case; nil where there is none.
    public static func known(_ name: String) -> KnownDataset? {
        known.first { $0.name == name.lowercased() }
    }

    /// Loads a known data set, or the user's own from a file.
    ///
    /// A path is anything with a `/`, with an ending of `.npz`, `.safetensors`, `.csv` or `.tsv`
    /// (the last two also with `.gz`), or the name of a file that is there.
    ///
    /// - Throws: ``DatasetError``, or FileFormats' error for a file whose bytes are not as its
    ///   format demands.
    public static func load(
        _ nameOrPath: String, options: DatasetOptions = DatasetOptions()
    ) throws -> Dataset {
        if let dataset = known(nameOrPath) { return try dataset.load(options) }
        if let format = UserFormat(path: nameOrPath) {
            let name = URL(fileURLWithPath: nameOrPath).lastPathComponent
            return try Dataset(
                format.read(nameOrPath, named: name, for: options.inputNames), seed: options.seed)
        }
        guard nameOrPath.contains("/") || FileManager.default.fileExists(atPath: nameOrPath) else {
            throw unknown(nameOrPath)
        }
        throw DatasetError(
            .unusable,
            "\(nameOrPath): its ending is not one of \(UserFormat.endings); give a file in one of "
                + "these formats")
    }

    private static func unknown(_ name: String) -> DatasetError {
        let names = known.map(\.name)
        let guess = NearestName.of(name, among: names).map { " (did you mean \($0)?)" } ?? ""
        return DatasetError(
            .unknownName,
            "no data set is named \(name.quoted)\(guess); give one of "
                + "\(names.joined(separator: ", ")), or the path of a file that ends in "
                + UserFormat.endings)
    }
}

/// The formats in which users' own data are read, told by a path's ending.
private enum UserFormat: CaseIterable {
    case npz, safetensors, csv, tsv

    static let endings = ".npz, .safetensors, .csv, .csv.gz, .tsv or .tsv.gz"

    init?(path: String) {
        let lower = path.lowercased()
        switch true {
        case lower.hasSuffix(".npz"): self = .npz
        case lower.hasSuffix(".safetensors"): self = .safetensors
        case lower.hasSuffix(".csv"), lower.hasSuffix(".csv.gz"): self = .csv
        case lower.hasSuffix(".tsv"), lower.hasSuffix(".tsv.gz"): self = .tsv
        default: return nil
        }
    }

    func read(
        _ path: String, named name: String, for inputs: [[String]]
    ) throws -> GivenData {
        switch self {
        case .npz:
            return try ArrayFile(NumPy.readArchive(contentsOf: path), path: path)
                .read(named: name, for: inputs)
        case .safetensors:
            let file = try Safetensors(contentsOf: path)
            let arrays = try file.names.compactMap { name in
                try file[name].map { (name: name, array: $0) }
            }
            return try ArrayFile(arrays, path: path).read(named: name, for: inputs)
        case .csv:
            return try TableFile(CSVTable(contentsOf: path), path: path).read(named: name)
        case .tsv:
            let options = CSVOptions(separator: .tab)
            return try TableFile(CSVTable(contentsOf: path, options: options), path: path)
                .read(named: name)
        }
    }
}
