@testable import FileFormats
import Foundation
import TestSupport
import Testing

struct ZipArchiveTests {
    typealias Entry = ZipBytes.Entry

    /// Opens the archive and reads all of it.
    func readAll(_ data: Data) throws {
        let archive = try ZipArchive(data, file: "a.zip")
        for name in archive.names { _ = try archive.inflated(name, limit: 100_000) }
        try archive.verify()
    }

    func refusal(_ kind: FileFormatError.Kind, _ archive: ZipBytes) -> String {
        message(kind) { _ = try ZipArchive(archive.data, file: "a.zip") }
    }

    @Test func `stored bytes are a slice of the file, not a copy`() throws {
        let data = ZipBytes([Entry("x", Data(repeating: 5, count: 1000))]).data
        let slice = try ZipArchive(data, file: "a.zip").bytes(of: "x")
        #expect(slice == Data(repeating: 5, count: 1000))
        let start = unsafe data.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        let found = unsafe slice.withUnsafeBytes { UInt(bitPattern: $0.baseAddress) }
        #expect(found == start + 31)
    }

    @Test func `folders are no entries, and a comment may follow`() throws {
        let bytes = ZipBytes([Entry("a/"), Entry("a/x", Data([1, 2]))]) { $0.comment = "hello" }
        let archive = try ZipArchive(bytes.data, file: "a.zip")
        #expect(archive.names == ["a/x"])
        #expect(!archive.contains("a/"))
    }

    @Test func `an archive may itself be a slice`() throws {
        let bytes = Data(count: 77) + ZipBytes([Entry("x", Data([1, 2, 3]))]).data
        let archive = try ZipArchive(bytes.dropFirst(77), file: "a.zip")
        #expect(try Array(archive.bytes(of: "x")) == [1, 2, 3])
    }

    static let deflated = ZipBytes([
        Entry("x", Compressed.deflatedText) {
            $0.method = 8
            $0.byteCount = UInt32(Compressed.text.count)
            $0.checksum = Compressed.textChecksum
            $0.flags = 8
            $0.localByteCount = 0
        }
    ])

    @Test func `a deflated entry is inflated on request only`() throws {
        let archive = try ZipArchive(Self.deflated.data, file: "a.zip")
        #expect(try archive.inflated("x", limit: 760) == Compressed.text)
        #expect(
            message(.unsupported) { _ = try archive.bytes(of: "x") }
                == "a.zip: entry “x” is compressed; write the archive again without compression")
        #expect(
            message(.tooLarge) { _ = try archive.inflated("x", limit: 759) }
                == "a.zip: entry “x” inflates to 760 bytes, more than 759; "
                + "raise the limit if the file is trusted")
    }

    @Test(arguments: [UInt32(0), 1, 760, 999_999, 1_000_001])
    func `a bomb that lies about its size is stopped there`(claimed: UInt32) throws {
        let bytes = ZipBytes([
            Entry("x", Compressed.deflatedZeros) {
                $0.method = 8
                $0.byteCount = claimed
                $0.checksum = Compressed.zerosChecksum
                $0.flags = 8
            }
        ])
        let archive = try ZipArchive(bytes.data, file: "a.zip")
        #expect(
            message(.malformed) { _ = try archive.inflated("x", limit: 2_000_000) }
                == "a.zip: entry “x” is damaged; fetch the file again")
    }

    @Test func `encrypted, unknown and absent entries are named`() throws {
        let bytes = ZipBytes([
            Entry("secret", Data(count: 20)) { $0.flags = 1 },
            Entry("odd", Data(count: 20)) { $0.method = 93 },
        ])
        let archive = try ZipArchive(bytes.data, file: "a.zip")
        #expect(
            message(.unsupported) { _ = try archive.bytes(of: "secret") }
                == "a.zip: entry “secret” is encrypted; "
                + "write the archive again without a password")
        #expect(
            message(.unsupported) { _ = try archive.inflated("odd", limit: 100) }
                == "a.zip: entry “odd” is compressed by method 93; "
                + "write the archive again without compression")
        #expect(
            message(.missing) { _ = try archive.bytes(of: "nothing") }
                == "a.zip: it has no entry “nothing”; check which kind of archive it is")
    }

    @Test func `a wrong check sum is found on request`() throws {
        let bytes = ZipBytes([Entry("x", Data([1, 2, 3])) { $0.checksum = 5 }])
        let archive = try ZipArchive(bytes.data, file: "a.zip")
        #expect(
            message(.malformed) { try archive.verify() }
                == "a.zip: entry “x” is damaged; fetch the file again")
        #expect(
            message(.missing) { try archive.verify("y") }
                == "a.zip: it has no entry “y”; check which kind of archive it is")
    }

    @Test func `two entries of one name are refused`() {
        #expect(
            refusal(.malformed, ZipBytes([Entry("x"), Entry("x")]))
                == "a.zip: it has two entries named “x”; do not trust this archive")
    }

    @Test func `entries that overlap are refused`() {
        let inner = ZipBytes([Entry("b", Data(count: 5))]).data.prefix(36)
        let nested = ZipBytes([
            Entry("a", inner), Entry("b", Data(count: 5)) { $0.headerOffset = 31 },
        ])
        #expect(
            refusal(.malformed, nested)
                == "a.zip: entry “b” overlaps entry “a”; do not trust this archive")
        let long = ZipBytes([Entry("a", Data(count: 5)) { $0.storedByteCount = 6 }]) {
            $0.entries[0].byteCount = 6
        }
        #expect(
            refusal(.malformed, long)
                == "a.zip: entry “a” overlaps the central directory; do not trust this archive")
    }

    @Test(arguments: ["../x", "a/../../x", "/etc/x", "C:/x", "a\\x"])
    func `names that lead elsewhere are refused`(name: String) {
        let text = refusal(.malformed, ZipBytes([Entry(name)]))
        #expect(text.hasPrefix("a.zip: the name of entry “\(name)” "))
        #expect(text.hasSuffix("; do not trust this archive"))
    }

    @Test func `headers that disagree are refused`() {
        let expected =
            "a.zip: entry “x” has a local header that differs from the central directory; "
            + "fetch the file again"
        let named = ZipBytes([Entry("x") { $0.localName = Array("y".utf8) }])
        #expect(refusal(.malformed, named) == expected)
        let sized = ZipBytes([Entry("x", Data(count: 4)) { $0.localByteCount = 3 }])
        #expect(refusal(.malformed, sized) == expected)
        let stored = ZipBytes([Entry("x", Data(count: 4)) { $0.localStoredByteCount = 3 }])
        #expect(refusal(.malformed, stored) == expected)
        let far = ZipBytes([Entry("x") { $0.headerOffset = 0x7FFF_FFFF }])
        #expect(refusal(.malformed, far) == expected)
    }

    @Test func `a stored entry has one size`() {
        let bytes = ZipBytes([
            Entry("x", Data(count: 4)) {
                $0.byteCount = 3
                $0.flags = 8
            }
        ])
        #expect(
            refusal(.malformed, bytes)
                == "a.zip: entry “x” is stored but has two sizes; fetch the file again")
    }

    @Test func `directories that lie are refused`() {
        let lost =
            "a.zip: its central directory is not where its end record says; fetch the file again"
        let entries = [Entry("x", Data(count: 4))]
        #expect(refusal(.malformed, ZipBytes(entries) { $0.directoryOffset = 3 }) == lost)
        #expect(refusal(.malformed, ZipBytes(entries) { $0.directoryOffset = .max }) == lost)
        #expect(refusal(.malformed, ZipBytes(entries) { $0.entryCount = 9 }) == lost)
        #expect(
            refusal(.malformed, ZipBytes(entries) { $0.entryCount = 0 })
                == "a.zip: its central directory does not hold 0 records; fetch the file again")
        #expect(
            refusal(.unsupported, ZipBytes(entries) { $0.disk = 1 })
                == "a.zip: it is one part of a split archive; join the parts first")
        #expect(
            refusal(.malformed, ZipBytes([Entry("") { $0.name = [0xFF, 0xC0] }]))
                == "a.zip: record 0 of its central directory is damaged; fetch the file again")
    }

    @Test func `what is no zip archive says what it is`() {
        func text(_ kind: FileFormatError.Kind, _ contents: String) -> String {
            message(kind) { _ = try ZipArchive(Data(contents.utf8), file: "a.pt2") }
        }
        #expect(
            text(.malformed, "version https://git-lfs.github.com/spec/v1\noid sha256:0\n")
                == "a.pt2: it is a Git LFS pointer, not the zip archive itself; "
                + "run `git lfs pull`")
        #expect(
            text(.malformed, "just a few words of text")
                == "a.pt2: it is not a zip archive; check which file it is")
        #expect(
            text(.truncated, "PK\u{3}\u{4} and then nothing more")
                == "a.pt2: the zip archive has no end record; it is incomplete, fetch it again")
    }

    @Test func `files that cannot be opened say why`() throws {
        try withTemporaryFolder { folder in
            #expect(
                message(.missing) { _ = try ZipArchive(contentsOf: "\(folder)/none") }
                    == "\(folder)/none: there is no such file; check the path")
            #expect(
                message(.unreadable) { _ = try ZipArchive(contentsOf: folder) }
                    == "\(folder): it is a folder; give the path of a file in it")
            #expect(
                message(.unreadable) { _ = try ZipArchive(contentsOf: "/dev/null") }
                    == "/dev/null: it is not a regular file; copy its contents to one")
        }
    }

    @Test(arguments: [UInt32.max, 4])
    func `cut or damaged archives throw and never crash`(widest: UInt32) throws {
        let data = try withTemporaryFolder {
            try ZipWriterTests.write(to: "\($0)/a.zip", widest: widest)
        }
        expectTruncationsThrow(of: data, every: 7, readAll)
        let refused = expectSurvivesDamage(of: data, rounds: 1000, readAll)
        #expect(refused > 500)
    }

    @Test func `a damaged deflated entry throws and never crashes`() {
        expectTruncationsThrow(of: Self.deflated.data, readAll)
        expectSurvivesDamage(of: Self.deflated.data, rounds: 1000, readAll)
    }

    @Test(arguments: [0, 4, 16, 24, 32, 40, 48])
    func `zip64 records with huge numbers are refused`(field: Int) throws {
        var data = try withTemporaryFolder {
            try ZipWriterTests.write(to: "\($0)/a.zip", widest: 4)
        }
        let record = try #require(data.range(of: Data([0x50, 0x4B, 6, 6]))).lowerBound
        data.overwrite(UInt64.max - 8, at: record + field)
        #expect(throws: FileFormatError.self) { try readAll(data) }
    }
}
