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
    /// The sizes of the examples that it is made for.
    public let naturalInput: [Int]
    /// The number of classes that it is made for.
    public let naturalClasses: Int
    /// Whether ``Options/width`` and ``Options/logitsNorm`` apply.
    public let isAdjustable: Bool
    private let make: @Sendable (Options) throws -> Program

    private init(
        _ name: String, _ summary: String, input: [Int], classes: Int = 10,
        isAdjustable: Bool = false, make: @escaping @Sendable (Options) throws -> Program
    ) {
        self.name = name
        self.summary = summary
        naturalInput = input
        naturalClasses = classes
        self.isAdjustable = isAdjustable
        self.make = make
    }

    /// Builds the network, its parameters not drawn yet.
    public func program(_ options: Options) throws -> Program { try make(options) }

    /// All networks, by name.
    public static let all: [ZooModel] =
        fullyConnectedNetworks + leNets + vggs + resNets + vits
        + gpts

    /// The network of that name; nil where there is none.
    public static func named(_ name: String) -> ZooModel? { all.first { $0.name == name } }

    private static let fullyConnectedNetworks = [4, 6, 8, 10].map { depth in
        ZooModel(
            "fcn\(depth)",
            "\(depth) linear layers, batch norm and ReLU between them; width 784",
            input: [1, 28, 28], isAdjustable: true
        ) { options in
            try fullyConnected(
                layers: depth, width: options.width ?? 784, classes: options.classes,
                input: options.input, logitsNorm: options.logitsNorm)
        }
    }

    private static let leNets = [
        ZooModel(
            "lenet300", "LeNet-300-100: 300 and 100 hidden units, ReLU", input: [1, 28, 28]
        ) { try leNet300(classes: $0.classes, input: $0.input) },
        ZooModel(
            "lenet5", "LeNet-5: 5x5 convolutions to 20 and 50 channels, 500 hidden units",
            input: [1, 28, 28]
        ) { try leNet5(classes: $0.classes, input: $0.input) },
    ]

    private static let vggs = VGGDepth.allCases.map { depth in
        ZooModel(
            "vgg\(depth.rawValue)", "VGG-\(depth.rawValue) for 32x32 images, batch norm, one head",
            input: [3, 32, 32]
        ) { try vgg(depth, classes: $0.classes, input: $0.input) }
    }

    private static let resNets =
        [(20, 3), (56, 9)].map { depth, blocks in
            ZooModel(
                "resnet\(depth)", "ResNet-\(depth) for 32x32 images, shortcuts without parameters",
                input: [3, 32, 32]
            ) { try smallResNet(blocks: blocks, classes: $0.classes, input: $0.input) }
        } + [
            ZooModel("resnet18", "ResNet-18", input: [3, 224, 224], classes: 1_000) {
                try resNet18(classes: $0.classes, input: $0.input)
            }
        ]

    private static let vits = [4, 8, 16].map { layers in
        ZooModel(
            "vit-l\(layers)-h8",
            "a vision transformer of \(layers) layers, 8 heads, patches of 4x4, width 192",
            input: [3, 32, 32]
        ) {
            try visionTransformer(
                layers: layers, heads: 8, classes: $0.classes, input: $0.input)
        }
    }

    private static let gpts = [
        ZooModel(
            "gpt-l4-h4", "a GPT of 4 layers, 4 heads, width 128, for texts", input: [128],
            classes: 256
        ) { options in
            guard options.input.count == 1 else {
                throw ProgramError(
                    .input,
                    "gpt-l4-h4 reads texts, and these examples are \(options.input): train it on a text, or "
                        + "name another network")
            }
            return try gpt(
                layers: 4, heads: 4, width: 128, vocabulary: options.classes,
                context: options.input[0])
        }
    ]
}
