import OrderedCollections
public import Tensors

/// One node that reads a weight.
public struct WeightUse: Sendable {
    /// The node's position.
    public let node: Int
    /// The way in which it reads.
    public let form: any WeightForm
    /// What it reads.
    public let reading: WeightReading
    /// Whether it reads the transposed matrices: a head that shares the table of an embedding, for example.
    public let isTransposed: Bool
    /// The elements of all weights that the node reads.
    let elements: Int
}

/// One weight, or some rows of one, and all the nodes that read it as matrices.
public struct WeightSite: Sendable {
    /// The parameter's name.
    public let parameter: String
    /// The part of the parameter that the site is, nil for all of it.
    ///
    /// One parameter may hold several matrices: queries, keys and values, for example.
    public let part: Range<Int>?
    /// The dimension of the parameter that the part is of.
    public let partAxis: Int
    /// The shape of the parameter, or of its part.
    public let shape: [Int]
    /// Where its matrices lie in a tensor of the shape.
    public let layout: MatrixLayout
    /// The nodes that read it, in order; one at least.
    public let uses: [WeightUse]

    init(
        _ parameter: String, part: (axis: Int, range: Range<Int>)? = nil, shape: [Int],
        layout: MatrixLayout, uses: [WeightUse]
    ) {
        self.parameter = parameter
        self.part = part?.range
        partAxis = part?.axis ?? 0
        self.shape = shape
        self.layout = layout
        self.uses = uses
    }

    /// How its first use reads it.
    public var form: any WeightForm { uses[0].form }

    /// The matrices that it holds, as its first use reads them.
    public var matrices: MatrixShape { layout.matrices }

    /// The positions of the nodes that read it.
    public var nodes: [Int] { uses.map(\.node) }

    /// Whether the product of factors has to stand before the nodes, because one of them takes no factors.
    public var isStored: Bool { uses.contains { !$0.form.takesFactors } }

    /// The parameter's name, with the rows or columns where it is a part: `qkv.weight[0..<192]`.
    public var name: String {
        parameter + (part.map { "[" + String(repeating: ":, ", count: partAxis) + "\($0)]" } ?? "")
    }

    /// The site's elements in a Program.
    public func weight(in program: Program) throws -> Tensor {
        let weight = try program.tensor(parameter)
        return try part.map { try weight.sliced($0, along: partAxis).contiguous() } ?? weight
    }

    /// The site's elements as matrices, `[blocks, rows, columns]`.
    public func matrices(in program: Program) throws -> Tensor {
        try layout.matrices(of: weight(in: program))
    }

    /// How a factor of these matrices is stored, in a chain that takes the weight's place.
    public func storage(of factor: MatrixShape, at place: ChainPlace) -> FactorStorage {
        form.storage(of: factor, at: place, of: uses[0].reading)
    }

    /// The multiply-accumulates of its nodes, of those that read other weights too its share; nil where a
    /// size is not known.
    public func macs(in program: Program) -> Int? {
        uses.reduce(0) { total, use in
            guard let total, let macs = program.macs(of: program.nodes[use.node]) else {
                return nil
            }
            let (product, overflow) = macs.multipliedReportingOverflow(by: matrices.count)
            return overflow ? nil : total + product / max(use.elements, 1)
        }
    }
}

/// A parameter of two or more dimensions that no rewrite factors.
public struct DenseWeight: Hashable, Sendable, Codable {
    /// The parameter's name.
    public let parameter: String
    /// Its shape.
    public let shape: [Int]
    /// Why, in a short phrase: `read by aten.mul.Tensor, which is no weight form`.
    public let reason: String

    /// Makes one from its parts.
    public init(parameter: String, shape: [Int], reason: String) {
        self.parameter = parameter
        self.shape = shape
        self.reason = reason
    }
}

extension Program {
    /// The parameters that nodes read as matrices, in the order of their first use.
    ///
    /// A parameter is a site with all its uses, or none. One that holds several matrices is one site a matrix, next
    /// to each other. The parameters of two or more dimensions that are none are ``denseWeights``.
    public var weightSites: [WeightSite] { WeightSearch(self).sites }

    /// The parameters of two or more dimensions that are no weight sites, with the reason, in their order.
    public var denseWeights: [DenseWeight] { WeightSearch(self).dense }
}
