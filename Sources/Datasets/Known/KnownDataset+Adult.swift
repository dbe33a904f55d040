import FileFormats
import Foundation
import Tensors

extension KnownDataset {
    /// UCI Adult: whether a person of the census of 1994 earns more than 50,000 dollars a year.
    ///
    /// Six features are numbers; of eight that are words each word is a feature of its own, 0 or 1, in alphabetical order,
    /// what is not known (`?`) too. The words are those of the training file.
    ///
    /// B. Becker and R. Kohavi, “Adult”, UCI machine learning repository (1996).
    static let adult = KnownDataset(
        name: "adult",
        summary: "48842 people of a census, two classes of income (B. Becker, R. Kohavi)",
        folder: "tabular", files: ["adult.data", "adult.test"],
        address: "https://archive.ics.uci.edu/dataset/2/adult", licence: "CC BY 4.0",
        exampleShape: [108], classNames: ["<=50K", ">50K"]
    ) { known, options in
        let paths = try known.paths(options)
        let tables = try paths.map { try AdultTable(contentsOf: $0, classNames: known.classNames) }
        let words = tables[0].words
        let parts = try tables.map { try $0.part(words) }
        let width = parts[0].inputs.shape[1]
        guard [width] == known.exampleShape else {
            throw DatasetError(
                .malformed,
                "\(paths[0]): it gives \(width) features and not \(known.exampleShape[0]); put the file from "
                    + "\(known.address) in its place")
        }
        let given = GivenData(
            name: known.name, parts: .split(training: parts[0], validation: nil, test: parts[1]),
            classNames: known.classNames, scale: 1)
        return try Dataset(given, seed: options.seed)
    }
}

/// One of the two files: a line a person, 15 fields with commas between them.
private struct AdultTable {
    /// Which fields are numbers; the others but the last are words.
    private static let numbers: Set<Int> = [0, 2, 4, 10, 11, 12]
    private static let fieldCount = 15

    private let path: String
    private var rows: [[String]] = []
    private var labels: [Int] = []

    init(contentsOf path: String, classNames: [String]) throws {
        self.path = path
        let text = String(decoding: try InputFile.read(path), as: UTF8.self)
        for (index, line) in text.split(separator: "\n", omittingEmptySubsequences: false)
            .enumerated()
        {
            let line = line.trimmingCharacters(in: .whitespacesAndNewlines)
            // The test file begins with a remark.
            if line.isEmpty || line.hasPrefix("|") { continue }
            let fields = line.split(separator: ",", omittingEmptySubsequences: false)
                .map { $0.trimmingCharacters(in: .whitespaces) }
            // In the test file a full stop follows the class.
            let name = fields.last.map { $0.hasSuffix(".") ? String($0.dropLast()) : $0 }
            guard fields.count == Self.fieldCount, let label = classNames.firstIndex(of: name ?? "")
            else {
                throw DatasetError(
                    .malformed,
                    "\(path): line \(index + 1) does not have \(Self.fieldCount) fields that end in a class, "
                        + "\(classNames.joined(separator: " or ")); put the file from the publisher in its place"
                )
            }
            rows.append(fields)
            labels.append(label)
        }
        guard !rows.isEmpty else {
            throw DatasetError(
                .malformed, "\(path): it has no rows; put the file from the publisher in its place")
        }
    }

    /// The words of each field, in alphabetical order.
    var words: [Int: [String]] {
        let fields = (0..<Self.fieldCount - 1).filter { !Self.numbers.contains($0) }
        return Dictionary(
            uniqueKeysWithValues: fields.map { field in
                (field, Set(rows.map { $0[field] }).sorted())
            })
    }

    /// The rows as features; a word that is not among `words` is none of them.
    func part(_ words: [Int: [String]]) throws -> Part {
        let places = words.mapValues { words in
            Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, $0) })
        }
        var features: [Float] = []
        for (index, row) in rows.enumerated() {
            for field in 0..<(Self.fieldCount - 1) {
                if let places = places[field] {
                    var block = [Float](repeating: 0, count: places.count)
                    if let place = places[row[field]] { block[place] = 1 }
                    features += block
                } else {
                    guard let number = Float(row[field]), number.isFinite else {
                        throw DatasetError(
                            .malformed,
                            "\(path): row \(index + 1), field \(field + 1) is \(row[field].quoted) and not a "
                                + "number; put the file from the publisher in its place")
                    }
                    features.append(number)
                }
            }
        }
        return Part(
            inputs: Tensor(features, shape: [rows.count, features.count / rows.count]),
            labels: labels)
    }
}
