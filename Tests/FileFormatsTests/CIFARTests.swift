import FileFormats
import Foundation
import TestSupport
import Testing

struct CIFARTests {
    /// Records with these labels, in which all pixels of the image at `index` count up from there.
    static func file(_ records: [[UInt8]]) -> Data {
        var data = Data()
        for (index, labels) in records.enumerated() {
            data += labels
            data += (0..<3072).map { UInt8(truncatingIfNeeded: $0 + index) }
        }
        return data
    }

    private func refusal(
        _ kind: FileFormatError.Kind, _ data: Data, as variant: CIFAR.Variant = .cifar10
    ) -> String {
        message(kind) { _ = try CIFAR.read(data, file: "a.bin", as: variant) }
    }

    @Test func `images and labels are read`() throws {
        let contents = try CIFAR.read(Self.file([[9], [0], [4]]), file: "a.bin", as: .cifar10)
        #expect(contents.labels == [9, 0, 4])
        #expect(contents.coarseLabels == nil)
        let pixels = (0..<3).flatMap { index in
            (0..<3072).map { UInt8(truncatingIfNeeded: $0 + index) }
        }
        #expect(contents.images == (try RawArray(pixels, shape: [3, 3, 32, 32])))
    }

    @Test func `cifar100 has coarse labels before the fine ones`() throws {
        let data = Self.file([[19, 99], [0, 20]])
        let contents = try CIFAR.read(data, file: "a.bin", as: .cifar100)
        #expect(contents.labels == [99, 20])
        #expect(contents.coarseLabels == [19, 0])
        #expect(contents.images.shape == [2, 3, 32, 32])
        #expect(contents.images.bytes.prefix(3) == Data([0, 1, 2]))
    }

    @Test(arguments: CIFAR.Variant.allCases)
    func `a file is read from its path, and a slice as what it is a slice of`(
        variant: CIFAR.Variant
    ) throws {
        let labels: [UInt8] = variant == .cifar10 ? [7] : [3, 7]
        let data = Self.file([labels])
        try withTemporaryFolder { folder in
            try AtomicFile.write(data, to: "\(folder)/a.bin")
            #expect(try CIFAR.read(contentsOf: "\(folder)/a.bin", as: variant).labels == [7])
        }
        let slice = (Data([1, 2, 3]) + data).dropFirst(3)
        #expect(try CIFAR.read(slice, file: "a.bin", as: variant).labels == [7])
    }

    @Test func `each fault has its sentence`() {
        #expect(refusal(.truncated, Data()) == "a.bin: it is empty; fetch the file again")
        #expect(
            refusal(.truncated, Self.file([[1], [2]]).dropLast(1))
                == "a.bin: its records take 3073 bytes each, and the last, at byte 3073, has 3072; "
                + "fetch the file again")
        #expect(
            refusal(.truncated, Self.file([[1], [2]]), as: .cifar100)
                == "a.bin: its records take 3074 bytes each, and the last, at byte 3074, has 3072; "
                + "fetch the file again")
        #expect(
            refusal(.malformed, Self.file([[1], [10]]))
                == "a.bin: record 1 has the label 10 at byte 3073, and labels there are 0 to 9; "
                + "check that the file is of the binary version")
        #expect(
            refusal(.malformed, Self.file([[20, 1]]), as: .cifar100)
                == "a.bin: record 0 has the label 20 at byte 0, and labels there are 0 to 19; "
                + "check that the file is of the binary version")
        #expect(
            refusal(.malformed, Self.file([[1, 1], [19, 100]]), as: .cifar100)
                == "a.bin: record 1 has the label 100 at byte 3075, and labels there are 0 to 99; "
                + "check that the file is of the binary version")
        #expect(
            refusal(.malformed, Data("<!DOCTYPE html><p>".utf8))
                == "a.bin: it is a web page, not the CIFAR file; "
                + "download the file itself, not the page about it")
        #expect(
            refusal(.malformed, Data("version https://git-lfs.github.com/spec/v1\n".utf8))
                == "a.bin: it is a Git LFS pointer, not the CIFAR file itself; run `git lfs pull`")
    }

    @Test(arguments: CIFAR.Variant.allCases)
    func `cut or damaged files throw and never crash`(variant: CIFAR.Variant) {
        let labels: [[UInt8]] = variant == .cifar10 ? [[1], [9]] : [[1, 1], [19, 99]]
        let data = Self.file(labels)
        let record = data.count / 2
        for length in Array(0..<16) + [record - 1, record + 1, data.count - 1] {
            #expect(throws: FileFormatError.self, "cut to \(length) bytes") {
                try CIFAR.read(data.prefix(length), file: "a.bin", as: variant)
            }
        }
        var head = data
        head[record] = 255
        #expect(throws: FileFormatError.self) { try CIFAR.read(head, file: "a", as: variant) }
        expectSurvivesDamage(of: data, rounds: 100) {
            _ = try CIFAR.read($0, file: "a.bin", as: variant)
        }
    }
}
