public import Programs

/// A network that can be asked for by name.
public struct ZooModel: Sendable {
    /// What a user may choose about it.
    public struct Options: Sendable {
        /// An example's sizes.
        public var input: [Int]
        /// The number of classes.
        public var classes: Int
        /// The width of the hidden layers; nil for the model's own.
        public var width: Int?
        /// Whether batch norm follows the head.
        public var logitsNorm: Bool

        /// Makes options.
        public init(input: [Int], classes: Int, width: Int? = nil, logitsNorm: Bool = false) {
            self.input = input
            self.classes = classes
            self.width = width
            self.logitsNorm = logitsNorm
        }
    }

    /// The name that the command line takes.
    public let name: String
    /// What it is, in a line.
    public let summary: String
    /// Whether ``Options/width`` and ``Options/logitsNorm`` apply.
    public let isAdjustable: Bool
    private let make: @Sendable (Options) throws -> Program

    /// Builds the network, its parameters not drawn yet.
    public func program(_ options: Options) throws -> Program { try make(options) }

    /// All networks, by name.
    public static let all: [ZooModel] =
        [4, 6, 8, 10].map { depth in
            ZooModel(
                name: "fcn\(depth)",
                summary: "\(depth) linear layers, batch norm and ReLU between them; width 784",
                isAdjustable: true
            ) { options in
                try fullyConnected(
                    layers: depth, width: options.width ?? 784, classes: options.classes,
                    input: options.input, logitsNorm: options.logitsNorm)
            }
        } + [
            ZooModel(
                name: "lenet300", summary: "LeNet-300-100: 300 and 100 hidden units, ReLU",
                isAdjustable: false
            ) { options in
                try leNet300(classes: options.classes, input: options.input)
            }
        ]

    /// The network of that name; nil where there is none.
    public static func named(_ name: String) -> ZooModel? { all.first { $0.name == name } }
}
