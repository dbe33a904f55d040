import OrderedCollections
public import Programs
import Tensors

/// Writes every weight as a product of factors, the training form of LoRITa.
///
/// Y. Zhang, I. Alkhouri and R. Wang, Low-Rank Induced Training Through Linear Layers Composition, 2024,
/// section 3. Ordinary weight decay on N factors of W amounts to a penalty on the Schatten-2/N quasi-norm
/// of W, provided that the inner widths are at least W's rank; there the small singular values die.
/// The function stays the same; ``Merge`` multiplies the factors out again.
public struct Compose: Rewrite {
    /// The name of the mark on the values that are products.
    public static let mark = "composed"

    /// Where the square factors stand.
    public enum Layout: String, Sendable, CaseIterable {
        /// On the smaller side of the weight: inner width min(rows, columns), enough for every rank.
        case compact
        /// As the paper's authors have it: on the input side of linear layers and 1×1 convolutions, with
        /// inner width columns; on the output side of larger kernels, with inner width rows.
        case paper
    }

    /// How the factors begin.
    public enum Initialization: Sendable {
        /// From the weight's own singular value decomposition, each factor taking Σ^(1/N): the network
        /// computes at first what it computed without factors, and a trained network can be composed.
        case balanced
        /// Each factor drawn as PyTorch draws a linear layer's weight, as the paper's authors do.
        case standard(seed: UInt64)
    }

    /// The number N of factors of each weight; where it is 1 the weight stays as it is.
    public let counts: FactorCounts
    /// Where the square factors stand.
    public let layout: Layout
    /// How the factors begin.
    public let initialization: Initialization

    /// Makes the rewrite.
    public init(
        _ counts: FactorCounts, layout: Layout = .compact,
        initialization: Initialization = .balanced
    ) {
        self.counts = counts
        self.layout = layout
        self.initialization = initialization
    }

    /// Makes the rewrite for products of `factors` in all weights, or in some.
    public init(
        factors: Int, for selection: LayerSelection = .all, layout: Layout = .compact,
        initialization: Initialization = .balanced
    ) {
        self.init(
            FactorCounts(factors, for: selection), layout: layout, initialization: initialization)
    }

    /// Replaces every weight by the product of its factors; the matrices of a grouped
    /// convolution, or of a weight that holds queries, keys and values, each by a product of their own.
    ///
    /// - Throws: where a pattern names no weight that can be factored, or a number is not from 1 to 6.
    public func apply(to program: Program) throws -> Rewritten {
        let counts = try counts.counts(in: program)
        guard !counts.isEmpty else { return Rewritten(program, from: program, changes: []) }
        var result = program
        var changes: [Change] = []
        var products: [Int: [Node]] = [:]
        var drawn: Generator? =
            if case .standard(let seed) = initialization { Generator(seed: seed) } else { nil }
        for sites in program.weightSites.joinedByParameter {
            let parameter = sites[0].parameter
            guard let factors = counts[parameter] else { continue }
            let stem = Self.stem(of: parameter)
            var product = WeightProduct(of: sites)
            for (index, site) in sites.enumerated() {
                let stem = site.part == nil ? stem : "\(stem).\(index)"
                product.add(
                    try elements(factors, site, program, &drawn).enumerated().map {
                        index, matrices in
                        let storage = storage(of: index, factors, site)
                        return (
                            "\(stem).factors.\(index)",
                            StoredTensor(.parameter, try storage.tensor(of: matrices)), storage
                        )
                    })
            }
            let (nodes, reader) = try product.replace(in: &result)
            products[reader, default: []] += nodes
            result.marks[Self.mark, default: []].append(Value(parameter))
            changes.append(
                Change(
                    parameter, .replaced(by: product.replacements.map(\.name)),
                    reason: "composed of \(factors) factors"
                        + (sites.count > 1 ? " for each of \(sites.count) matrices" : "")))
        }
        result.nodes = program.nodes.enumerated().flatMap { (products[$0] ?? []) + [$1] }
        return Rewritten(try result.propagated(), from: program, changes: changes)
    }

    /// `fc` for `fc.weight`.
    static func stem(of parameter: String) -> String {
        parameter.hasSuffix(".weight") ? String(parameter.dropLast(".weight".count)) : parameter
    }

    /// The names of a weight's factors in a composed Program; none where it has none.
    ///
    /// - Parameters:
    ///   - site: the weight in the merged Program.
    ///   - index: its place among the matrices of its parameter.
    static func factorNames(of site: WeightSite, _ index: Int, in program: Program) -> [String] {
        let stem = stem(of: site.parameter) + (site.part == nil ? "" : ".\(index)")
        return (0...).lazy.map { "\(stem).factors.\($0)" }
            .prefix { program.tensors[$0] != nil }.map { $0 }
    }

    /// How one of the factors of a weight is stored.
    private func storage(of index: Int, _ factors: Int, _ site: WeightSite) -> FactorStorage {
        let size = size(of: index, factors, site)
        return site.storage(
            of: MatrixShape(
                blocks: site.matrices.blocks, rows: size.outputs, columns: size.inputs),
            at: ChainPlace(index, of: factors))
    }

    /// Whether the square factors of a weight stand on its input side.
    private func hasSquaresOnInputs(_ site: WeightSite) -> Bool {
        switch layout {
        case .compact: site.matrices.columns <= site.matrices.rows
        case .paper: site.form.hasSquaresOnInputs(site.uses[0].reading)
        }
    }

    /// The outputs and inputs of one factor, in each block.
    private func size(
        of index: Int, _ factors: Int, _ site: WeightSite
    ) -> (outputs: Int, inputs: Int) {
        let (rows, columns) = (site.matrices.rows, site.matrices.columns)
        let isOuter = index == (hasSquaresOnInputs(site) ? factors - 1 : 0)
        if isOuter { return (rows, columns) }
        return hasSquaresOnInputs(site) ? (columns, columns) : (rows, rows)
    }

    /// The factors of a weight, the one next to the input first, each `[blocks, outputs, inputs]`.
    private func elements(
        _ factors: Int, _ site: WeightSite, _ program: Program, _ drawn: inout Generator?
    ) throws -> [Tensor] {
        let weight = try site.weight(in: program)
        if drawn != nil {
            return try (0..<factors).map { index in
                let size = size(of: index, factors, site)
                var generator = drawn ?? Generator(seed: 0)
                defer { drawn = generator }
                return try site.form.initializer(
                    at: ChainPlace(index, of: factors), inputs: size.inputs
                ).tensor(
                    shape: [site.matrices.blocks, size.outputs, size.inputs],
                    type: weight.scalarType, using: &generator)
            }
        }
        return try balanced(factors, site.matrices(in: program), hasSquaresOnInputs(site)).map {
            try $0.converted(to: weight.scalarType).contiguous()
        }
    }

    /// Factors from the singular value decomposition W = U Σ Vᵀ.
    ///
    /// They are square factors V Σ^(1/N) Vᵀ on the input side, or U Σ^(1/N) Uᵀ on the output
    /// side, and U Σ^(1/N) Vᵀ. Neighbours are balanced: F(i+1)ᵀ·F(i+1) = F(i)·F(i)ᵀ.
    private func balanced(
        _ factors: Int, _ matrices: Tensor, _ onInputs: Bool
    ) throws -> [Tensor] {
        let svd = try matrices.converted(to: .float64).singularValueDecomposition()
        let root = try svd.values.power(1 / Double(factors)).unsqueezed(at: 1)
        let outer = try matmul(svd.left * root, svd.right)
        let basis = onInputs ? try svd.right.transposed() : svd.left
        let square = try matmul(basis * root, basis.transposed())
        let squares = [Tensor](repeating: square, count: factors - 1)
        return onInputs ? squares + [outer] : [outer] + squares
    }
}
