import FileFormats
import Foundation
import TestSupport
import Testing

struct CSVTableTests {
    func table(_ text: String, _ options: CSVOptions = CSVOptions()) throws -> CSVTable {
        try CSVTable(Data(text.utf8), file: "a.csv", options: options)
    }

    func refusal(
        _ kind: FileFormatError.Kind, _ text: String, _ options: CSVOptions = CSVOptions()
    ) -> String {
        message(kind) { _ = try table(text, options) }
    }

    @Test func `numbers in decimal notation come back exactly`() throws {
        var generator = SeededGenerator(state: 3)
        let values = (0..<3000).map { index -> Double in
            let random = Double(bitPattern: generator.next())
            let short = Double(Int64.random(in: -999_999...999_999, using: &generator)) / 1000
            return index % 2 == 0 && random.isFinite ? random : short
        }
        let text = values.map { "\($0),\($0.rounded())" }.joined(separator: "\n")
        let found = try table(text)
        #expect(found.rowCount == 3000)
        #expect(found.numbers(of: "column1") == values)
        #expect(found.numbers(of: "column2") == values.map { $0.rounded() })
    }

    @Test(
        arguments: [
            ("1", 1), ("-0.5", -0.5), ("+2.", 2), (".25", 0.25), ("1e3", 1000), ("2.5E-2", 0.025),
            ("0.1", 0.1), ("123456789012345678", 123_456_789_012_345_680), ("inf", .infinity),
            ("-Infinity", -.infinity), ("\" 7\"", nil), ("\"7\"", 7), ("  8\t", 8), ("1,5", nil),
            ("0x10", nil), ("1e", nil), ("-", nil), ("1 2", nil), ("1_000", nil), ("e5", nil),
        ] as [(String, Double?)])
    func `what is a number and what is none`(cell: String, expected: Double?) throws {
        let options = CSVOptions(header: .absent, separator: .semicolon, textColumns: [])
        if let expected {
            #expect(try table(cell, options).numbers == [expected])
        } else {
            #expect(throws: FileFormatError.self) { try table(cell, options) }
        }
    }

    @Test func `NaN is a number`() throws {
        #expect(try table("1\nNaN\n").numbers[1].isNaN)
    }

    @Test func `numbers and labels are told apart`() throws {
        let found = try table("width,kind,height\n1,cat,2\n3,dog,4\n")
        #expect(found.names == ["width", "kind", "height"])
        #expect(found.numericNames == ["width", "height"])
        #expect(found.rowCount == 2)
        #expect(found.numbers == [1, 2, 3, 4])
        #expect(found.texts == ["kind": ["cat", "dog"]])
    }

    @Test(arguments: [",", ";", "\t"], ["\n", "\r\n", "\r"])
    func `separators and ends of line are detected`(separator: String, end: String) throws {
        let rows = [["a", "b"], ["1", "\"x\(separator)\"\"y\"\"\""], [" 2 ", "z w "]]
        let text = rows.map { $0.joined(separator: separator) }.joined(separator: end)
        for (before, after) in [("", ""), ("\u{FEFF}", end), (end, end + end)] {
            let found = try table(before + text + after)
            #expect(found.numbers == [1, 2])
            #expect(found.texts == ["b": ["x\(separator)\"y\"", "z w"]])
        }
    }

    @Test func `the header is detected or stated`() throws {
        #expect(try table("1,2\n3,4").names == ["column1", "column2"])
        #expect(try table("1,2\n3,4", CSVOptions(header: .present)).names == ["1", "2"])
        #expect(try table("a,b\nc,d").rowCount == 2)
        #expect(try table("a,b\nc,d", CSVOptions(header: .present)).rowCount == 1)
        #expect(try table("a\n1", CSVOptions(header: .absent)).texts == ["column1": ["a", "1"]])
    }

    @Test func `text columns can be stated`() throws {
        let found = try table("label,x\n1,2\n", CSVOptions(textColumns: ["label"]))
        #expect(found.texts == ["label": ["1"]])
        #expect(found.numbers == [2])
        #expect(
            refusal(.missing, "label,x\n1,2\n", CSVOptions(textColumns: ["class"]))
                == "a.csv: there is no column “class”; the columns are “label”, “x”")
    }

    @Test func `missing numbers are NaN only where they are named`() throws {
        let text = "a,b\n?,1\n2,\n3,4\n"
        let found = try table(text, CSVOptions(missing: ["?", ""]))
        #expect(found.numbers.map(\.isNaN) == [true, false, false, true, false, false])
        #expect(
            refusal(.malformed, text, CSVOptions(missing: ["?"]))
                == "a.csv: line 3, column 2 (“b”): the cell is empty; "
                + "fill it, or name the empty text as missing")
    }

    @Test func `lines before the table can be skipped`() throws {
        let text = "|1x3 Cross validator\n25, Private\n38, State\n\n"
        #expect(try table(text, CSVOptions(skippedLines: 1)).numbers == [25, 38])
        #expect(
            refusal(.malformed, text)
                == "a.csv: line 2 has 2 cells and 1 are expected; complete the row or remove it")
    }

    @Test func `faults are named by line and column`() {
        #expect(
            refusal(.malformed, "a,b\n1,2\n\n3,4,5\n")
                == "a.csv: line 4 has 3 cells and 2 are expected; complete the row or remove it")
        #expect(
            refusal(.malformed, "a,b\r\n1,2\r\n3,x4\r\n")
                == "a.csv: line 3, column 2 (“b”): “x4” is not a number; "
                + "correct it, name it as missing, or name the column as text")
        #expect(
            refusal(.malformed, "a,b\n\"x\ny\",1\nz,w\n")
                == "a.csv: line 4, column 2 (“b”): “w” is not a number; "
                + "correct it, name it as missing, or name the column as text")
        #expect(
            refusal(.malformed, "1,2\n3,\"4\n5,6\n")
                == "a.csv: line 2, column 2: a quotation mark is not closed; "
                + "double the marks within a cell")
        #expect(
            refusal(.malformed, "1,2\n\"3\"4,5\n")
                == "a.csv: line 2, column 1: text follows the closing quotation mark; "
                + "double the marks within a cell")
        #expect(
            refusal(.malformed, "a,a\n1,2\n") == "a.csv: two columns are named “a”; rename one")
        for text in ["", "\n\n", "\u{FEFF}"] {
            #expect(
                refusal(.malformed, text)
                    == "a.csv: the table has no rows; check that the file is complete")
        }
    }

    @Test func `text that is not UTF-8 is refused`() {
        let bytes = Data("a,b\n1,x\n2,".utf8) + Data([0xE4, 0x0A])
        #expect(
            message(.malformed) { _ = try CSVTable(bytes, file: "a.csv") }
                == "a.csv: line 3, column 2 (“b”): the text is not UTF-8; save it as UTF-8")
        #expect(
            message(.malformed) {
                _ = try CSVTable(Data([0xE4]) + Data("\n1\n".utf8), file: "a.csv")
            } == "a.csv: the name of column 1 is not UTF-8; save the file as UTF-8")
        #expect(
            message(.unsupported) {
                _ = try CSVTable(Data([0xFF, 0xFE, 0x31, 0]), file: "a.csv")
            } == "a.csv: it is UTF-16 text; save it as UTF-8")
    }

    @Test func `gzip is found by content and bounded`() throws {
        try withTemporaryFolder { folder in
            try AtomicFile.write(Compressed.gzippedText, to: "\(folder)/a.csv.gz")
            let found = try CSVTable(contentsOf: "\(folder)/a.csv.gz")
            #expect(found.rowCount == 1)
            #expect(throws: FileFormatError.self) {
                try CSVTable(contentsOf: "\(folder)/a.csv.gz", options: CSVOptions(limit: 100))
            }
        }
    }

    @Test func `damaged tables throw and never crash`() throws {
        let text = "id;name;\"x;y\"\r\n1;\"a\"\"b\";2.5\r\n\r\n2;größe;-1e-3\r\n3;c;4\r\n"
        #expect(try table(text).rowCount == 3)
        let data = Data(text.utf8)
        for length in 0..<data.count {
            do { _ = try CSVTable(data.prefix(length), file: "a") } catch is FileFormatError {}
        }
        expectSurvivesDamage(of: data, rounds: 3000) { _ = try CSVTable($0, file: "a") }
    }

    @Test func `a megabyte is read in moments`() throws {
        let row = (0..<100).map { "\($0 * 2)" }.joined(separator: ",") + "\n"
        let found = try table(String(repeating: row, count: 3000))
        #expect(found.rowCount == 3000)
        #expect(found.numbers[299_999] == 198)
    }
}
