import Tensors

/// Examples to train on, to choose by, and to measure with once.
///
/// Training examples are in an order drawn by the seed, so that a prefix is a fair sample; the
/// others are in their file's order.
public struct Dataset: Sendable {
    /// The known name, or the file's.
    public let name: String
    /// The examples to train on.
    public let training: Examples
    /// The examples by which choices are made.
    public let validation: Examples
    /// The examples that are read once, at the end.
    public let test: Examples
    /// The classes by label; empty where there are no labels.
    public let classNames: [String]
    /// One sentence on how it was split, for a run's record.
    public let splitNote: String

    /// Makes a data set of splits that have one preprocessing.
    public init(
        name: String, training: Examples, validation: Examples, test: Examples,
        classNames: [String], splitNote: String
    ) {
        self.name = name
        self.training = training
        self.validation = validation
        self.test = test
        self.classNames = classNames
        self.splitNote = splitNote
    }

    /// The number of classes.
    public var classCount: Int { classNames.count }

    /// The sizes of one example, `[channels, height, width]` or `[features]`.
    public var exampleShape: [Int] { training.exampleShape }

    /// What a batch goes through; its statistics are those of the training split.
    public var preprocessing: Preprocessing { training.preprocessing }
}
