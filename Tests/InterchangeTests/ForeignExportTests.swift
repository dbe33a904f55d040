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

    @Test func `what propagation says of a value is what a run computes`() throws {
        var known = 0
        for network in try ForeignExports.run.get().networks {
            #expect(network.types.wrong.isEmpty, "\(network.name)")
            known += network.types.known
        }
        #expect(known > 500)
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
        let types: TypeCheck

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
        return Network(
            name: name, program: program, again: again, differences: differences,
            types: try TypeCheck(program, inputs))
    }

    /// The places of tensors among all leaves, some of which the export may have fixed.
    fileprivate static func places(_ leaves: [Interface.Leaf]?, _ count: Int) -> [Int] {
        guard let leaves else { return Array(0..<count) }
        return leaves.indices.filter { leaves[$0] == .value }
    }
}

/// The types that propagation finds, most of them on tensors without memory, beside those of what a run computes.
struct TypeCheck: Sendable {
    /// How many sizes were compared; what depends on data is not known beforehand.
    private(set) var known = 0
    /// What differs, a line for each value.
    private(set) var wrong: [String] = []

    init(_ program: Program, _ inputs: [Tensor]) throws {
        let typed = try program.propagated()
        var sizes: [String: Int] = [:]
        for (input, tensor) in zip(program.inputs, inputs) {
            for (size, number) in zip(typed.type(of: input)?.tensor?.sizes ?? [], tensor.shape) {
                if case .affine(let scale, let name, let offset) = size {
                    sizes[name] = (number - offset) / scale
                }
            }
        }
        let wanted = program.nodes.flatMap { $0.outputs.compactMap { $0 } }
            .filter { typed.type(of: $0)?.tensor != nil }
        var generator = Generator(seed: 0)
        let values = try withoutGradients {
            try Runner(program).run(
                inputs, mode: .inference, wanted: wanted, generator: &generator
            ).values
        }
        for value in wanted {
            guard let type = typed.type(of: value)?.tensor, let found = values[value] else {
                continue
            }
            let shape = type.sizes.map { $0.evaluated(at: sizes) }
            known += shape.compactMap { $0 }.count
            let fits =
                shape.count == found.rank && type.scalarType == found.scalarType
                && zip(shape, found.shape).allSatisfy { $0 == nil || $0 == $1 }
            if !fits { wrong.append("\(value): \(type) is \(found.summary)") }
        }
    }
}

/// The same for every export of a folder, which `Experiments/compatibility` fills.
@Suite(.enabled(if: ProcessInfo.processInfo.environment["SWIFTLET_EXPORTS"] != nil))
struct ExportFolderTests {
    @Test func `what propagation says of a value is what a run computes`() throws {
        let folder = ProcessInfo.processInfo.environment["SWIFTLET_EXPORTS"] ?? ""
        let files = try FileManager.default.contentsOfDirectory(atPath: folder)
            .filter { $0.hasSuffix(".pt2") }.sorted()
        for file in files {
            guard let program = try? ModelFile(contentsOf: "\(folder)/\(file)").program,
                let stem = file.split(separator: ".").first,
                let read = try? NumPy.readArchive(contentsOf: "\(folder)/\(stem).npz")
            else {
                print("\(file): not checked")
                continue
            }
            let arrays = Dictionary(uniqueKeysWithValues: read)
            do {
                let inputs = try ForeignExports.places(
                    program.interface?.inputs, program.inputs.count
                ).map { try Tensor(#require(arrays["input.\($0)"])) }
                let check = try TypeCheck(program, inputs)
                print("\(file): \(check.known) sizes")
                #expect(check.wrong.isEmpty, "\(file)")
            } catch { print("\(file): \(error)") }
        }
    }
}
