import FileFormats
import Foundation
import Testing

struct FileFormatErrorTests {
    @Test func `an error is one sentence that begins with the file`() {
        let error = FileFormatError(.missing, file: "/a/b.npz", "it is not there; look again")
        #expect("\(error)" == "/a/b.npz: it is not there; look again")
    }

    @Test(arguments: [
        ("a\nb\u{1B}[31m", "“a\\u{a}b\\u{1b}[31m”"), ("größe", "“größe”"),
        (String(repeating: "x", count: 81), "“" + String(repeating: "x", count: 80) + "…”"),
    ])
    func `names from files are shown on one line and cut`(name: String, shown: String) throws {
        let archive = try ZipArchive(ZipBytes([]).data, file: "a.zip")
        #expect(
            message(.missing) { _ = try archive.bytes(of: name) }
                == "a.zip: it has no entry \(shown); check which kind of archive it is")
    }
}
