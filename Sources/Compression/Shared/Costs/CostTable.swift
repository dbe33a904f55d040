import Programs

/// What each layer takes at each rank, in one measure.
public struct CostTable: Sendable, Hashable, Codable {
    /// What is counted.
    public enum Measure: String, Sendable, Hashable, Codable {
        /// Elements of trainable tensors.
        case parameters
        /// Bytes on disk.
        case bytes
        /// Multiply-accumulates for one example.
        case macs
        /// Seconds for a batch on this machine.
        case seconds
    }

    /// What one layer takes.
    public struct Layer: Sendable, Hashable, Codable {
        /// As it is.
        public let dense: Double
        /// Cut to rank 1, 2 and so on, as far as it may be factored; rising.
        public let factored: [Double]

        /// Makes a layer's costs; a rank that costs less than one below it counts as that one.
        public init(dense: Double, factored: [Double]) {
            self.dense = dense
            var most = 0.0
            self.factored = factored.map { cost in
                most = max(most, cost)
                return most
            }
        }

        /// What it takes at a rank: where its factors do not take less, or it may not have any, what it takes as it is.
        public subscript(rank: Int) -> Double { saves(atRank: rank) ? factored[rank - 1] : dense }

        /// Whether factors of a rank take less than the layer as it is.
        public func saves(atRank rank: Int) -> Bool {
            rank <= factored.count && factored[rank - 1] < dense
        }
    }

    /// What is counted.
    public let measure: Measure
    /// The layers, in the order of the network's weights.
    public let layers: [Layer]
    /// What the rest of the network takes.
    public let others: Double

    /// Makes a table from its parts.
    public init(_ measure: Measure, layers: [Layer], others: Double) {
        self.measure = measure
        self.layers = layers
        self.others = others
    }

    /// The elements of the layers' weights; factors that do not save any are not allowed.
    ///
    /// - Parameters:
    ///   - layers: their spectra.
    ///   - others: the parameters of the network outside of these weights.
    public static func parameters(of layers: [LayerSpectrum], others: Int) -> CostTable {
        CostTable(
            .parameters,
            layers: layers.map { layer in
                let ranks = 0..<layer.matrices.breakEvenRank
                return Layer(
                    dense: Double(layer.matrices.count),
                    factored: ranks.map { Double(layer.matrices.count(atRank: $0 + 1)) })
            }, others: Double(others))
    }

    /// What the network takes at these ranks.
    public func cost(of ranks: [Int]) -> Double {
        zip(layers, ranks).reduce(others) { $0 + $1.0[$1.1] }
    }

    /// What the network takes as given.
    public var dense: Double { layers.reduce(others) { $0 + $1.dense } }
}
