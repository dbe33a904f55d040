import FileFormats
import Foundation
import Testing

struct GzipTests {
    let text = Compressed.text
    let gzipped = Compressed.gzippedText

    func gunzip(_ data: Data, limit: Int = 100_000) throws -> Data {
        try Gzip.gunzip(data, limit: limit, file: "a.gz")
    }

    @Test func `one member, several members and padding are read`() throws {
        #expect(try gunzip(gzipped) == text)
        #expect(try gunzip(gzipped + gzipped) == text + text)
        #expect(try gunzip(gzipped + Data(count: 512)) == text)
        #expect(try gunzip((Data(count: 9) + gzipped).dropFirst(9)) == text)
    }

    @Test func `output goes up to the limit and not beyond`() throws {
        let zeros = try gunzip(Compressed.gzippedZeros, limit: 1_000_000)
        #expect(zeros == Data(count: 1_000_000))
        #expect(
            message(.tooLarge) { _ = try gunzip(Compressed.gzippedZeros, limit: 999_999) }
                == "a.gz: it inflates to more than 999999 bytes; "
                + "raise the limit if the file is trusted")
        // The limit is for all members together.
        let bombs = Data(repeatElement(Compressed.gzippedZeros, count: 50).joined())
        #expect(throws: FileFormatError.self) { try gunzip(bombs, limit: 1_500_000) }
    }

    @Test func `data that end too early are truncated, wherever they are cut`() {
        let twice = gzipped + gzipped
        for length in 0..<twice.count where length != gzipped.count {
            #expect(
                message(.truncated) { _ = try gunzip(twice.prefix(length)) }
                    == "a.gz: the gzip data end too early; fetch the file again",
                "cut to \(length) bytes")
        }
    }

    @Test func `other bytes are refused`() {
        #expect(
            message(.malformed) { _ = try gunzip(Data("hello".utf8)) }
                == "a.gz: it is not gzip data; check which file it is")
        #expect(
            message(.malformed) { _ = try gunzip(gzipped + Data("hello".utf8)) }
                == "a.gz: the gzip data are damaged or followed by other bytes; "
                + "fetch the file again")
        var damaged = gzipped
        damaged[60] ^= 1
        #expect(
            message(.malformed) { _ = try gunzip(damaged) }
                == "a.gz: the gzip data are damaged; fetch the file again")
    }

    @Test func `damaged data throw and never crash`() {
        let refused = expectSurvivesDamage(of: gzipped + gzipped) { _ = try gunzip($0) }
        #expect(refused > 1000)
    }
}
