import ArgumentParser
import Datasets
import Programs
import Tensors

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

    /// Whether nothing is said.
    var isStandard: Bool { dataDir == nil && splitSeed == 0 }

    /// Loads a data set by name or path.
    func load(_ name: String) throws -> Dataset {
        try Datasets.load(name, options: DatasetOptions(directory: dataDir, seed: splitSeed))
    }

    /// Loads a data set as a network takes it: with the network's own preprocessing where it has one, or from arrays that
    /// go by the names of its inputs.
    func load(_ name: String, for program: Program) throws -> Dataset {
        let preprocessing = try ModelNotes.preprocessing(of: program)
        let options = DatasetOptions(
            directory: dataDir, seed: splitSeed,
            inputNames: preprocessing == nil ? program.inputArrayNames : [])
        let dataset = try Datasets.load(name, options: options)
        try dataset.check(for: program)
        if let preprocessing { return dataset.mapped { $0.with(preprocessing) } }
        guard dataset.preprocessing == .none else {
            Console.note("The model says nothing of preprocessing: that of \(name) is used.")
            return dataset
        }
        return try dataset.mapped { try $0.converted(for: program) }
    }
}

extension Dataset {
    /// Throws where the network takes other examples.
    fileprivate func check(for program: Program) throws {
        let inputs = [training.inputs] + training.others
        guard inputs.count == program.inputs.count else {
            let names = program.inputs.map(\.name).joined(separator: ", ")
            throw Failure(
                .badFile,
                "the network takes \(program.inputs.count) inputs, \(names), and \(name) has one; give a "
                    + ".npz or .safetensors file with arrays of these names")
        }
        for (tensor, input) in zip(inputs, program.inputs) {
            guard let sizes = program.type(of: input)?.tensor?.sizes.dropFirst() else { continue }
            let shape = tensor.shape.dropFirst()
            guard sizes.count == shape.count,
                zip(sizes, shape).allSatisfy({ $0.fixed == nil || $0.fixed == $1 })
            else {
                let wanted = sizes.map(\.description).joined(separator: ", ")
                throw Failure(
                    .badFile,
                    "the network takes examples of [\(wanted)], and those of \(name) are \(shape)")
            }
        }
    }

    /// The data set with each split replaced.
    fileprivate func mapped(_ transform: (Examples) throws -> Examples) rethrows -> Dataset {
        Dataset(
            name: name, training: try transform(training), validation: try transform(validation),
            test: try transform(test), classNames: classNames, splitNote: splitNote)
    }
}

extension Examples {
    /// The examples in the types that the network's inputs take: whole numbers stay whole, others may be rounded.
    fileprivate func converted(for program: Program) throws -> Examples {
        let tensors = try zip([inputs] + others, program.inputs).map { tensor, input in
            guard let type = program.type(of: input)?.tensor?.scalarType else { return tensor }
            guard tensor.scalarType.isFloatingPoint == type.isFloatingPoint else {
                throw Failure(
                    .badFile,
                    "the network takes \(type) as \(input), and the data has \(tensor.scalarType); store "
                        + "the array as \(type)")
            }
            return try tensor.converted(to: type)
        }
        return with(inputs: tensors)
    }
}

extension Program {
    /// For each input the names that its arrays may have in a file: its own, and its place in the exported call.
    var inputArrayNames: [[String]] {
        zip(inputs, Interface.places(interface?.inputs, count: inputs.count)).map {
            [$0.name, "input.\($1)"]
        }
    }
}

extension Interface {
    /// The places of tensors among all that a network takes or gives, of which the export may have fixed a part.
    static func places(_ leaves: [Leaf]?, count: Int) -> [Int] {
        guard let leaves else { return Array(0..<count) }
        return leaves.indices.filter { leaves[$0] == .value }
    }
}
