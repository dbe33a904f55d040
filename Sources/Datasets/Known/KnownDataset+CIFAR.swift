import FileFormats
import Tensors

extension KnownDataset {
    /// CIFAR-10: small colour photographs of ten sorts of things.
    ///
    /// A. Krizhevsky, “Learning multiple layers of features from tiny images” (2009).
    static let cifar10 = KnownDataset(
        name: "cifar10",
        summary: "60000 colour photographs of 32 x 32 pixels in 10 classes (A. Krizhevsky)",
        folder: "cifar-10-batches-bin",
        files: (1...5).map { "data_batch_\($0).bin" } + ["test_batch.bin"], address: address,
        licence: "none stated", exampleShape: CIFAR.imageShape,
        classNames: [
            "airplane", "automobile", "bird", "cat", "deer", "dog", "frog", "horse", "ship",
            "truck",
        ], augmentation: .standard
    ) { known, options in try known.readImages(.cifar10, options) }

    /// CIFAR-100: the same of a hundred sorts, by their fine labels.
    ///
    /// A. Krizhevsky, “Learning multiple layers of features from tiny images” (2009).
    static let cifar100 = KnownDataset(
        name: "cifar100",
        summary: "60000 colour photographs of 32 x 32 pixels in 100 classes (A. Krizhevsky)",
        folder: "cifar-100-binary", files: ["train.bin", "test.bin"], address: address,
        licence: "none stated", exampleShape: CIFAR.imageShape, classNames: fineClassNames,
        augmentation: .standard
    ) { known, options in try known.readImages(.cifar100, options) }

    private static let address = "https://www.cs.toronto.edu/~kriz/cifar.html"

    /// As in the publisher's `fine_label_names.txt`.
    private static let fineClassNames = """
        apple aquarium_fish baby bear beaver bed bee beetle bicycle bottle bowl boy bridge bus \
        butterfly camel can castle caterpillar cattle chair chimpanzee clock cloud cockroach couch \
        crab crocodile cup dinosaur dolphin elephant flatfish forest fox girl hamster house \
        kangaroo keyboard lamp lawn_mower leopard lion lizard lobster man maple_tree motorcycle \
        mountain mouse mushroom oak_tree orange orchid otter palm_tree pear pickup_truck pine_tree \
        plain plate poppy porcupine possum rabbit raccoon ray road rocket rose sea seal shark \
        shrew skunk skyscraper snail snake spider squirrel streetcar sunflower sweet_pepper table \
        tank telephone television tiger tractor train trout tulip turtle wardrobe whale \
        willow_tree wolf woman worm
        """.split(separator: " ").map(String.init)

    /// All files but the last are for training.
    private func readImages(
        _ variant: CIFAR.Variant, _ options: DatasetOptions
    ) throws -> Dataset {
        let parts = try paths(options).map { path in
            let contents = try CIFAR.read(contentsOf: path, as: variant)
            let images = contents.images
            return Part(
                inputs: Tensor(bytes: images.bytes, type: .uint8, shape: images.shape),
                labels: contents.labels)
        }
        let training = parts.dropLast()
        let given = GivenData(
            name: name,
            parts: .split(
                training: Part(
                    inputs: try .concatenated(training.map(\.inputs)),
                    labels: training.flatMap { $0.labels ?? [] }),
                validation: nil, test: parts[parts.count - 1]),
            classNames: classNames, scale: 1 / 255)
        return try Dataset(given, seed: options.seed)
    }
}
