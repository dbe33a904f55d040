import Foundation
import Interchange
import OrderedCollections
import Programs
import Tensors

extension CostTable {
    /// The multiply-accumulates of a network's layers at each rank.
    ///
    /// Those of factors are counted on the network cut to rank 1 and grow with the rank.
    static func macs(of program: Program, _ spectra: Spectra) throws -> CostTable {
        let unknown = CompressionError(
            .program,
            "the network's multiply-accumulates are not known, because a size in it is not: use another "
                + "budget")
        guard let total = program.cost.macs else { throw unknown }
        let probe = try Probe(program, spectra)
        let layers = try spectra.layers.enumerated().map { index, layer in
            let site = layer.site
            guard let dense = site.macs(in: program) else { throw unknown }
            let ranks = (1..<site.matrices.breakEvenRank + 1)
            // The product of two factors stands before the operator, which does as much as before.
            let product = Double(site.matrices.count)
            let one = probe.macs[index].map(Double.init) ?? Double(dense) / product
            return Layer(
                dense: Double(dense),
                factored: ranks.map { rank in
                    site.isStored ? Double(dense) + Double(rank) * product : Double(rank) * one
                })
        }
        let known = layers.reduce(0) { $0 + $1.dense }
        return CostTable(.macs, layers: layers, others: Double(total) - known)
    }

    /// The bytes on disk of a network's layers at each rank.
    ///
    /// What a file has beside the tensors is found by writing the network as it is, and cut to rank 1; the second is
    /// spread over the layers that are then factored.
    static func bytes(of program: Program, _ spectra: Spectra) throws -> CostTable {
        let probe = try Probe(program, spectra)
        let whole = try program.temporaryFileBytes
        let size = { (layer: Spectra.Layer) in
            program.tensors[layer.site.parameter]?.type.scalarType.byteCount ?? 4
        }
        let factored = spectra.layers.filter { $0.site.matrices.saves(atRank: 1) }
        let saved = factored.reduce(0) { sum, layer in
            sum + size(layer) * (layer.site.matrices.count - layer.site.matrices.count(atRank: 1))
        }
        let excess = try probe.program.temporaryFileBytes - (whole - saved)
        let overhead = Double(max(0, excess)) / Double(max(factored.count, 1))
        let layers = spectra.layers.map { layer in
            let matrices = layer.site.matrices
            return Layer(
                dense: Double(size(layer) * matrices.count),
                factored: (1..<matrices.breakEvenRank + 1).map {
                    Double(size(layer) * matrices.count(atRank: $0)) + overhead
                })
        }
        return CostTable(
            .bytes, layers: layers, others: layers.reduce(Double(whole)) { $0 - $1.dense })
    }

    /// A network cut to rank 1 wherever that saves.
    private struct Probe {
        let program: Program
        /// The multiply-accumulates of each layer's factors; nil where they are not found.
        let macs: [Int?]

        init(_ program: Program, _ spectra: Spectra) throws {
            let plan = try Plan(
                for: program, keeping: .rank(1), from: spectra,
                ranks: [Int](repeating: 1, count: spectra.layers.count))
            let rewritten = try Truncate(plan).apply(to: program)
            let small = rewritten.program
            var found: [String: Int?] = [:]
            for site in small.weightSites {
                let macs = site.macs(in: small)
                found[site.parameter] = (found[site.parameter] ?? 0).flatMap { sum in
                    macs.map { sum + $0 }
                }
            }
            let changes = Dictionary(rewritten.changes.map { ($0.tensor, $0.kind) }) { $1 }
            var macs: [Int?] = []
            var index = 0
            for sites in spectra.layers.map(\.site).joinedByParameter {
                var names: ArraySlice<String> = []
                if case .replaced(let by) = changes[sites[0].parameter] { names = by[...] }
                for _ in sites {
                    let own = names.prefix(plan.layers[index].rank == nil ? 1 : 2)
                    names = names.dropFirst(own.count)
                    macs.append(
                        own.count == 2
                            ? own.reduce(0) { sum, name in
                                sum.flatMap { sum in (found[name] ?? nil).map { sum + $0 } }
                            } : nil)
                    index += 1
                }
            }
            self.program = small
            self.macs = macs
        }
    }
}

extension Program {
    /// The bytes of the file that it makes.
    var temporaryFileBytes: Int {
        get throws {
            let path = NSTemporaryDirectory() + "/swiftlet-\(UUID().uuidString).pt2"
            defer { try? FileManager.default.removeItem(atPath: path) }
            return try write(to: path).fileBytes
        }
    }
}
