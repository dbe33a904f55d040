import Datasets
import FileFormats
import Foundation
import Tensors
import TestSupport
import Testing

private let realFolder = ProcessInfo.processInfo.environment["SWIFTLET_DATA"].map {
    "\($0)/cifar-10-batches-bin"
}
private let hasReal = realFolder.map(FileManager.default.fileExists(atPath:)) ?? false

@Suite struct CIFARDatasetTests {
    /// Writes files of `count` images each, whose pixels are the file's number and whose labels count up.
    private func layOut(_ name: String, in folder: String, count: Int = 10) throws {
        let known = try #require(Datasets.known(name))
        let path = "\(folder)/\(known.folder ?? "")"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        for (number, file) in known.files.enumerated() {
            var data = Data()
            for index in 0..<count {
                let label = UInt8(index % known.classCount)
                data += name == "cifar10" ? [label] : [label % 20, label]
                data += [UInt8](repeating: UInt8(number), count: 3072)
            }
            try AtomicFile.write(data, to: "\(path)/\(file)")
        }
    }

    @Test func `cifar10 is five files to train on and one to test with`() throws {
        try withTemporaryFolder { folder in
            try layOut("cifar10", in: folder, count: 20)
            let data = try Datasets.load("CIFAR10", options: onlyIn(folder))
            #expect(data.name == "cifar10" && data.exampleShape == [3, 32, 32])
            #expect(data.counts == [90, 10, 20])
            #expect(data.classNames.first == "airplane" && data.classNames.last == "truck")
            #expect(try data.validation.labelValues.sorted() == Array(0..<10))
            #expect(try data.test.labelValues == Array(0..<10) + Array(0..<10))
            #expect(try data.test.inputs.minimum().item() == 5)
            let parts = [data.training.inputs, data.validation.inputs]
            let all = try Tensor.concatenated(parts).elements(UInt8.self)
            for file in 0..<5 {
                #expect(all.count(where: { $0 == file }) == 20 * 3072)
            }
            #expect(data.preprocessing.scale == 1.0 / 255)
            #expect(data.preprocessing.mean.count == 3)
        }
    }

    @Test func `cifar100 has fine labels`() throws {
        try withTemporaryFolder { folder in
            try layOut("cifar100", in: folder, count: 200)
            let data = try Datasets.load("cifar100", options: onlyIn(folder))
            #expect(data.counts == [180, 20, 200])
            #expect(try data.test.labelValues == Array(0..<100) + Array(0..<100))
            #expect(data.classCount == 100)
            #expect(data.classNames == data.classNames.sorted())
            #expect(Set(data.classNames).count == 100)
        }
    }

    @Test func `a file that is missing or damaged is named`() throws {
        try withTemporaryFolder { folder in
            try layOut("cifar10", in: folder)
            let path = "\(folder)/cifar-10-batches-bin/data_batch_3.bin"
            try AtomicFile.write(Data(count: 3074), to: path)
            let error = #expect(throws: FileFormatError.self) {
                _ = try Datasets.load("cifar10", options: onlyIn(folder))
            }
            #expect(
                error?.description == "\(path): its records take 3073 bytes each, and the last, at "
                    + "byte 3073, has 1; fetch the file again")
            try FileManager.default.removeItem(atPath: path)
            let sentence = message(.missing, in: folder) {
                _ = try Datasets.load("cifar10", options: onlyIn(folder))
            }
            #expect(
                sentence == "cifar10: data_batch_3.bin is missing, looked in cifar-10-batches-bin, "
                    + "home/.cache/swiftlet/datasets/cifar-10-batches-bin; put the files from "
                    + "https://www.cs.toronto.edu/~kriz/cifar.html into one of these folders, or "
                    + "name with --data-dir the folder that cifar-10-batches-bin is in")
        }
    }

    @Test(.enabled(if: hasReal, "SWIFTLET_DATA names no folder with cifar-10-batches-bin"))
    func `the real cifar10 has the statistics that are known for it`() throws {
        let data = try Datasets.load("cifar10", options: DatasetOptions(seed: 3))
        #expect(data.counts == [45_000, 5_000, 10_000])
        for label in 0..<10 {
            #expect(try data.validation.labelValues.count(where: { $0 == label }) == 500)
        }
        // Cat, ship, ship, airplane, frog, frog, automobile, frog, cat, automobile.
        #expect(try data.test.labelValues.prefix(10) == [3, 8, 8, 0, 6, 6, 1, 6, 3, 1])
        let names = try String(
            contentsOfFile: "\(realFolder ?? "")/batches.meta.txt", encoding: .utf8)
        #expect(names.split(separator: "\n").map(String.init) == data.classNames)
        // In two parts, each from sums of its own: means and squares of 50,000 images.
        var (sums, squares) = ([0.0, 0, 0], [0.0, 0, 0])
        for part in [data.training, data.validation] {
            for channel in 0..<3 {
                let plane = try part.inputs.sliced(channel..<(channel + 1), along: 1)
                    .converted(to: .int32)
                sums[channel] += try plane.sum().item()
                squares[channel] += try plane.power(2).sum().item()
            }
        }
        let count = 50_000.0 * 1024
        let means = sums.map { $0 / count }
        let deviations = zip(squares, means).map { ($0 / count - $1 * $1).squareRoot() / 255 }
        for (mean, known) in zip(means, [0.4914, 0.4822, 0.4465]) {
            #expect(abs(mean / 255 - known) < 1e-4)
        }
        for (deviation, known) in zip(deviations, [0.2470, 0.2435, 0.2616]) {
            #expect(abs(deviation - known) < 1e-4)
        }
        for (found, known) in zip(data.preprocessing.mean, means) {
            #expect(abs(found - known / 255) < 2e-3)
        }
        for (found, known) in zip(data.preprocessing.deviation, deviations) {
            #expect(abs(found - known) < 2e-3)
        }
    }
}
