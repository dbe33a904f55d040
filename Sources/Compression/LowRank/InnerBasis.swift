import Tensors

/// The directions between two factors of a product, from those that both factors have lost to those that live.
struct InnerBasis {
    /// The directions as columns, `[blocks, width, width]`, orthogonal.
    private let vectors: Tensor
    /// How many of them live in the block where most do, 1 at least.
    private let alive: Int
    /// The part of the product that each two directions have in common, summed over the blocks: `[width, width]`.
    private let common: Tensor

    /// Finds them.
    ///
    /// - Parameters:
    ///   - factors: all factors, `[blocks, outputs, inputs]` in double precision, the one next to the input first.
    ///   - place: after which factor.
    ///   - bound: the share of the largest eigenvalue above which a direction lives.
    init(_ factors: [Tensor], at place: Int, bound: Double) throws {
        let sum = try Self.sum(factors[place], factors[place + 1])
        let (values, vectors) = try sum.symmetricEigenvectors()
        self.vectors = vectors
        alive = Self.count(above: bound, of: try values.elements(Double.self), width: sum.shape[1])
        let below = try matmul(vectors.transposed(), Self.product(factors[...place]))
        let above = try matmul(Self.product(factors[(place + 1)...]), vectors)
        common = try (matmul(above.transposed(), above) * matmul(below, below.transposed()))
            .sum(along: [0])
    }

    /// F₂ᵀF₂ and F₁F₁ᵀ, each over its trace, as a sum: `[blocks, width, width]`.
    static func sum(_ inner: Tensor, _ outer: Tensor) throws -> Tensor {
        func scaled(_ gram: Tensor, _ factor: Tensor) throws -> Tensor {
            let norm = try factor.norm().item()
            return norm > 0 && norm.isFinite ? try gram * (1 / (norm * norm)) : gram
        }
        return try scaled(matmul(inner, inner.transposed()), inner)
            + scaled(matmul(outer.transposed(), outer), outer)
    }

    /// How many of each block's eigenvalues are above a share of its largest, where most are; 1 at least.
    static func count(above share: Double, of values: [Double], width: Int) -> Int {
        let counts = stride(from: 0, to: values.count, by: width).map { start in
            let block = values[start..<(start + width)]
            let bound = share * (block.max() ?? 0)
            // NB: a value that is not a number is no reason to cut.
            return block.count { !($0 <= bound) }
        }
        return max(1, counts.max() ?? width)
    }

    /// The directions that live, `[blocks, width, left]`; nil where all do.
    ///
    /// - Parameter limit: what the norm of the part of the product that goes with the others may be.
    func living(within limit: Double) throws -> Tensor? {
        let width = vectors.shape[2]
        let dead = try largestStart(upTo: width - alive, within: limit * limit)
        return dead > 0 ? try vectors.sliced(dead..<width, along: 2).contiguous() : nil
    }

    /// The most first directions whose part of the product has a squared norm within a limit.
    private func largestStart(upTo most: Int, within limit: Double) throws -> Int {
        guard most > 0, limit > 0, limit.isFinite else { return 0 }
        let width = common.shape[0]
        let elements = try common.elements(Double.self)
        var (squared, found) = (0.0, 0)
        for index in 0..<most {
            squared += elements[index * width + index]
            for other in 0..<index {
                squared += elements[index * width + other] + elements[other * width + index]
            }
            if squared <= limit { found = index + 1 }
        }
        return found
    }

    /// The factors multiplied out.
    static func product(_ factors: ArraySlice<Tensor>) throws -> Tensor {
        guard let first = factors.first else { return try .zeros([0]) }
        return try factors.dropFirst().reduce(first) { try matmul($1, $0) }
    }
}
