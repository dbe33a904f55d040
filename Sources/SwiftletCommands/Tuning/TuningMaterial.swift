import Compression
import Datasets
import Interchange
import Programs
import Reports
import Training

/// What a network is tuned with: data, and a network to learn from.
struct TuningMaterial {
    let dataset: Dataset
    let teacher: Program?
    private let distillation: DistillationRecord?

    /// Loads a data set and opens the teacher.
    ///
    /// - Parameters:
    ///   - data: the data set's name or path.
    ///   - program: the network, of the file `model`.
    /// - Throws: where the data have no labels, or other classes than the network, or where the teacher sees other inputs.
    init(
        _ data: String, from source: DataArguments, for program: Program, of model: ModelSource,
        _ distillation: DistillationRecord?
    ) throws {
        dataset = try source.load(data, for: program)
        teacher = try distillation?.from.open().program
        self.distillation = distillation
        guard dataset.training.labels != nil else {
            throw Failure(.usage, "\(data) has no labels to tune on")
        }
        guard !program.parameterNames.isEmpty else {
            throw Failure(.usage, "\(model.path) has no parameters to tune")
        }
        let classes = program.results.first.flatMap { program.type(of: $0)?.tensor?.sizes.last }
        if let classes = classes?.fixed, classes < dataset.classCount {
            throw Failure(
                .usage,
                "the network tells \(classes) classes apart, and \(data) has "
                    + "\(dataset.classCount); tune on data with its classes")
        }
        if let teacher {
            let (own, other) = (
                try ModelNotes.preprocessing(of: program),
                try ModelNotes.preprocessing(of: teacher)
            )
            guard own == nil || other == nil || own == other else {
                throw Failure(
                    .usage,
                    "the network and the one to distil from have other preprocessing; distil from the "
                        + "network that it was made of")
            }
        }
    }

    /// What changes the loss and the decay while a network is tuned.
    func hooks(productDecay: Double?) throws -> [any TrainingHook] {
        var hooks: [any TrainingHook] = []
        if let productDecay { hooks.append(ProductDecay(productDecay)) }
        if let teacher, let distillation {
            hooks.append(
                try Distillation(
                    from: teacher, temperature: distillation.temperature,
                    share: distillation.share))
        }
        return hooks
    }

    /// Tells of the examples, before a run starts.
    func announce(for program: Program) {
        Console.note(
            "\(Formatting.count(dataset.training.count)) training and "
                + "\(Formatting.count(dataset.validation.count)) validation examples: \(dataset.splitNote)"
        )
        if ModelNotes.mayHaveSeenValidation(program) {
            Console.note("These weights may have seen the validation split.")
        }
    }
}
