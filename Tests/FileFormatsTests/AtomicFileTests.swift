@testable import FileFormats
import Foundation
import TestSupport
import Testing

struct AtomicFileTests {
    @Test(arguments: [0, 1, 100_000])
    func `bytes that are written are read back, and nothing else is left`(count: Int) throws {
        try withTemporaryFolder { folder in
            let data = Data((0..<count).map { UInt8(truncatingIfNeeded: $0 * 7) })
            try AtomicFile.write(Data("old".utf8), to: "\(folder)/x")
            try AtomicFile.write(data, to: "\(folder)/x")
            #expect(try Data(contentsOf: URL(fileURLWithPath: "\(folder)/x")) == data)
            #expect(try names(in: folder) == ["x"])
        }
    }

    @Test func `slices are written as what they show`() throws {
        try withTemporaryFolder { folder in
            try AtomicFile.write(Data(0..<100)[40..<60], to: "\(folder)/x")
            let found = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/x"))
            #expect(Array(found) == Array(40..<60))
        }
    }

    @Test func `failures leave nothing behind and say what to do`() throws {
        try withTemporaryFolder { folder in
            #expect(
                message(.missing) { try AtomicFile.write(Data(), to: "\(folder)/no/x") }
                    == "\(folder)/no/x: the folder \(folder)/no does not exist; create it first")
            try FileManager.default.createDirectory(
                atPath: "\(folder)/d", withIntermediateDirectories: false)
            for path in ["\(folder)/d", "\(folder)/d/"] {
                #expect(
                    message(.unwritable) { try AtomicFile.write(Data([1]), to: path) }
                        == "\(path): it is a folder; give the path of a file")
            }
            try AtomicFile.write(Data(), to: "\(folder)/f")
            #expect(
                message(.unwritable) { try AtomicFile.write(Data(), to: "\(folder)/f/x") }
                    == "\(folder)/f/x: \(folder)/f is not a folder; choose another path")
            #expect(try names(in: folder) == ["d", "f"])
            #expect(try names(in: "\(folder)/d").isEmpty)
        }
    }

    @Test(arguments: [
        (ENOSPC, "/a/x: the disk is full; free some space and write it again"),
        (EACCES, "/a/x: writing in /a is not permitted; choose another"),
        (EIO, "/a/x: writing failed with error 5; choose another path"),
    ])
    func `the system's errors are sentences`(code: Int32, expected: String) {
        let error = TemporaryFile.failure(code, path: "/a/x")
        #expect(error.kind == .unwritable)
        #expect(error.description == expected)
    }
}
