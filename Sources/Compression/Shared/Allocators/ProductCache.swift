import Programs
import Synchronization
import Tensors

/// Products of the first components of weights, kept as long as they take no more than a limit.
final class ProductCache: Sendable {
    /// Elements that are kept at most: half a gigabyte of 32 bits each.
    private static let limit = 1 << 27

    private struct Key: Hashable {
        let group: Int
        let ranks: [Int]
    }

    private struct Kept {
        var weights: [Key: Tensor] = [:]
        var elements = 0
    }

    private let program: Program
    private let layers: [Spectra.Layer]
    /// The layers that are parts of one parameter together, as positions.
    private let groups: [Range<Int>]
    private let kept = Mutex(Kept())

    init(_ program: Program, _ spectra: Spectra) {
        self.program = program
        layers = spectra.layers
        var start = 0
        groups = layers.map(\.site).joinedByParameter.map { sites in
            defer { start += sites.count }
            return start..<start + sites.count
        }
    }

    /// The weights that are not as they were, by name.
    func tensors(_ ranks: [Int]) throws -> [String: Tensor] {
        var tensors: [String: Tensor] = [:]
        for (number, group) in groups.enumerated() {
            let own = Array(ranks[group])
            let isCut = zip(own, layers[group]).contains { $1.site.matrices.saves(atRank: $0) }
            guard isCut else { continue }
            tensors[layers[group.lowerBound].site.parameter] = try weight(
                Key(group: number, ranks: own))
        }
        return tensors
    }

    private func weight(_ key: Key) throws -> Tensor {
        if let found = kept.withLock({ $0.weights[key] }) { return found }
        let weight = try product(key)
        kept.withLock { kept in
            if kept.elements + weight.count > Self.limit { kept = Kept() }
            kept.weights[key] = weight
            kept.elements += weight.count
        }
        return weight
    }

    /// The parameter with the products in place of its parts.
    private func product(_ key: Key) throws -> Tensor {
        let cuts = zip(layers[groups[key.group]], key.ranks).sorted {
            ($0.0.site.part?.lowerBound ?? 0) < ($1.0.site.part?.lowerBound ?? 0)
        }
        let whole = try program.tensor(cuts[0].0.site.parameter)
        var pieces: [Tensor] = []
        var end = 0
        let axis = cuts[0].0.site.partAxis
        for (layer, rank) in cuts {
            let piece = try self.piece(layer, rank, whole.scalarType)
            guard let part = layer.site.part else { return piece }
            if part.lowerBound > end {
                pieces.append(try whole.sliced(end..<part.lowerBound, along: axis))
            }
            pieces.append(piece)
            end = part.upperBound
        }
        if end < whole.shape[axis] {
            pieces.append(try whole.sliced(end..<whole.shape[axis], along: axis))
        }
        return try .concatenated(pieces, along: axis)
    }

    private func piece(_ layer: Spectra.Layer, _ rank: Int, _ type: ScalarType) throws -> Tensor {
        let site = layer.site
        guard site.matrices.saves(atRank: rank) else { return try site.weight(in: program) }
        let components = layer.decomposition
        let product = try matmul(
            components.left.sliced(0..<rank, along: 2), components.right.sliced(0..<rank, along: 1))
        return try FactorStorage(shape: site.shape, layout: site.layout)
            .tensor(of: product.converted(to: type))
    }
}
