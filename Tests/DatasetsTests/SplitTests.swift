import Datasets
import FileFormats
import Tensors
import TestSupport
import Testing

@Suite struct SplitTests {
    static let classCounts = [
        [40, 40, 40], [57, 13, 101, 9], [3, 1, 50], [19, 19, 19, 19, 19, 19, 19],
    ]

    @Test(arguments: classCounts)
    func `a split of 60, 20 and 20 percent is a partition`(_ counts: [Int]) throws {
        try withTemporaryFolder { folder in
            let total = counts.reduce(0, +)
            let own = try dataset(
                [("x", numbered(total)), ("y", RawArray(labels(counts), shape: [total]))],
                in: folder)
            let parts = try [own.training, own.validation, own.test].map { try numbers(of: $0) }
            #expect(parts.flatMap { $0 }.sorted() == Array(0..<total))
            #expect(parts[1] == parts[1].sorted() && parts[2] == parts[2].sorted())
        }
    }

    @Test(arguments: classCounts)
    func `each class is split in its share to within one example`(_ counts: [Int]) throws {
        try withTemporaryFolder { folder in
            let total = counts.reduce(0, +)
            let own = try dataset(
                [("x", numbered(total)), ("y", RawArray(labels(counts), shape: [total]))],
                in: folder)
            for part in [own.validation, own.test] {
                let values = try part.labelValues
                for (index, size) in counts.enumerated() {
                    let found = values.count(where: { $0 == index })
                    #expect(abs(Double(found) - Double(size) / 5) < 1)
                }
                #expect(abs(Double(part.count) - Double(total) / 5) < 1)
            }
            #expect(Set(try own.training.labelValues).count == counts.count)
        }
    }

    @Test(arguments: [[50, 50], [57, 13, 101, 9], [3, 1, 50]])
    func `validation is a tenth of each class of the training part`(_ counts: [Int]) throws {
        try withTemporaryFolder { folder in
            let total = counts.reduce(0, +)
            let given = labels(counts)
            let own = try dataset(
                [
                    ("x_train", numbered(total)), ("y_train", RawArray(given, shape: [total])),
                    ("x_test", numbered(4)), ("y_test", RawArray([0, 0, 1, 1], shape: [4])),
                ], seed: 3, in: folder)
            let parts = try [own.training, own.validation].map { try numbers(of: $0) }
            #expect(parts.flatMap { $0 }.sorted() == Array(0..<total))
            #expect(try numbers(of: own.test) == [0, 1, 2, 3])
            #expect(try own.training.labelValues == parts[0].map { given[$0] })
            #expect(try own.validation.labelValues == parts[1].map { given[$0] })
            for (index, size) in counts.enumerated() {
                let found = try own.validation.labelValues.count(where: { $0 == index })
                #expect(abs(Double(found) - Double(size) / 10) < 1)
            }
        }
    }

    @Test func `the seed decides which examples validate, and nothing else does`() throws {
        try withTemporaryFolder { folder in
            func load(seed: UInt64) throws -> [[Int]] {
                let own = try dataset(
                    [
                        ("x_train", numbered(100)),
                        ("y_train", RawArray(labels([50, 50]), shape: [100])),
                        ("x_test", numbered(2)), ("y_test", RawArray([0, 1], shape: [2])),
                    ], seed: seed, in: folder)
                return try [numbers(of: own.validation), numbers(of: own.training)]
            }
            let first = try load(seed: 1)
            #expect(try load(seed: 1) == first)
            #expect(try load(seed: 2)[0] != first[0])
            // The same on every machine: these numbers are fixed.
            #expect(try load(seed: 0)[0] == [3, 9, 18, 23, 46, 48, 58, 68, 69, 89])
        }
    }

    @Test func `data without any split are split alike whatever the seed`() throws {
        try withTemporaryFolder { folder in
            let arrays = [
                ("x", try numbered(30)), ("y", try RawArray(labels([15, 15]), shape: [30])),
            ]
            let first = try dataset(arrays, seed: 1, in: folder)
            let second = try dataset(arrays, seed: 2, in: folder)
            #expect(try numbers(of: first.training) == numbers(of: second.training))
            #expect(try numbers(of: first.test) == numbers(of: second.test))
        }
    }

    @Test func `training examples come in a mixed order, so that a prefix is a fair sample`() throws
    {
        try withTemporaryFolder { folder in
            let sorted = (0..<500).map { $0 / 100 }
            let own = try dataset(
                [("x", numbered(500)), ("y", RawArray(sorted, shape: [500]))], in: folder)
            let values = try own.training.prefix(100).labelValues
            for label in 0..<5 { #expect(values.count(where: { $0 == label }) > 8) }
        }
    }

    @Test func `statistics are those of numpy, by feature and over the training split`() throws {
        try withTemporaryFolder { folder in
            let rows: [Double] = [1, 10, 5, 2, 20, 5, 4, 10, 5, 9, 50, 5]
            let own = try dataset(
                [
                    ("x_train", RawArray(rows, shape: [4, 3])),
                    ("x_validation", RawArray([7, 7, 7] as [Double], shape: [1, 3])),
                    ("x_test", RawArray([8, 8, 8] as [Double], shape: [1, 3])),
                ], in: folder)
            // numpy: x.mean(0), x.std(0); the last feature is constant.
            expectClose(own.preprocessing.mean, [4, 22.5, 5], within: 1e-12)
            expectClose(
                own.preprocessing.deviation,
                [Double(9.5).squareRoot(), Double(268.75).squareRoot(), 1], within: 1e-12)
            #expect(own.preprocessing.scale == 1)
        }
    }

    @Test func `statistics of images are by channel, and bytes are scaled by 1 over 255`() throws {
        try withTemporaryFolder { folder in
            // Two images of 2 x 2 pixels with 3 channels, the channels last.
            let pixels: [UInt8] = [
                0, 7, 255, 51, 7, 255, 102, 7, 0, 153, 7, 0, 204, 7, 255, 255, 7, 255, 0, 7, 0, 51,
                7, 0,
            ]
            let images = try RawArray(pixels, shape: [2, 2, 2, 3])
            let own = try dataset(
                [("x_train", images), ("x_validation", images), ("x_test", images)], in: folder)
            #expect(own.exampleShape == [3, 2, 2])
            let deviation = Double(0.12).squareRoot()
            expectClose(own.preprocessing.mean, [0.4, 7.0 / 255, 0.5], within: 1e-12)
            expectClose(own.preprocessing.deviation, [deviation, 1, 0.5], within: 1e-12)
            let batch = try own.test.batch(0..<1)
            #expect(batch.inputs.shape == [1, 3, 2, 2] && batch.inputs.scalarType == .float32)
            let red = [0, 0.2, 0.4, 0.6].map { ($0 - 0.4) / deviation }
            expectClose(
                try batch.values.map(Double.init), red + [0, 0, 0, 0, 1, 1, -1, -1],
                within: 1e-6)
        }
    }

    @Test func `statistics of many examples are those of two passes in double precision`() throws {
        try withTemporaryFolder { folder in
            let count = 3000
            let values = (0..<count * 100).map { Float(($0 * 7919) % 1013) + 1e4 }
            let array = try RawArray(values, shape: [count, 2, 50])
            let own = try dataset(
                [("x_train", array), ("x_validation", array), ("x_test", array)], in: folder)
            for channel in 0..<2 {
                let mine = values.indices.filter { $0 / 50 % 2 == channel }.map {
                    Double(values[$0])
                }
                let mean = mine.reduce(0, +) / Double(mine.count)
                let variance =
                    mine.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(mine.count)
                expectClose([own.preprocessing.mean[channel]], [mean], within: 1e-12)
                expectClose(
                    [own.preprocessing.deviation[channel]], [variance.squareRoot()],
                    within: 1e-10)
            }
        }
    }

    @Test func `a feature that is constant, though not exactly a binary number, has deviation 1`()
        throws
    {
        try withTemporaryFolder { folder in
            let array = try RawArray([Double](repeating: 0.1, count: 700), shape: [700, 1])
            let own = try dataset(
                [("x_train", array), ("x_validation", array), ("x_test", array)], in: folder)
            #expect(own.preprocessing.deviation == [1])
            #expect(own.preprocessing.mean == [0.1])
            #expect(try own.training.batch(0..<3).values == [0, 0, 0])
        }
    }

    @Test func `too few examples for three splits are an error`() throws {
        try withTemporaryFolder { folder in
            let sentence = message(.unusable, in: folder) {
                _ = try dataset(
                    [("x", numbered(4)), ("y", RawArray([0, 1, 2, 3], shape: [4]))], in: folder)
            }
            #expect(
                sentence
                    == "own.safetensors: its 4 examples leave none for validation; add examples, "
                    + "or give x_train, x_validation and x_test in an .npz file")
        }
    }

    @Test func `the note says how data were split`() throws {
        try withTemporaryFolder { folder in
            let y = try RawArray(labels([15, 15]), shape: [30])
            let x = try numbered(30)
            let whole = try dataset([("x", x), ("y", y)], seed: 9, in: folder)
            #expect(
                whole.splitNote
                    == "60 % of each class is for training, 20 % for validation and 20 % for test "
                    + "(18, 6 and 6 examples), drawn with seed 0")
            let tenth = try dataset(
                [("x_train", x), ("y_train", y), ("x_test", x)], seed: 9, in: folder)
            #expect(
                tenth.splitNote
                    == "no labels for x_test; validation is a tenth of each class of the 30 training "
                    + "examples (3), drawn with seed 9, and test the 30 given")
            let given = try dataset(
                [("x_train", x), ("x_validation", x), ("x_test", x)], in: folder)
            #expect(
                given.splitNote
                    == "no labels for x_train, x_validation, x_test; training, validation and test "
                    + "(30, 30 and 30 examples) are as given")
        }
    }
}
