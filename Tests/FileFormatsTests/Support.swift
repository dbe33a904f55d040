import FileFormats
import Foundation
import TestSupport
import Testing

/// The sentence with which `body` fails.
func message(
    _ kind: FileFormatError.Kind, sourceLocation: SourceLocation = #_sourceLocation,
    _ body: () throws -> Void
) -> String {
    let error = #expect(
        throws: FileFormatError.self, sourceLocation: sourceLocation, performing: body)
    #expect(error?.kind == kind, sourceLocation: sourceLocation)
    return error?.description ?? "no error"
}

/// Reads `original` cut short at every `step`-th byte and expects this module's error each time.
func expectTruncationsThrow(
    of original: Data, every step: Int = 1, sourceLocation: SourceLocation = #_sourceLocation,
    _ read: (Data) throws -> Void
) {
    for length in stride(from: 0, to: original.count, by: step) {
        #expect(
            throws: FileFormatError.self, "cut to \(length) bytes", sourceLocation: sourceLocation
        ) { try read(original.prefix(length)) }
    }
}

/// Reads `original` with a few bytes changed, many times: it may throw this module's error only.
///
/// Returns how many of the damaged files were refused.
@discardableResult
func expectSurvivesDamage(
    of original: Data, rounds: Int = 2000, seed: UInt64 = 7,
    sourceLocation: SourceLocation = #_sourceLocation, _ read: (Data) throws -> Void
) -> Int {
    var generator = SeededGenerator(state: seed)
    let interesting: [UInt8] = [0, 1, 0x7F, 0x80, 0xFE, 0xFF, 0x22, 0x2C, 0x30, 0x7B, 0x7D]
    var refused = 0
    for round in 0..<rounds {
        var bytes = [UInt8](original)
        for _ in 0..<Int.random(in: 1...4, using: &generator) {
            let position = Int.random(in: bytes.indices, using: &generator)
            switch Int.random(in: 0..<4, using: &generator) {
            case 0: bytes[position] ^= 1 << UInt8.random(in: 0..<8, using: &generator)
            case 1: bytes[position] = interesting.randomElement(using: &generator) ?? 0
            case 2: bytes[position] = .random(in: .min ... .max, using: &generator)
            default:
                let end = min(bytes.count, position + Int.random(in: 1...8, using: &generator))
                for index in position..<end { bytes[index] = 0xFF }
            }
        }
        do {
            try read(Data(bytes))
        } catch is FileFormatError {
            refused += 1
        } catch {
            Issue.record("round \(round): \(error)", sourceLocation: sourceLocation)
        }
    }
    return refused
}

/// Bytes of memory that this process has in use, files that are mapped among them.
func residentBytes() -> Int {
    let text = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)) ?? ""
    let pages = text.split(separator: " ").compactMap { Int($0) }
    return (pages.count > 1 ? pages[1] : 0) * 4096
}

extension Data {
    /// Appends a number, least significant byte first.
    mutating func put<Number: FixedWidthInteger>(_ number: Number) {
        for shift in stride(from: 0, to: Number.bitWidth, by: 8) {
            append(UInt8(truncatingIfNeeded: number >> shift))
        }
    }

    /// Writes a number over what is at `offset`, least significant byte first.
    mutating func overwrite<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
        for index in 0..<Number.bitWidth / 8 {
            self[startIndex + offset + index] = UInt8(truncatingIfNeeded: number >> (8 * index))
        }
    }

    /// The bytes of a text of hexadecimal digits.
    init(hexadecimal text: String) {
        let digits = text.compactMap(\.hexDigitValue)
        self.init(
            stride(from: 0, to: digits.count - 1, by: 2).map {
                UInt8(digits[$0] << 4 | digits[$0 + 1])
            })
    }
}
