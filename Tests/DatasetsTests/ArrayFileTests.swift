import Datasets
import FileFormats
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct ArrayFileTests {
    private func sentence(
        _ kind: DatasetError.Kind, _ arrays: [(name: String, array: RawArray)],
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        try withTemporaryFolder { folder in
            message(kind, in: folder, sourceLocation: sourceLocation) {
                _ = try dataset(arrays, in: folder)
            }
        }
    }

    private func y(_ values: [Int]) throws -> RawArray {
        try RawArray(values, shape: [values.count])
    }

    @Test func `an npz file with the names of Keras is read with its split`() throws {
        try withTemporaryFolder { folder in
            let path = folder + "/keras.npz"
            var archive = try ZipWriter(path: path)
            let images = try RawArray((0..<80).map { UInt8($0) }, shape: [20, 2, 2])
            let arrays = [
                ("x_train", images), ("y_train", try y(labels([10, 10]))), ("x_test", images),
                ("y_test", try y(labels([10, 10]))),
            ]
            for (name, array) in arrays {
                try NumPy.write(array, to: folder + "/one.npy")
                let bytes = try Data(contentsOf: URL(fileURLWithPath: folder + "/one.npy"))
                try archive.add(name + ".npy", bytes)
            }
            try archive.finish()
            let own = try Datasets.load(path, options: onlyIn(folder))
            #expect(own.name == "keras.npz")
            #expect(own.exampleShape == [1, 2, 2] && own.classNames == ["0", "1"])
            #expect(own.classCount == 2)
            #expect(own.counts == [18, 2, 20])
            #expect(
                own.training.inputs.scalarType == .uint8 && own.preprocessing.scale == 1.0 / 255)
            #expect(try own.test.inputs.elements(UInt8.self) == (0..<80).map { UInt8($0) })
        }
    }

    @Test(arguments: [
        ("x", "y"), ("X", "Y"), ("inputs", "labels"), ("images", "labels"), ("data", "target"),
    ])
    func `arrays without a split go by several names`(_ names: (inputs: String, labels: String))
        throws
    {
        try withTemporaryFolder { folder in
            let own = try dataset(
                [(names.inputs, numbered(20)), (names.labels, y(labels([10, 10])))], in: folder)
            #expect(own.counts == [12, 4, 4])
            #expect(own.classCount == 2)
        }
    }

    @Test func `images of bytes get their channels on axis 1, other arrays stay as they are`()
        throws
    {
        func shape(_ shape: [Int], bytes: Bool = true) throws -> [Int] {
            try withTemporaryFolder { folder in
                let count = shape.reduce(1, *)
                let array =
                    bytes
                    ? try RawArray([UInt8](repeating: 1, count: count), shape: shape)
                    : try RawArray([Float](repeating: 1, count: count), shape: shape)
                return try dataset([("x", array)], in: folder).exampleShape
            }
        }
        #expect(try shape([10, 5, 6]) == [1, 5, 6])
        #expect(try shape([10, 5, 6, 1]) == [1, 5, 6])
        #expect(try shape([10, 5, 6, 4]) == [4, 5, 6])
        #expect(try shape([10, 3, 5, 6]) == [3, 5, 6])
        #expect(try shape([10, 3, 4, 4]) == [3, 4, 4])
        #expect(try shape([10, 7]) == [7])
        #expect(try shape([10, 5, 6], bytes: false) == [5, 6])
        #expect(try shape([10, 5, 6, 3], bytes: false) == [5, 6, 3])
    }

    @Test func `labels may be of any type and have an axis of one`() throws {
        let values = labels([5, 5, 5])
        let arrays = [
            try RawArray(values.map { UInt8($0) }, shape: [15]),
            try RawArray(values.map { Int32($0) }, shape: [15, 1]),
            try RawArray(values.map { Float($0) }, shape: [15]),
            try RawArray(values.map { Double($0) }, shape: [15]),
            try RawArray(values.map { UInt64($0) }, shape: [15]),
        ]
        for array in arrays {
            try withTemporaryFolder { folder in
                let own = try dataset([("x", numbered(15)), ("y", array)], in: folder)
                #expect(own.classCount == 3)
                #expect(own.training.labels?.scalarType == .int64)
                let found = try numbers(of: own.training).map { values[$0] }
                #expect(try own.training.labelValues == found)
            }
        }
    }

    @Test func `data without labels have no classes`() throws {
        try withTemporaryFolder { folder in
            let own = try dataset([("x", numbered(20))], in: folder)
            #expect(own.classNames.isEmpty && own.training.labels == nil && own.test.labels == nil)
            #expect(own.counts == [12, 4, 4])
            #expect(
                own.splitNote
                    == "no labels for x; 60 % of all is for training, 20 % for validation "
                    + "and 20 % for test (12, 4 and 4 examples), drawn with seed 0")
        }
    }

    @Test(arguments: [ElementType.uint16, .uint32, .uint64])
    func `unsigned types that libtorch lacks become wider ones`(_ type: ElementType) throws {
        try withTemporaryFolder { folder in
            let values = (0..<20).map { $0 * 1000 }
            let array =
                switch type {
                case .uint16: try RawArray(values.map { UInt16($0) }, shape: [20, 1])
                case .uint32: try RawArray(values.map { UInt32($0) }, shape: [20, 1])
                default: try RawArray(values.map { UInt64($0) }, shape: [20, 1])
                }
            let own = try dataset([("x", array)], in: folder)
            let parts = try [own.training, own.validation, own.test].flatMap {
                try $0.inputs.elements(Int.self)
            }
            #expect(parts.sorted() == values)
        }
    }

    // MARK: - Errors

    @Test func `labels that do not fit their examples are errors`() throws {
        #expect(
            try sentence(.malformed, [("x", numbered(3)), ("y", y([0, 1]))])
                == "own.safetensors: x has 3 examples and y is [2]; give one label for each example"
        )
        #expect(
            try sentence(
                .malformed,
                [("x", numbered(2)), ("y", RawArray([0, 1, 1, 0] as [Float], shape: [2, 2]))])
                == "own.safetensors: y is float32 [2, 2], and one label for each example is expected; "
                + "store class numbers, for one-hot rows the position of the 1")
        #expect(
            try sentence(
                .unusable,
                [
                    ("x", numbered(2)),
                    ("y", RawArray(.complex64, shape: [2], bytes: Data(count: 16))),
                ])
                == "own.safetensors: y is complex64; store it as int64")
    }

    @Test func `labels that do not count classes are errors`() throws {
        #expect(
            try sentence(
                .malformed,
                [("x", numbered(3)), ("y", RawArray([0, 0.5, 1] as [Float], shape: [3]))])
                == "own.safetensors: y[1] is 0.5, and labels are whole numbers; number the classes "
                + "from 0")
        #expect(
            try sentence(.malformed, [("x", numbered(3)), ("y", y([0, 1, -1]))])
                == "own.safetensors: y[2] is -1; number the classes from 0")
        #expect(
            try sentence(.malformed, [("x", numbered(3)), ("y", y([1, 4, 0]))])
                == "own.safetensors: y[1] is 4, but no example has label 2; number the classes from 0 "
                + "without gaps")
        #expect(
            try sentence(.malformed, [("x", numbered(2)), ("y", y([.max, 0]))])
                == "own.safetensors: y[0] is 9223372036854775807, but no example has label 1; number "
                + "the classes from 0 without gaps")
    }

    @Test func `inputs without examples or without an axis of their own are errors`() throws {
        #expect(
            try sentence(.unusable, [("x", y([1, 2, 3]))])
                == "own.safetensors: x is int64 [3], and an example needs an axis of its own; give "
                + "[examples, features] or [examples, height, width]")
        #expect(
            try sentence(.unusable, [("x", RawArray([Float](), shape: [0, 3]))])
                == "own.safetensors: x is float32 [0, 3], without any element; write the file again"
        )
        #expect(
            try sentence(
                .unusable, [("x", RawArray(.complex64, shape: [1, 2], bytes: Data(count: 16)))])
                == "own.safetensors: x is complex64; store it as float32")
    }

    @Test func `a number that is not finite is named by its position`() throws {
        var values = [Float](repeating: 1, count: 24)
        values[17] = .nan
        #expect(
            try sentence(.malformed, [("x", RawArray(values, shape: [4, 2, 3]))])
                == "own.safetensors: x[2, 1, 2] is nan; replace it, or leave the example out")
        values[17] = -.infinity
        #expect(
            try sentence(
                .malformed,
                [("x_train", numbered(4)), ("x_test", RawArray(values, shape: [12, 2]))])
                == "own.safetensors: x_test[8, 1] is -inf; replace it, or leave the example out")
    }

    @Test func `a number that is not finite is found beyond the first million`() throws {
        var values = [Float](repeating: 1, count: 1_500_000)
        values[1_400_001] = .nan
        #expect(
            try sentence(.malformed, [("x", RawArray(values, shape: [15_000, 100]))])
                == "own.safetensors: x[14000, 1] is nan; replace it, or leave the example out")
    }

    @Test func `arrays that contradict each other are errors`() throws {
        #expect(
            try sentence(.malformed, [("x", numbered(2)), ("X", numbered(2))])
                == "own.safetensors: two arrays are named “x”, apart from capitals; rename one")
        #expect(
            try sentence(
                .malformed,
                [
                    ("x_train", numbered(20)),
                    ("x_test", RawArray([1, 2, 3] as [Float], shape: [1, 3])),
                ])
                == "own.safetensors: an example is float32 [2] in x_train and float32 [3] in x_test; "
                + "give all of them one type and shape")
        #expect(
            try sentence(
                .malformed, [("x_train", numbered(20)), ("y_train", y(labels([10, 10])))])
                == "own.safetensors: it has x_train but no x_test; add it, or name the arrays x and y "
                + "to have them split")
    }

    @Test func `arrays under other names are an error that names them`() throws {
        #expect(
            try sentence(.malformed, [("pictures", numbered(2)), ("kinds", y([0, 1]))])
                == "own.safetensors: it has the arrays “kinds”, “pictures” and none is named x_train, "
                + "x, inputs, images or data; rename the inputs")
        #expect(
            try sentence(.malformed, [])
                == "own.safetensors: it has no arrays and none is named x_train, x, inputs, images or "
                + "data; rename the inputs")
    }
}

/// Arrays that go by the names of a network's inputs.
@Suite struct NetworkArrayTests {
    private static let names = [["input_ids", "input.0"], ["attention_mask", "input.1"]]

    private func load(
        _ arrays: [(name: String, array: RawArray)], names: [[String]] = names, in folder: String
    ) throws -> Dataset {
        let path = folder + "/own.safetensors"
        try Safetensors.write(arrays, to: path)
        var options = onlyIn(folder)
        options.inputNames = names
        return try Datasets.load(path, options: options)
    }

    private func tokens(_ count: Int) throws -> RawArray {
        try RawArray((0..<count).flatMap { [$0, 2 * $0, 3] }, shape: [count, 3])
    }

    private func mask(_ count: Int) throws -> RawArray {
        try RawArray((0..<count).map { Float($0) }, shape: [count])
    }

    @Test(arguments: [["input_ids", "attention_mask"], ["INPUT_IDS", "input.1"]])
    func `pass as they are, in their own type, and stay together`(_ names: [String]) throws {
        try withTemporaryFolder { folder in
            let own = try load(
                [(names[0], tokens(20)), (names[1], mask(20)), ("x", numbered(4))], in: folder)
            #expect(own.counts == [12, 4, 4])
            #expect(own.preprocessing == .none && own.training.labels == nil)
            var seen: [Int] = []
            for examples in [own.training, own.validation, own.test] {
                let batch = try examples.batch(0..<examples.count)
                #expect(batch.all.count == 2)
                #expect(batch.inputs.scalarType == .int64 && batch.others[0].rank == 1)
                let first = try batch.inputs.sliced(0..<1, along: 1).elements(Int.self)
                #expect(try batch.others[0].elements(Float.self) == first.map(Float.init))
                seen += first
            }
            #expect(seen.sorted() == Array(0..<20))
        }
    }

    @Test func `may be split and have labels`() throws {
        try withTemporaryFolder { folder in
            let labels = try RawArray([0, 1, 0, 1], shape: [4])
            let own = try load(
                [
                    ("input_ids_train", tokens(20)), ("input_ids_test", tokens(4)),
                    ("y_test", labels),
                ], names: [["input_ids"]], in: folder)
            #expect(own.counts == [18, 2, 4])
            #expect(try own.test.labelValues == [0, 1, 0, 1])
            #expect(own.classCount == 2)
        }
    }

    @Test func `come a batch at a time, whatever the order`() throws {
        try withTemporaryFolder { folder in
            let own = try load([("input_ids", tokens(20)), ("input.1", mask(20))], in: folder)
            let loader = BatchLoader(
                own.training, batchSize: 5, order: .shuffled(seed: 1, epoch: 0))
            var count = 0
            while let batch = try loader.next() {
                let first = try batch.inputs.sliced(0..<1, along: 1).elements(Int.self)
                #expect(try batch.others[0].elements(Float.self) == first.map(Float.init))
                count += batch.count
            }
            #expect(count == 12)
            let filled = try own.test.batch(filling: 9)
            #expect(filled.count == 9 && filled.others[0].shape == [9])
        }
    }

    @Test func `of bytes are images, which get a preprocessing`() throws {
        try withTemporaryFolder { folder in
            let images = try RawArray((0..<80).map { UInt8($0) }, shape: [20, 2, 2])
            let own = try load([("x", images)], names: [["x"]], in: folder)
            #expect(own.exampleShape == [1, 2, 2] && own.preprocessing.scale == 1.0 / 255)
            let floats = try load([("x", numbered(20))], names: [["x"]], in: folder)
            #expect(floats.preprocessing == .none)
        }
    }

    @Test func `that do not go together are errors`() throws {
        func sentence(_ arrays: [(name: String, array: RawArray)]) throws -> String {
            try withTemporaryFolder { folder in
                message(.malformed, in: folder) { _ = try load(arrays, in: folder) }
            }
        }
        #expect(
            try sentence([("input_ids", tokens(4))])
                == "own.safetensors: it has input_ids but no attention_mask, which the network takes "
                + "too; add it")
        #expect(
            try sentence([("input_ids", tokens(4)), ("attention_mask", mask(3))])
                == "own.safetensors: input_ids has 4 examples and attention_mask 3; give as many of both"
        )
        #expect(
            try sentence([("ids", tokens(4))])
                == "own.safetensors: it has the arrays “ids” and none is named x_train, x, inputs, "
                + "images or data, nor as the network's inputs, input_ids, attention_mask; rename the "
                + "inputs")
    }
}
