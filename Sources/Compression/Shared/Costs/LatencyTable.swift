import OrderedCollections
public import Programs
import Tensors

/// How long a network and its layers took on one machine, at some ranks; measured once, stored, and read again.
public struct LatencyTable: Sendable, Hashable, Codable {
    /// One layer that can be timed by itself.
    public struct Layer: Sendable, Hashable, Codable {
        /// The weight's name.
        public let weight: String
        /// The matrices that it holds.
        public let matrices: MatrixShape
        /// Into which two layers it was cut, where it is a convolution.
        public let split: ConvolutionSplit
        /// Seconds as it is.
        public let dense: Double
        /// The ranks at which its factors were timed, rising.
        public let ranks: [Int]
        /// Seconds at these ranks.
        public let seconds: [Double]

        /// Makes a layer's times from their parts.
        public init(
            weight: String, matrices: MatrixShape, split: ConvolutionSplit = .channel,
            dense: Double, ranks: [Int], seconds: [Double]
        ) {
            self.weight = weight
            self.matrices = matrices
            self.split = split
            self.dense = dense
            self.ranks = ranks
            self.seconds = seconds
        }
    }

    /// The shares of the break-even rank at which layers are timed.
    private static let shares = [0.125, 0.25, 0.5, 0.75, 1]

    /// The examples in a batch.
    public let batch: Int
    /// Seconds that the whole network took as it was.
    public let seconds: Double
    /// The layers, in the order of the network's weights.
    public let layers: [Layer]
    /// By how much a network measured slower than the sum of its layers; 1 until one was measured.
    public var correction = 1.0

    /// Makes a table from its parts.
    public init(batch: Int, seconds: Double, layers: [Layer]) {
        self.batch = batch
        self.seconds = seconds
        self.layers = layers
    }

    /// Times a network and each of its layers, as they are and factored at five ranks.
    ///
    /// - Parameters:
    ///   - program: the network, merged.
    ///   - spectra: the components of its weights.
    ///   - batch: the examples in a batch.
    public init(of program: Program, from spectra: Spectra, batch: Int) throws {
        var found: [String: (dense: [Double], points: [Int: Double])] = [:]
        for share in Self.shares {
            let ranks = spectra.layers.map { layer in
                let most = min(layer.site.matrices.breakEvenRank, layer.decomposition.values.count)
                return max(1, Int((share * Double(most)).rounded()))
            }
            let plan = try Plan(
                for: program, keeping: .rank(ranks.max() ?? 1), from: spectra, ranks: ranks)
            let timed = Dictionary(
                uniqueKeysWithValues: plan.layers.compactMap { layer in
                    layer.rank.map { (layer.weight, $0) }
                })
            for timing in try LayerTiming.measured(plan, of: program, batch: batch) {
                guard let rank = timed[timing.weight] else { continue }
                found[timing.weight, default: ([], [:])].dense.append(timing.dense)
                found[timing.weight]?.points[rank] = timing.split
            }
        }
        let layers = spectra.layers.compactMap { layer in
            found[layer.site.name].map { times in
                let points = times.points.sorted { $0.key < $1.key }
                return Layer(
                    weight: layer.site.name, matrices: layer.site.matrices,
                    split: layer.site.split,
                    dense: times.dense.sorted()[times.dense.count / 2],
                    ranks: points.map(\.key), seconds: points.map(\.value))
            }
        }
        let whole = try Latency.measured(of: [program], batch: batch)[0]
        self.init(batch: batch, seconds: whole.seconds, layers: layers)
    }

    /// Whether its numbers can be times: what was read from a file may be anything.
    public var isSound: Bool {
        func isTime(_ seconds: Double) -> Bool { seconds > 0 && seconds.isFinite }
        return batch >= 1 && isTime(seconds) && correction >= 1 && correction.isFinite
            && layers.allSatisfy { layer in
                isTime(layer.dense) && layer.seconds.allSatisfy(isTime) && !layer.ranks.isEmpty
                    && layer.ranks.count == layer.seconds.count && layer.ranks[0] >= 1
                    && zip(layer.ranks, layer.ranks.dropFirst()).allSatisfy { $0 < $1 }
            }
    }

    /// Whether its layers were cut into the same parts as those of spectra.
    public func hasSplits(of spectra: Spectra) -> Bool { otherSplit(in: spectra) == nil }

    /// A layer that was cut by another split.
    private func otherSplit(in spectra: Spectra) -> Layer? {
        let splits = Dictionary(spectra.layers.map { ($0.site.name, $0.site.split) }) { $1 }
        return layers.first { splits[$0.weight].map { [split = $0.split] in $0 != split } ?? false }
    }

    /// What the layers take at each rank, between the ranks that were timed in proportion.
    ///
    /// Layers that were not timed stay as they are.
    ///
    /// - Throws: where the table is of another network.
    public func costs(of spectra: Spectra) throws -> CostTable {
        let known = Dictionary(layers.map { ($0.weight, $0) }) { first, _ in first }
        let names = Set(spectra.layers.map(\.site.name))
        if let other = layers.first(where: { !names.contains($0.weight) }) {
            throw CompressionError(
                .program,
                "the timings are of another network, which has a weight \(other.weight): measure anew"
            )
        }
        let shapes = Dictionary(spectra.layers.map { ($0.site.name, $0.site.matrices) }) { $1 }
        if let other = layers.first(where: { shapes[$0.weight] != $0.matrices }),
            otherSplit(in: spectra) == nil
        {
            throw CompressionError(
                .program,
                "the timings are of another network, whose weight \(other.weight) is \(other.matrices): "
                    + "measure anew")
        }
        if let other = otherSplit(in: spectra) {
            throw CompressionError(
                .program,
                "the timings are of \(other.weight) cut by the split \(other.split.rawValue): measure anew"
            )
        }
        let costs = spectra.layers.map { layer in
            guard let times = known[layer.site.name] else {
                return CostTable.Layer(dense: 0, factored: [])
            }
            let ranks = (1..<layer.site.matrices.breakEvenRank + 1)
            return CostTable.Layer(
                dense: correction * times.dense,
                factored: ranks.map { correction * times.seconds(atRank: $0) })
        }
        let dense = costs.reduce(0) { $0 + $1.dense }
        return CostTable(.seconds, layers: costs, others: correction * seconds - dense)
    }
}

extension LatencyTable.Layer {
    /// Seconds at any rank, on the line between the ranks beside it.
    func seconds(atRank rank: Int) -> Double {
        guard let above = ranks.firstIndex(where: { $0 >= rank }) else {
            return seconds.last ?? dense
        }
        guard above > 0 else { return seconds[0] }
        let share = Double(rank - ranks[above - 1]) / Double(ranks[above] - ranks[above - 1])
        return seconds[above - 1] + share * (seconds[above] - seconds[above - 1])
    }
}
