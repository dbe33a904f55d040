import Datasets
import FileFormats
import Foundation
import Tensors
import TestSupport
import Testing

private let realData = ProcessInfo.processInfo.environment["SWIFTLET_DATA"]

@Suite struct KnownDatasetTests {
    private let names = [
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte", "t10k-images-idx3-ubyte",
        "t10k-labels-idx1-ubyte",
    ]

    /// Lays out a small MNIST: 20 training and 10 test images.
    private func layOut(_ folder: String, changing name: String? = nil, to data: Data? = nil) throws
    {
        try FileManager.default.createDirectory(
            atPath: folder + "/mnist", withIntermediateDirectories: true)
        for (index, file) in names.enumerated() {
            let count = index < 2 ? 20 : 10
            let isImages = index % 2 == 0
            let bytes = (0..<count * (isImages ? 784 : 1)).map { UInt8($0 % (isImages ? 256 : 10)) }
            let content = idx(bytes, shape: isImages ? [count, 28, 28] : [count])
            try AtomicFile.write(
                file == name ? data ?? content : content, to: "\(folder)/mnist/\(file)")
        }
    }

    @Test func `digits are built in`() throws {
        let digits = try Datasets.load("digits")
        #expect(digits.name == "digits")
        #expect(digits.exampleShape == [1, 8, 8] && digits.classCount == 10)
        #expect(
            digits.counts == [1079, 359, 359])
        #expect(digits.preprocessing.scale == 1.0 / 16)
        let parts = [digits.training, digits.validation, digits.test]
        let inputs = try Tensor.concatenated(parts.map(\.inputs))
        #expect(inputs.scalarType == .uint8)
        #expect(try inputs.minimum().item() == 0 && inputs.maximum().item() == 16)
        // zcat digits.csv.gz: the sum of all pixels, and how often each label occurs.
        #expect(try inputs.sum().item() == 561_718)
        let labels = try parts.flatMap { try $0.labelValues }
        let counts = (0..<10).map { digit in labels.count(where: { $0 == digit }) }
        #expect(counts == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180])
        for part in [digits.validation, digits.test] {
            for digit in 0..<10 {
                let found = try part.labelValues.count(where: { $0 == digit })
                #expect(abs(Double(found) - Double(counts[digit]) / 5) < 1)
            }
        }
        #expect(
            digits.splitNote
                == "60 % of each class is for training, 20 % for validation and 20 % for "
                + "test (1079, 359 and 359 examples), drawn with seed 0")
    }

    @Test func `the split of digits is fixed`() throws {
        let first = try Datasets.load("digits", options: DatasetOptions(seed: 1))
        let second = try Datasets.load("Digits", options: DatasetOptions(seed: 2))
        #expect(try first.training.inputs.bytes() == second.training.inputs.bytes())
        #expect(try first.test.labelValues == second.test.labelValues)
        #expect(try first.test.labelValues.prefix(12) == [0, 7, 3, 4, 5, 0, 8, 7, 1, 3, 3, 6])
        #expect(try first.training.labelValues.prefix(8) == [3, 1, 6, 5, 5, 4, 1, 6])
        let values = try first.training.inputs.converted(to: .float64).elements(Double.self)
        let mean = values.reduce(0, +) / Double(values.count) / 16
        expectClose(first.preprocessing.mean, [mean], within: 1e-12)
    }

    @Test func `mnist is read from plain files, in the folder that the options name`() throws {
        try withTemporaryFolder { folder in
            try layOut(folder)
            let mnist = try Datasets.load("mnist", options: onlyIn(folder))
            #expect(mnist.exampleShape == [1, 28, 28] && mnist.classCount == 10)
            #expect(
                mnist.counts == [18, 2, 10])
            #expect(try mnist.test.labelValues == Array(0..<10))
            #expect(mnist.training.inputs.scalarType == .uint8)
            #expect(mnist.preprocessing.scale == 1.0 / 255)
        }
    }

    @Test func `folders are looked in in their order`() throws {
        try withTemporaryFolder { folder in
            let options = DatasetOptions(
                directory: folder + "/a",
                environment: ["SWIFTLET_DATA": folder + "/b", "HOME": folder + "/home"])
            let mnist = try #require(Datasets.known.first { $0.name == "mnist" })
            let folders = ["a", "b", "home/.cache/swiftlet/datasets"].map {
                "\(folder)/\($0)/mnist"
            }
            #expect(mnist.searched(options).map(\.folder) == folders)
            #expect(mnist.searched(options).map(\.isFound) == [false, false, false])
            try layOut(folder + "/home/.cache/swiftlet/datasets")
            #expect(mnist.searched(options).map(\.isFound) == [false, false, true])
            #expect(try mnist.load(options).test.count == 10)
            try layOut(
                folder + "/b", changing: "t10k-labels-idx1-ubyte",
                to: idx([9, 8, 7, 6, 5, 4, 3, 2, 1, 0], shape: [10]))
            #expect(mnist.searched(options).map(\.isFound) == [false, true, true])
            #expect(try mnist.load(options).test.labelValues == (0..<10).reversed())
        }
    }

    @Test func `missing files are named with every folder and the publisher's address`() throws {
        try withTemporaryFolder { folder in
            let options = DatasetOptions(
                directory: folder + "/a",
                environment: ["SWIFTLET_DATA": folder + "/b", "HOME": folder + "/home"])
            let none = message(.missing, in: folder) {
                _ = try Datasets.load("fashion-mnist", options: options)
            }
            #expect(
                none == "fashion-mnist: train-images-idx3-ubyte.gz is missing, looked in "
                    + "a/fashion-mnist, b/fashion-mnist, "
                    + "home/.cache/swiftlet/datasets/fashion-mnist; put the files from "
                    + "https://github.com/zalandoresearch/fashion-mnist into one of these folders, or "
                    + "name with --data-dir the folder that fashion-mnist is in")
            try layOut(folder + "/b")
            try FileManager.default.removeItem(atPath: folder + "/b/mnist/t10k-images-idx3-ubyte")
            let one = message(.missing, in: folder) {
                _ = try Datasets.load("mnist", options: options)
            }
            #expect(
                one == "mnist: t10k-images-idx3-ubyte.gz is missing, looked in a/mnist, b/mnist, "
                    + "home/.cache/swiftlet/datasets/mnist; put the files from "
                    + "https://yann.lecun.com/exdb/mnist/ into one of these folders, or name with "
                    + "--data-dir the folder that mnist is in")
        }
    }

    @Test func `files of mnist that contradict each other are errors`() throws {
        func sentence(_ name: String, _ data: Data) throws -> String {
            try withTemporaryFolder { folder in
                try layOut(folder, changing: name, to: data)
                return message(.malformed, in: folder) {
                    _ = try Datasets.load("mnist", options: onlyIn(folder))
                }
            }
        }
        #expect(
            try sentence(names[0], idx([UInt8](repeating: 0, count: 80), shape: [20, 2, 2]))
                == "mnist/train-images-idx3-ubyte: it holds uint8 [20, 2, 2], and uint8 [count, 28, 28] "
                + "is expected; fetch it again from https://yann.lecun.com/exdb/mnist/")
        #expect(
            try sentence(names[3], idx([0, 1], shape: [2]))
                == "mnist/t10k-labels-idx1-ubyte: it has 2 labels for the 10 images of "
                + "mnist/t10k-images-idx3-ubyte; fetch both again from "
                + "https://yann.lecun.com/exdb/mnist/")
        #expect(
            try sentence(names[3], idx([0, 1, 2, 3, 4, 5, 6, 7, 8, 10], shape: [10]))
                == "mnist/t10k-labels-idx1-ubyte: label 9 is 10, and labels are 0 to 9; fetch it again "
                + "from https://yann.lecun.com/exdb/mnist/")
    }

    @Test func `a wrong magic number comes as the sentence of the file's format`() throws {
        try withTemporaryFolder { folder in
            try layOut(folder, changing: names[1], to: Data([1, 2, 3, 4, 5]))
            let error = #expect(throws: FileFormatError.self) {
                _ = try Datasets.load("mnist", options: onlyIn(folder))
            }
            #expect(
                error?.description.replacingOccurrences(of: folder + "/", with: "")
                    == "mnist/train-labels-idx1-ubyte: it begins with 0x1020304 and an IDX file with "
                    + "two zero bytes; check which file it is")
        }
    }

    @Test func `unknown names are errors, and a near one is named`() {
        #expect(
            message(.unknownName) { _ = try Datasets.load("mnits") }
                == "no data set is named “mnits” (did you mean mnist?); give one of digits, mnist, "
                + "fashion-mnist, cifar10, cifar100, adult, tinyshakespeare, wikitext2, or the path of a file that ends in .npz, "
                + ".safetensors, .csv, .csv.gz, .tsv or .tsv.gz")
        #expect(
            message(.unknownName) { _ = try Datasets.load("imagenet") }
                == "no data set is named “imagenet”; give one of digits, mnist, fashion-mnist, cifar10, "
                + "cifar100, adult, tinyshakespeare, wikitext2, or the path of a file that ends in .npz, .safetensors, .csv, "
                + ".csv.gz, .tsv or .tsv.gz")
    }

    @Test func `paths of no known format, and of no file, are errors`() throws {
        try withTemporaryFolder { folder in
            #expect(
                message(.unusable, in: folder) { _ = try Datasets.load(folder + "/pictures") }
                    == "pictures: its ending is not one of .npz, .safetensors, .csv, .csv.gz, .tsv or "
                    + ".tsv.gz; give a file in one of these formats")
            let error = #expect(throws: FileFormatError.self) {
                _ = try Datasets.load(folder + "/none.npz")
            }
            #expect(
                error?.description.replacingOccurrences(of: folder + "/", with: "")
                    == "none.npz: there is no such file; check the path")
        }
    }

    @Test func `every known data set says what it is and where it comes from`() {
        #expect(
            Datasets.known.map(\.name) == [
                "digits", "mnist", "fashion-mnist", "cifar10", "cifar100", "adult",
                "tinyshakespeare", "wikitext2",
            ])
        for known in Datasets.known {
            #expect(known.address.hasPrefix("https://"))
            #expect(!known.summary.isEmpty && !known.licence.isEmpty && known.classCount >= 2)
            #expect((known.folder == nil) == known.files.isEmpty)
            #expect(known.searched().isEmpty == (known.folder == nil))
        }
    }

    @Test(.enabled(if: realData != nil, "SWIFTLET_DATA names no folder of real data"))
    func `the real mnist has the statistics that are known for it`() throws {
        let mnist = try Datasets.load("mnist")
        #expect(
            mnist.counts == [
                54_000, 6_000, 10_000,
            ])
        // 0.1307 and 0.3081 over all 60,000 training images.
        #expect(abs(mnist.preprocessing.mean[0] - 0.1307) < 5e-4)
        #expect(abs(mnist.preprocessing.deviation[0] - 0.3081) < 5e-4)
        #expect(try mnist.test.labelValues.prefix(10) == [7, 2, 1, 0, 4, 1, 4, 9, 5, 9])
        let counts = (0..<10).map { digit in
            (try? mnist.validation.labelValues.count(where: { $0 == digit })) ?? 0
        }
        // A tenth of 5923, 6742, 5958, 6131, 5842, 5421, 5918, 6265, 5851 and 5949.
        #expect(
            zip(counts, [592, 674, 596, 613, 584, 542, 592, 626, 585, 595]).allSatisfy {
                abs($0 - $1) <= 1
            })
    }

    @Test(.enabled(if: realData != nil, "SWIFTLET_DATA names no folder of real data"))
    func `the real fashion-mnist has its classes in equal shares`() throws {
        let fashion = try Datasets.load("fashion-mnist", options: DatasetOptions(seed: 4))
        #expect(fashion.classNames.last == "Ankle boot")
        let labels = try fashion.validation.labelValues
        for label in 0..<10 { #expect(labels.count(where: { $0 == label }) == 600) }
        #expect(try fashion.test.labelValues.prefix(5) == [9, 2, 1, 1, 6])
    }
}
