import Datasets
import FileFormats
import Foundation
import Tensors
import TestSupport
import Testing

private let realFolder = ProcessInfo.processInfo.environment["SWIFTLET_DATA"]
private let hasText =
    realFolder.map { FileManager.default.fileExists(atPath: "\($0)/text") } ?? false
private let hasTables =
    realFolder.map { FileManager.default.fileExists(atPath: "\($0)/tabular") } ?? false

@Suite struct TextDatasetTests {
    private func layOut(_ files: [String: Data], in folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: "\(folder)/text", withIntermediateDirectories: true)
        for (name, data) in files { try AtomicFile.write(data, to: "\(folder)/text/\(name)") }
    }

    /// Bytes that tell their position, modulo 251.
    private func counting(_ count: Int) -> Data { Data((0..<count).map { UInt8($0 % 251) }) }

    @Test func `each byte but a part's first is the label of the one before`() throws {
        try withTemporaryFolder { folder in
            try layOut(["tinyshakespeare.txt": counting(20_000)], in: folder)
            let data = try Datasets.load("tinyshakespeare", options: onlyIn(folder))
            // 16,200 bytes train, 1,800 validate and 2,000 test, in windows of 128.
            #expect(data.counts == [126, 14, 15])
            #expect(data.exampleShape == [128] && data.classCount == 256)
            #expect(data.preprocessing == .none)
            for (examples, start) in [
                (data.training, 0), (data.validation, 16_200), (data.test, 18_000),
            ] {
                let inputs = try examples.inputs.elements(Int.self)
                let labels = try examples.labels?.elements(Int.self)
                #expect(inputs == (0..<inputs.count).map { (start + $0) % 251 })
                #expect(labels == (0..<inputs.count).map { (start + $0 + 1) % 251 })
            }
            let batch = try data.training.batch(3..<5)
            #expect(batch.inputs.scalarType == .int64 && batch.labels?.shape == [2, 128])
        }
    }

    @Test func `wikitext2 trains on its validation text and tests on its test text`() throws {
        try withTemporaryFolder { folder in
            try layOut(
                [
                    "wikitext-2-valid.txt": counting(10_000),
                    "wikitext-2-test.txt": Data([UInt8](repeating: 7, count: 1_000)),
                ], in: folder)
            let data = try Datasets.load("wikitext2", options: onlyIn(folder))
            #expect(data.counts == [70, 7, 7])
            #expect(try data.test.inputs.minimum().item() == 7)
            #expect(data.splitNote.contains("the training text is not used"))
        }
    }

    @Test func `a text that is too short is an error`() throws {
        try withTemporaryFolder { folder in
            try layOut(["tinyshakespeare.txt": counting(500)], in: folder)
            #expect(
                message(.malformed, in: folder) {
                    _ = try Datasets.load("tinyshakespeare", options: onlyIn(folder))
                }
                    == "text/tinyshakespeare.txt: it has too few bytes for windows of 128; put the file from "
                    + "https://github.com/karpathy/char-rnn in its place")
        }
    }

    @Test(.enabled(if: hasText, "SWIFTLET_DATA names no folder of real data"))
    func `the real texts have their sizes`() throws {
        let plays = try Datasets.load("tinyshakespeare")
        #expect(plays.counts == [7_058, 784, 871])
        #expect(try Datasets.load("wikitext2").test.count > 9_000)
    }
}

@Suite struct AdultDatasetTests {
    private static let person =
        "39, State-gov, 77516, Bachelors, 13, Never-married, Adm-clerical, Not-in-family, White, Male, "
        + "2174, 0, 40, United-States, <=50K"

    private func load(_ training: String, _ test: String, in folder: String) throws -> Dataset {
        let path = "\(folder)/tabular"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try AtomicFile.write(Data(training.utf8), to: "\(path)/adult.data")
        try AtomicFile.write(Data(test.utf8), to: "\(path)/adult.test")
        return try Datasets.load("adult", options: onlyIn(folder))
    }

    @Test func `files that are damaged are errors`() throws {
        func sentence(_ training: String) throws -> String {
            try withTemporaryFolder { folder in
                message(.malformed, in: folder) {
                    _ = try load(training, "|1x3\n\(Self.person).\n", in: folder)
                }
            }
        }
        let remedy = "put the file from the publisher in its place"
        #expect(
            try sentence("\(Self.person)\n1, 2, <=50K\n")
                == "tabular/adult.data: line 2 does not have 15 fields that end in a class, <=50K or >50K; "
                + remedy)
        #expect(
            try sentence(Self.person.replacingOccurrences(of: "39", with: "old"))
                == "tabular/adult.data: row 1, field 1 is “old” and not a number; " + remedy)
        #expect(try sentence("\n\n") == "tabular/adult.data: it has no rows; " + remedy)
        #expect(
            try sentence(Self.person)
                == "tabular/adult.data: it gives 14 features and not 108; put the file from "
                + "https://archive.ics.uci.edu/dataset/2/adult in its place")
    }

    @Test(.enabled(if: hasTables, "SWIFTLET_DATA names no folder of real data"))
    func `the real table has its rows, its classes' shares, and one word a field`() throws {
        let data = try Datasets.load("adult")
        #expect(data.counts == [29_305, 3_256, 16_281])
        #expect(data.exampleShape == [108])
        let labels = try data.test.labelValues
        #expect(labels.count(where: { $0 == 1 }) == 3_846)
        let sums = try data.training.inputs.converted(to: .float64)
        // Six numbers, then workclass of nine words after the first of them: exactly one is 1.
        let words = try sums.sliced(1..<10, along: 1).sum(along: [1]).elements(Double.self)
        #expect(words.allSatisfy { $0 == 1 })
    }
}
