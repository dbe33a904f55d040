import FileFormats
import Tensors

extension KnownDataset {
    /// The MNIST database of handwritten digits.
    ///
    /// Y. LeCun, L. Bottou, Y. Bengio and P. Haffner,
    /// “Gradient-based learning applied to document recognition” (1998).
    static let mnist = KnownDataset(
        name: "mnist",
        summary: "70000 handwritten digits of 28 x 28 pixels (Y. LeCun, C. Cortes, C. Burges)",
        folder: "mnist", files: idxFiles, address: "https://yann.lecun.com/exdb/mnist/",
        licence: "none stated", exampleShape: [1, 28, 28], classNames: (0...9).map(String.init),
        reader: readImages)

    /// The data set of clothes that is shaped as MNIST is.
    ///
    /// H. Xiao, K. Rasul and R. Vollgraf, “Fashion-MNIST: a novel image dataset for benchmarking
    /// machine learning algorithms” (2017).
    static let fashionMNIST = KnownDataset(
        name: "fashion-mnist",
        summary: "70000 pictures of clothes of 28 x 28 pixels (H. Xiao, K. Rasul, R. Vollgraf)",
        folder: "fashion-mnist", files: idxFiles,
        address: "https://github.com/zalandoresearch/fashion-mnist", licence: "MIT",
        exampleShape: [1, 28, 28],
        classNames: [
            "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat", "Sandal", "Shirt", "Sneaker",
            "Bag", "Ankle boot",
        ],
        reader: readImages)

    private static let idxFiles = [
        "train-images-idx3-ubyte.gz", "train-labels-idx1-ubyte.gz", "t10k-images-idx3-ubyte.gz",
        "t10k-labels-idx1-ubyte.gz",
    ]

    @Sendable private static func readImages(
        _ known: KnownDataset, _ options: DatasetOptions
    ) throws -> Dataset {
        let paths = try known.paths(options)
        let parts = GivenParts.split(
            training: try known.part(images: paths[0], labels: paths[1]), validation: nil,
            test: try known.part(images: paths[2], labels: paths[3]))
        let given = GivenData(
            name: known.name, parts: parts, classNames: known.classNames, scale: 1 / 255)
        return try Dataset(given, seed: options.seed)
    }

    /// Images of bytes with their labels, from two IDX files.
    private func part(images imagePath: String, labels labelPath: String) throws -> Part {
        let images = try IDX.read(contentsOf: imagePath, rank: 3)
        let labels = try IDX.read(contentsOf: labelPath, rank: 1)
        let expected = Array(exampleShape.dropFirst())
        guard images.elementType == .uint8, images.count > 0,
            Array(images.shape.dropFirst()) == expected
        else {
            throw DatasetError(
                .malformed,
                "\(imagePath): it holds \(images.elementType) \(images.shape), and uint8 [count, "
                    + "\(expected[0]), \(expected[1])] is expected; fetch it again from \(address)")
        }
        guard labels.shape == [images.shape[0]] else {
            throw DatasetError(
                .malformed,
                "\(labelPath): it has \(labels.count) labels for the \(images.shape[0]) images of "
                    + "\(imagePath); fetch both again from \(address)")
        }
        let values = try labels.integers()
        if let position = values.firstIndex(where: { !classNames.indices.contains($0) }) {
            throw DatasetError(
                .malformed,
                "\(labelPath): label \(position) is \(values[position]), and labels are 0 to "
                    + "\(classCount - 1); fetch it again from \(address)")
        }
        let shape = [images.shape[0]] + exampleShape
        return Part(inputs: Tensor(bytes: images.bytes, type: .uint8, shape: shape), labels: values)
    }
}
