@testable import FileFormats
import Foundation
import TestSupport
import Testing

struct ZipWriterTests {
    static let samples: [(name: String, data: Data)] = [
        ("model/data.pkl", Data((0..<200).map { UInt8($0) })),
        ("model/empty", Data()),
        ("model/größe", Data("ä".utf8)),
        ("model/version", Data("3\n".utf8)),
    ]

    static func write(to path: String, widest: UInt32 = .max) throws -> Data {
        var writer = try ZipWriter(path: path, widest: widest)
        for (name, data) in samples { try writer.add(name, data) }
        try writer.finish()
        return try Data(contentsOf: URL(fileURLWithPath: path))
    }

    // 4 forces sizes, offsets and the number of entries into the 64-bit records.
    @Test(arguments: [UInt32.max, 100, 4])
    func `what is written is read back, with and without zip64`(widest: UInt32) throws {
        try withTemporaryFolder { folder in
            let bytes = try Self.write(to: "\(folder)/a.zip", widest: widest)
            let archive = try ZipArchive(contentsOf: "\(folder)/a.zip")
            #expect(archive.names == Self.samples.map(\.name))
            for (name, data) in Self.samples {
                #expect(try archive.bytes(of: name) == data)
                #expect(archive.contains(name))
            }
            try archive.verify()
            let hasWideEnd = bytes.range(of: Data([0x50, 0x4B, 6, 6])) != nil
            #expect(hasWideEnd == (widest < .max))
        }
    }

    @Test func `every entry's data begin at a multiple of 64 bytes`() throws {
        try withTemporaryFolder { folder in
            let data = try Self.write(to: "\(folder)/a.zip")
            let archive = try ZipArchive(data, file: "a.zip")
            #expect(archive.entries.count == Self.samples.count)
            for entry in archive.entries.values { #expect(entry.dataOffset % 64 == 0) }
        }
    }

    @Test func `equal entries give equal bytes`() throws {
        try withTemporaryFolder { folder in
            let first = try Self.write(to: "\(folder)/a.zip")
            let second = try Self.write(to: "\(folder)/b.zip")
            #expect(first == second)
        }
    }

    @Test func `an archive without entries is one`() throws {
        try withTemporaryFolder { folder in
            try ZipWriter(path: "\(folder)/a.zip").finish()
            #expect(try ZipArchive(contentsOf: "\(folder)/a.zip").names.isEmpty)
        }
    }

    @Test func `a writer that is dropped leaves nothing and keeps the old file`() throws {
        try withTemporaryFolder { folder in
            let path = "\(folder)/a.zip"
            try AtomicFile.write(Data("old".utf8), to: path)
            do {
                var writer = try ZipWriter(path: path)
                try writer.add("x", Data(count: 10))
                #expect(try names(in: folder).count == 2)
            }
            #expect(try names(in: folder) == ["a.zip"])
            #expect(try Data(contentsOf: URL(fileURLWithPath: path)) == Data("old".utf8))
        }
    }

    @Test(arguments: [
        ("", "is empty"), ("/x", "is an absolute path"), ("C:x", "is an absolute path"),
        ("a/../../x", "leads out of its folder"), ("a\\b", "has a backslash"),
        ("a\0b", "has a zero byte"), ("a/", "names a folder"),
    ])
    func `names that readers refuse are not written`(name: String, reason: String) throws {
        try withTemporaryFolder { folder in
            let text = message(.malformed) {
                var writer = try ZipWriter(path: "\(folder)/a.zip")
                try writer.add(name, Data())
            }
            let shown = name.replacingOccurrences(of: "\0", with: "\\u{0}")
            #expect(
                text == "\(folder)/a.zip: the entry name “\(shown)” \(reason); choose another")
            let left = try names(in: folder)
            #expect(left.isEmpty)
        }
    }

    @Test func `a name is written once`() throws {
        try withTemporaryFolder { folder in
            let text = message(.malformed) {
                var writer = try ZipWriter(path: "\(folder)/a.zip")
                try writer.add("x", Data())
                try writer.add("x", Data())
            }
            #expect(
                text == "\(folder)/a.zip: there is an entry named “x” already; choose another name")
        }
    }
}
