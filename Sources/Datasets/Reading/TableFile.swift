import FileFormats
import Tensors

/// A user's own data as a table: a column of labels, and a feature in every other column.
struct TableFile {
    /// What a column of labels is called, by rank, without regard to case.
    private static let labelNames = ["label", "class", "target", "y"]

    let table: CSVTable
    let path: String
    private let labelColumn: String
    private let isLabelNamed: Bool

    /// Takes the column that is named so as labels, else the last one.
    init(_ table: CSVTable, path: String) throws {
        self.table = table
        self.path = path
        let named = Self.labelNames.lazy.compactMap { name in
            table.names.first { $0.lowercased() == name }
        }.first
        isLabelNamed = named != nil
        labelColumn = named ?? table.names[table.names.count - 1]
    }

    /// One part with all rows, its classes by name.
    func read(named name: String) throws -> GivenData {
        let inputs = try features()
        let (labels, classNames) = try labelled()
        let remark =
            isLabelNamed
            ? "labels are column \(labelColumn.quoted)"
            : "labels are the last column, \(labelColumn.quoted), since none is named label, "
                + "class, target or y"
        return GivenData(
            name: name, parts: .whole(Part(inputs: inputs, labels: labels)),
            classNames: classNames, scale: 1, remark: remark)
    }

    /// Every column but the labels', `[rows, features]`, `float64`.
    private func features() throws -> Tensor {
        let texts = table.names.filter { $0 != labelColumn && table.texts[$0] != nil }
        guard texts.isEmpty else {
            let shown = texts.prefix(5).map(\.quoted).joined(separator: ", ")
            throw DatasetError(
                .unusable,
                "\(path): text is in \(texts.count == 1 ? "column" : "columns") \(shown), and "
                    + "features are numbers; encode the text as numbers, or remove it")
        }
        let columns = table.numericNames
        let kept = columns.indices.filter { columns[$0] != labelColumn }
        guard !kept.isEmpty else {
            throw DatasetError(
                .unusable,
                "\(path): it has no column but \(labelColumn.quoted), the labels; add columns of "
                    + "features")
        }
        let all = Tensor(table.numbers, shape: [table.rowCount, columns.count])
        let features =
            kept.count == columns.count ? all : try all.selecting(Tensor(kept), along: 1)
        if let (position, number) = try features.firstNotFinite() {
            throw DatasetError(
                .malformed,
                "\(path): \(row(position[0])), column \(columns[kept[position[1]]].quoted) is "
                    + "\(number); replace it, or leave the row out")
        }
        return features
    }

    /// The labels with the classes' names: texts in their order, or the numbers.
    private func labelled() throws -> (labels: [Int], classNames: [String]) {
        if let texts = table.texts[labelColumn] {
            if let position = texts.firstIndex(of: "") {
                throw DatasetError(
                    .malformed,
                    "\(path): \(row(position)), column \(labelColumn.quoted) is empty; fill it, "
                        + "or leave the row out")
            }
            let names = Set(texts).sorted()
            let numbers = Dictionary(uniqueKeysWithValues: zip(names, names.indices))
            return (texts.compactMap { numbers[$0] }, names)
        }
        let numbers = table.numbers(of: labelColumn) ?? []
        let labels = try ClassLabels(numbers: numbers, file: path) { position in
            "\(row(position)), column \(labelColumn.quoted)"
        }
        let count = try ClassLabels.classCount(of: [labels], file: path)
        return (labels.values, (0..<count).map(String.init))
    }

    /// Names a row, counted from 1 without the header.
    private func row(_ position: Int) -> String { "data row \(position + 1)" }
}
