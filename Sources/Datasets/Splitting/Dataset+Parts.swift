import Tensors

/// What is known about data before they are split.
struct GivenData {
    /// The data set's name in its errors and afterwards.
    let name: String
    let parts: GivenParts
    let classNames: [String]
    /// The factor that makes inputs be of size one; nil where they pass as they are.
    let scale: Double?
    /// What else the note about the split says, before it.
    var remark: String?
}

extension Dataset {
    /// Splits what is not split yet, and takes the statistics of the training split where there is a preprocessing.
    ///
    /// A training part without a validation part gives a tenth of each class by `seed`; data
    /// without any split are split 60/20/20, by seed 0 always.
    init(_ given: GivenData, seed: UInt64) throws {
        let divided = try DividedParts(given.parts, seed: seed, name: given.name)
        let preprocessing = try given.scale.map { scale in
            let statistics = try Statistics(of: divided.training.inputs, scale: scale)
            return Preprocessing(
                scale: scale, mean: statistics.mean, deviation: statistics.deviation)
        }
        self.init(
            name: given.name, training: divided.training.examples(preprocessing ?? .none),
            validation: divided.validation.examples(preprocessing ?? .none),
            test: divided.test.examples(preprocessing ?? .none), classNames: given.classNames,
            splitNote: [given.remark, divided.note].compactMap { $0 }.joined(separator: "; "))
    }
}

/// The three splits with the sentence that says how they came about.
private struct DividedParts {
    let training: Part
    let validation: Part
    let test: Part
    let note: String

    init(_ given: GivenParts, seed: UInt64, name: String) throws {
        switch given {
        case .whole(let part):
            let split = StratifiedSplit(
                labels: part.strata, holdingOut: [.fifth, .fifth], seed: 0)
            training = try part.selecting(split.remaining)
            validation = try part.selecting(split.heldOut[0])
            test = try part.selecting(split.heldOut[1])
            note =
                "60 % of \(part.share) is for training, 20 % for validation and 20 % for test "
                + "(\(training.count), \(validation.count) and \(test.count) examples), drawn with "
                + "seed 0"
        case .split(let given, nil, let test):
            let split = StratifiedSplit(labels: given.strata, holdingOut: [.tenth], seed: seed)
            training = try given.selecting(split.remaining)
            validation = try given.selecting(split.heldOut[0])
            self.test = test
            note =
                "validation is a tenth of \(given.share) of the \(given.count) training examples "
                + "(\(validation.count)), drawn with seed \(seed), and test the \(test.count) given"
        case .split(let given, let validation?, let test):
            let split = StratifiedSplit(labels: given.strata, holdingOut: [], seed: seed)
            training = try given.selecting(split.remaining)
            self.validation = validation
            self.test = test
            note =
                "training, validation and test (\(given.count), \(validation.count) and "
                + "\(test.count) examples) are as given"
        }
        for (part, use) in [(validation, "validation"), (test, "test")] where part.count == 0 {
            throw DatasetError(
                .unusable,
                "\(name): its \(given.all[0].count) examples leave none for \(use); add examples, "
                    + "or give x_train, x_validation and x_test in an .npz file")
        }
    }
}

extension Part {
    /// Of what a share was taken.
    fileprivate var share: String { labels == nil ? "all" : "each class" }
}
