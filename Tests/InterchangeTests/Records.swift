import FileFormats
import Foundation
@testable import Interchange
import Programs
import Tensors
import TestSupport
import Testing

/// An archive taken apart, so that each record can be damaged.
struct Records {
    static let model = "models/model.json"
    static let weights = "data/weights/model_weights_config.json"
    static let constants = "data/constants/model_constants_config.json"
    static let notes = "extra/swiftlet.json"

    private(set) var records: [(name: String, data: Data)]

    /// A linear layer, batch norm, ReLU and another linear layer: `[batch, 4]` to `[batch, 2]`.
    static func network() throws -> Program {
        try Program(input: [4]) { x in
            x.linear("fc", outputs: 3).batchNorm("norm").relu().linear("head", outputs: 2)
        }.initialized(seed: 1)
    }

    /// The records of the archive that a Program is written as, without the root folder.
    init(of program: Program) throws {
        records = try withTemporaryFolder { folder in
            try program.write(to: "\(folder)/x.pt2")
            let archive = try ZipArchive(contentsOf: "\(folder)/x.pt2")
            return try archive.names.map { name in
                (String(name.dropFirst("model/".count)), try Data(archive.bytes(of: name)))
            }
        }
    }

    /// The record of that name; setting nil removes it.
    subscript(_ name: String) -> Data? {
        get { records.first { $0.name == name }?.data }
        set {
            let place = records.firstIndex { $0.name == name } ?? records.count
            records.removeAll { $0.name == name }
            if let newValue { records.insert((name, newValue), at: place) }
        }
    }

    /// Changes a record's text, which must have `old` in it.
    mutating func replace(_ old: String, with new: String, in name: String) throws {
        let text = String(decoding: try #require(self[name]), as: UTF8.self)
        try #require(text.contains(old), "\(old) is not in \(text)")
        self[name] = Data(text.replacingOccurrences(of: old, with: new).utf8)
    }

    /// The archive's bytes.
    func archive() throws -> Data {
        try withTemporaryFolder { folder in
            var zip = try ZipWriter(path: "\(folder)/x.pt2")
            for (name, data) in records { try zip.add("model/\(name)", data) }
            try zip.finish()
            return try contents(ofFile: "\(folder)/x.pt2")
        }
    }

    /// The Program, read by the module's reader.
    func program() throws -> Program { try read(archive()) }
}

/// Reads an archive in memory, which errors call `x.pt2`.
@discardableResult
func read(_ archive: Data) throws -> Program {
    try ProgramReader(ZipArchive(archive, file: "x.pt2")).program()
}

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
