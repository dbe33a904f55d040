import FileFormats
import Tensors

/// A user's own data as named arrays, from `.npz` or safetensors.
struct ArrayFile {
    private static let inputNames = ["x", "inputs", "images", "data"]
    private static let labelNames = ["y", "labels", "target"]

    let path: String
    private let arrays: [String: RawArray]
    private let names: [String]

    /// Gathers arrays by their names without regard to case.
    init(_ arrays: [(name: String, array: RawArray)], path: String) throws {
        self.path = path
        names = arrays.map(\.name)
        var byName: [String: RawArray] = [:]
        for (name, array) in arrays
        where byName.updateValue(array, forKey: name.lowercased()) != nil {
            throw DatasetError(
                .malformed,
                "\(path): two arrays are named \(name.lowercased().quoted), apart from capitals; "
                    + "rename one")
        }
        self.arrays = byName
    }

    /// The parts that the arrays' names say, with the classes of all labels.
    func read(named name: String) throws -> GivenData {
        let found = try reads()
        let forms = found.all.map { pair in
            "\(pair.inputs.tensor.scalarType) \(pair.inputs.tensor.shape.dropFirst())"
        }
        for (pair, form) in zip(found.all, forms) where form != forms[0] {
            throw DatasetError(
                .malformed,
                "\(path): an example is \(forms[0]) in \(found.training.name) and \(form) in "
                    + "\(pair.name); give all of them one type and shape")
        }
        let classes = try ClassLabels.classCount(of: found.all.compactMap(\.labels), file: path)
        let parts: GivenParts =
            if let test = found.test {
                .split(
                    training: found.training.part, validation: found.validation?.part,
                    test: test.part)
            } else { .whole(found.training.part) }
        return GivenData(
            name: name, parts: parts, classNames: (0..<classes).map(String.init),
            scale: found.training.inputs.scale, remark: remark(found))
    }

    /// One pair of arrays.
    private struct Pair {
        let name: String
        let inputs: InputArray
        let labels: ClassLabels?

        var part: Part { Part(inputs: inputs.tensor, labels: labels?.values) }
    }

    private struct Pairs {
        let training: Pair
        var validation: Pair?
        var test: Pair?

        var all: [Pair] { [training, validation, test].compactMap { $0 } }
    }

    private func reads() throws -> Pairs {
        guard let training = try pair("x_train", "y_train") else {
            guard let name = Self.inputNames.first(where: { arrays[$0] != nil }),
                let whole = try pair(name, labelName)
            else { throw nothingToRead }
            return Pairs(training: whole)
        }
        guard let test = try pair("x_test", "y_test") else {
            throw DatasetError(
                .malformed,
                "\(path): it has x_train but no x_test; add it, or name the arrays x and y to have "
                    + "them split")
        }
        return Pairs(
            training: training, validation: try pair("x_validation", "y_validation"), test: test)
    }

    private var labelName: String { Self.labelNames.first { arrays[$0] != nil } ?? "y" }

    private func pair(_ name: String, _ labelName: String) throws -> Pair? {
        guard let array = arrays[name] else { return nil }
        let inputs = try InputArray(array, name: name, file: path)
        let labels = try arrays[labelName].map { labels in
            try ClassLabels(
                labels, name: labelName, inputs: (name, array.shape[0]), file: path)
        }
        return Pair(name: name, inputs: inputs, labels: labels)
    }

    private var nothingToRead: DatasetError {
        let shown = names.prefix(10).map(\.quoted).joined(separator: ", ")
        return DatasetError(
            .malformed,
            "\(path): it has \(names.isEmpty ? "no arrays" : "the arrays \(shown)") and none is "
                + "named x_train, x, inputs, images or data; rename the inputs")
    }

    private func remark(_ found: Pairs) -> String? {
        let unlabelled = found.all.filter { $0.labels == nil }.map(\.name)
        return unlabelled.isEmpty ? nil : "no labels for \(unlabelled.joined(separator: ", "))"
    }
}
