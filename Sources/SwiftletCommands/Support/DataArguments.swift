import ArgumentParser
import Datasets
import Programs

/// Which examples of a data set a verb reads.
enum Split: String, ExpressibleByArgument, CaseIterable {
    case training, validation, test

    func examples(of dataset: Dataset) -> Examples {
        switch self {
        case .training: dataset.training
        case .validation: dataset.validation
        case .test: dataset.test
        }
    }
}

/// Where data sets are looked for, and by which seed they are split.
struct DataArguments: ParsableArguments {
    @Option(help: "A folder to look for known data sets in first.")
    var dataDir: String?

    @Option(help: "The seed by which the validation split is drawn.")
    var splitSeed: UInt64 = 0

    /// Loads a data set by name or path.
    func load(_ name: String) throws -> Dataset {
        try Datasets.load(name, options: DatasetOptions(directory: dataDir, seed: splitSeed))
    }
}

extension Dataset {
    /// The data set with a stored model's preprocessing in place of its own, where the model has one.
    func prepared(for program: Program) throws -> Dataset {
        if let type = program.inputs.first.flatMap({ program.type(of: $0)?.tensor }) {
            let shape = type.sizes.dropFirst().compactMap(\.fixed)
            guard shape == exampleShape else {
                throw Failure(
                    .badFile,
                    "the network takes examples of \(shape), and those of \(name) are \(exampleShape)"
                )
            }
        }
        guard let preprocessing = try ModelNotes.preprocessing(of: program) else {
            Console.note("The model says nothing of preprocessing: that of \(name) is used.")
            return self
        }
        return Dataset(
            name: name, training: training.with(preprocessing),
            validation: validation.with(preprocessing), test: test.with(preprocessing),
            classNames: classNames, splitNote: splitNote)
    }
}
