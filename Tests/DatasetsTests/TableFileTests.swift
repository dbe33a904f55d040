import Datasets
import FileFormats
import Foundation
import Tensors
import TestSupport
import Testing

@Suite struct TableFileTests {
    /// A table of 20 rows: a feature, text labels of two classes, another feature.
    private let flowers =
        "width,Class,height\n"
        + (0..<20).map { "\($0),\($0 % 2 == 0 ? "rose" : "lily"),\(3 * $0).5" }
        .joined(separator: "\n")

    private func sentence(
        _ kind: DatasetError.Kind, _ table: String,
        sourceLocation: SourceLocation = #_sourceLocation
    ) throws -> String {
        try withTemporaryFolder { folder in
            message(kind, in: folder, sourceLocation: sourceLocation) {
                _ = try dataset(table: table, in: folder)
            }
        }
    }

    @Test func `the column of labels is found by its name, and texts become classes by name`()
        throws
    {
        try withTemporaryFolder { folder in
            let own = try dataset(table: flowers, in: folder)
            #expect(own.name == "own.csv")
            #expect(own.classNames == ["lily", "rose"])
            #expect(own.exampleShape == [2] && own.preprocessing.scale == 1)
            #expect(try own.test.labelValues == numbers(of: own.test).map { 1 - $0 % 2 })
            let parts = try [own.training, own.validation, own.test].map { try numbers(of: $0) }
            #expect(parts.flatMap { $0 }.sorted() == Array(0..<20))
            let features = try own.test.inputs.elements(Double.self)
            let expected = parts[2].flatMap { [Double($0), Double(3 * $0) + 0.5] }
            #expect(features == expected)
            #expect(
                own.splitNote == "labels are column “Class”; 60 % of each class is for training, "
                    + "20 % for validation and 20 % for test (12, 4 and 4 examples), drawn with seed 0"
            )
        }
    }

    @Test func `tables may be gzip, and separated by tabs`() throws {
        try withTemporaryFolder { folder in
            let plain = try dataset(table: flowers, in: folder)
            let tabs = flowers.replacingOccurrences(of: ",", with: "\t")
            let other = try dataset(table: tabs, named: "own.tsv", in: folder)
            #expect(try other.training.inputs.bytes() == plain.training.inputs.bytes())
            // Made by: printf 'a,label\n1,0\n2,1\n…' | gzip -n | base64; 20 rows.
            let path = folder + "/packed.csv.gz"
            let packed = try #require(Data(base64Encoded: Self.packed))
            try AtomicFile.write(packed, to: path)
            let own = try Datasets.load(path, options: onlyIn(folder))
            #expect(own.classNames == ["0", "1"] && own.exampleShape == [1])
            #expect(own.training.count == 12)
        }
    }

    private static let packed =
        "H4sIAAAAAAAAAx3LuxGAMBDE0PxqucAC/yjHzJC5/5hdR0qeVu71fjtKliCJS73Vqja1q0Od6qNyoCWm2GKMNebY4wEfP/QB6wFiAAAA"

    @Test func `label has precedence over class, target and y`() throws {
        try withTemporaryFolder { folder in
            let rows = (0..<10).map { "\($0),7,\($0 % 2),8" }.joined(separator: "\n")
            let own = try dataset(table: "x,y,label,target\n" + rows, in: folder)
            #expect(own.exampleShape == [3] && own.classNames == ["0", "1"])
            #expect(own.preprocessing.deviation.suffix(2) == [1, 1])
        }
    }

    @Test func `without such a name the last column is the labels, and the note says so`() throws {
        try withTemporaryFolder { folder in
            let rows = (0..<10).map { "\($0),\($0 % 2)" }.joined(separator: "\n")
            let own = try dataset(table: rows, in: folder)
            #expect(own.exampleShape == [1] && own.classNames == ["0", "1"])
            #expect(
                own.splitNote
                    == "labels are the last column, “column2”, since none is named label, "
                    + "class, target or y; 60 % of each class is for training, 20 % for validation "
                    + "and 20 % for test (6, 2 and 2 examples), drawn with seed 0")
        }
    }

    // MARK: - Errors

    @Test func `features that are text are an error that names the columns`() throws {
        #expect(
            try sentence(.unusable, "size,colour,label\n1,red,0\n2,blue,1\n")
                == "own.csv: text is in column “colour”, and features are numbers; encode the text as "
                + "numbers, or remove it")
        #expect(
            try sentence(.unusable, "size,colour,taste,label\n1,red,a,0\n2,blue,b,1\n")
                == "own.csv: text is in columns “colour”, “taste”, and features are numbers; encode "
                + "the text as numbers, or remove it")
    }

    @Test func `a table of labels alone is an error`() throws {
        #expect(
            try sentence(.unusable, "label\n0\n1\n")
                == "own.csv: it has no column but “label”, the labels; add columns of features")
    }

    @Test func `cells that are not finite or empty are named by row and column`() throws {
        #expect(
            try sentence(.malformed, "a,b,label\n1,2,0\n3,nan,1\n")
                == "own.csv: data row 2, column “b” is nan; replace it, or leave the row out")
        #expect(
            try sentence(.malformed, "label,a,b\n0,1,2\n1,inf,1\n")
                == "own.csv: data row 2, column “a” is inf; replace it, or leave the row out")
        #expect(
            try sentence(.malformed, "a,label\n1,x\n2,\n")
                == "own.csv: data row 2, column “label” is empty; fill it, or leave the row out")
    }

    @Test func `labels that do not count classes are named by row and column`() throws {
        #expect(
            try sentence(.malformed, "a,b\n1,0\n2,0.25\n")
                == "own.csv: data row 2, column “b” is 0.25, and labels are whole numbers; number the "
                + "classes from 0")
        #expect(
            try sentence(.malformed, "a,label\n1,-3\n2,0\n")
                == "own.csv: data row 1, column “label” is -3; number the classes from 0")
        #expect(
            try sentence(.malformed, "a,label\n1,1\n2,2\n")
                == "own.csv: data row 2, column “label” is 2, but no example has label 0; number the "
                + "classes from 0 without gaps")
    }

    @Test func `a ragged row comes as the sentence of the file's format`() throws {
        try withTemporaryFolder { folder in
            let error = #expect(throws: FileFormatError.self) {
                _ = try dataset(table: "a,b,label\n1,2,0\n3,1\n", in: folder)
            }
            #expect(
                error?.description.replacingOccurrences(of: folder + "/", with: "")
                    == "own.csv: line 3 has 2 cells and 3 are expected; complete the row or remove it"
            )
        }
    }
}
