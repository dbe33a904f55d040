import FileFormats
import Foundation
import Interchange
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Networks that PyTorch exports, read, run, written and opened by PyTorch again.
@Suite(.enabled(if: PyTorch.isAvailable)) struct ForeignExportTests {
    @Test func `PyTorch's exports give PyTorch's outputs`() throws {
        let exports = try ForeignExports.run.get()
        #expect(exports.networks.count >= 25)
        for network in exports.networks {
            #expect(network.differences.allSatisfy { $0 <= 1e-5 }, "\(network)")
        }
    }

    @Test func `a Program read, written and read again is the same Program`() throws {
        for network in try ForeignExports.run.get().networks {
            try expectSame(network.program, network.again)
            #expect(network.program.interface == network.again.interface, "\(network.name)")
            #expect(network.program.attachments == network.again.attachments, "\(network.name)")
        }
    }

    @Test func `PyTorch opens, decomposes and saves what is written, with its own outputs`() throws
    {
        let exports = try ForeignExports.run.get()
        #expect(exports.report.count == exports.networks.count)
        for (name, outcome) in exports.report { #expect(outcome == "ok", "\(name)") }
    }
}

/// One export of all networks for the whole suite: each takes seconds.
private struct ForeignExports: Sendable {
    struct Network: Sendable, CustomStringConvertible {
        let name: String
        let program: Program
        let again: Program
        /// How far each recorded output is off, of the largest.
        let differences: [Double]

        var description: String { "\(name): \(differences)" }
    }

    static let run = Result { try ForeignExports() }

    let networks: [Network]
    let report: [String: String]

    private init() throws {
        (networks, report) = try withTemporaryFolder { folder in
            try PyTorch.runScript("export_others.py", folder)
            let files = try FileManager.default.contentsOfDirectory(atPath: folder)
                .filter { $0.hasSuffix(".pt2") }.sorted()
            let networks = try files.map { file in
                try Self.network(String(file.dropLast(".pt2".count)), folder)
            }
            try PyTorch.runScript("export_others.py", folder, "check")
            let report = try JSONDecoder().decode(
                [String: String].self, from: contents(ofFile: "\(folder)/report.json"))
            return (networks, report)
        }
    }

    private static func network(_ name: String, _ folder: String) throws -> Network {
        let program = try ModelFile(contentsOf: "\(folder)/\(name).pt2").program
        let again = try program.write(to: "\(folder)/\(name).again.pt2").program
        let base = name.hasSuffix(".decomposed") ? String(name.dropLast(11)) : name
        let arrays = Dictionary(
            uniqueKeysWithValues: try NumPy.readArchive(contentsOf: "\(folder)/\(base).npz"))
        // A decomposed export may hold for the example's sizes alone.
        let inputs = try places(program.interface?.inputs, program.inputs.count).map { place in
            try Tensor(#require(arrays["input.\(place)"], "\(name)"))
        }
        let results = try program.outputs(for: inputs)
        let places = places(program.interface?.outputs, results.count)
        let differences = try zip(places, results).compactMap { place, result -> Double? in
            guard let expected = try arrays["output.\(place)"].map({ try Tensor($0) }) else {
                return nil
            }
            let found = try result.converted(to: expected.scalarType)
            let difference = try Verification.Difference("", expected, found)
            return difference.largest / max(difference.scale, 1e-30)
        }
        return Network(name: name, program: program, again: again, differences: differences)
    }

    /// The places of tensors among all leaves, some of which the export may have fixed.
    private static func places(_ leaves: [Interface.Leaf]?, _ count: Int) -> [Int] {
        guard let leaves else { return Array(0..<count) }
        return leaves.indices.filter { leaves[$0] == .value }
    }
}
