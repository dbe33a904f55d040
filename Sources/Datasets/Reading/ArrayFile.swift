import FileFormats
import Tensors

/// A user's own data as named arrays, from `.npz` or safetensors.
struct ArrayFile {
    /// What arrays that belong together are called.
    private struct Names {
        /// For each input, by rank.
        let inputs: [[String]]
        /// By rank.
        var labels = ["y", "labels", "target"]
        /// Whether the inputs are in a network's own terms.
        let passAsTheyAre: Bool

        static let own = Names(inputs: [["x", "inputs", "images", "data"]], passAsTheyAre: false)

        /// Those of one split.
        func of(_ split: String) -> Names {
            Names(
                inputs: inputs.map { $0.map { "\($0)_\(split)" } },
                labels: labels.map { "\($0)_\(split)" }, passAsTheyAre: passAsTheyAre)
        }
    }

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
    ///
    /// Arrays that go by the names of a network's inputs pass as they are, but for bytes, which are images in need of a
    /// preprocessing.
    ///
    /// - Parameter inputs: for each input of the network the names that its arrays may have.
    func read(named name: String, for inputs: [[String]] = []) throws -> GivenData {
        let given = Names(
            inputs: inputs.map { $0.map { $0.lowercased() } }, passAsTheyAre: true)
        guard let found = try pairs(given) ?? pairs(.own) else { throw nothingToRead(given) }
        let forms = found.all.map { pair in
            pair.inputs.map { "\($0.tensor.scalarType) \($0.tensor.shape.dropFirst())" }
                .joined(separator: " and ")
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
            scale: found.passAsTheyAre ? nil : found.training.inputs[0].scale, remark: remark(found)
        )
    }

    /// One pair of arrays.
    private struct Pair {
        let name: String
        let inputs: [InputArray]
        let labels: ClassLabels?

        var part: Part {
            Part(
                inputs: inputs[0].tensor, others: inputs.dropFirst().map(\.tensor),
                labels: labels?.values)
        }
    }

    private struct Pairs {
        let training: Pair
        var validation: Pair?
        var test: Pair?
        let passAsTheyAre: Bool

        var all: [Pair] { [training, validation, test].compactMap { $0 } }
    }

    /// The pairs of arrays that go by these names; nil where there are none.
    private func pairs(_ names: Names) throws -> Pairs? {
        guard let training = try pair(names.of("train")) else {
            return try pair(names).map {
                Pairs(training: $0, passAsTheyAre: names.passAsTheyAre)
            }
        }
        guard let test = try pair(names.of("test")) else {
            let bare = training.name.dropLast("_train".count)
            throw DatasetError(
                .malformed,
                "\(path): it has \(training.name) but no \(bare)_test; add it, or name the arrays "
                    + "\(bare) and y to have them split")
        }
        return Pairs(
            training: training, validation: try pair(names.of("validation")), test: test,
            passAsTheyAre: names.passAsTheyAre)
    }

    /// The arrays of these names; nil where no input is there.
    private func pair(_ names: Names) throws -> Pair? {
        let found = names.inputs.map { names in names.first { arrays[$0] != nil } }
        guard let first = found.compactMap({ $0 }).first else { return nil }
        let inputs = try zip(names.inputs, found).map { names, name in
            guard let name, let array = arrays[name] else {
                throw DatasetError(
                    .malformed,
                    "\(path): it has \(first) but no \(names[0]), which the network takes too; add it"
                )
            }
            return (name: name, array: array)
        }
        if names.passAsTheyAre, inputs.contains(where: { $0.array.elementType == .uint8 }) {
            return nil
        }
        let read = try inputs.map {
            try InputArray(
                $0.array, name: $0.name, file: path, passesAsItIs: names.passAsTheyAre)
        }
        let count = inputs[0].array.shape[0]
        for (name, array) in inputs where array.shape[0] != count {
            throw DatasetError(
                .malformed,
                "\(path): \(inputs[0].name) has \(count) examples and \(name) \(array.shape[0]); give "
                    + "as many of both")
        }
        let label = names.labels.first { arrays[$0] != nil }
        let labels = try label.flatMap { label in
            try arrays[label].map {
                try ClassLabels($0, name: label, inputs: (first, count), file: path)
            }
        }
        return Pair(name: first, inputs: read, labels: labels)
    }

    private func nothingToRead(_ given: Names) -> DatasetError {
        let shown = names.prefix(10).map(\.quoted).joined(separator: ", ")
        let wanted = given.inputs.compactMap(\.first).joined(separator: ", ")
        let others = wanted.isEmpty ? "" : ", nor as the network's inputs, \(wanted)"
        return DatasetError(
            .malformed,
            "\(path): it has \(names.isEmpty ? "no arrays" : "the arrays \(shown)") and none is "
                + "named x_train, x, inputs, images or data\(others); rename the inputs")
    }

    private func remark(_ found: Pairs) -> String? {
        let unlabelled = found.all.filter { $0.labels == nil }.map(\.name)
        return unlabelled.isEmpty ? nil : "no labels for \(unlabelled.joined(separator: ", "))"
    }
}
