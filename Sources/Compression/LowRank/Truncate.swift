import OrderedCollections
public import Programs
import Tensors

/// Cuts weights to the ranks of a plan.
///
/// Where the plan says so, one layer becomes two narrow ones: linear → linear ∘ linear, k×k convolution → k×k
/// convolution to `rank` channels ∘ 1×1 convolution (or by another ``Programs/ConvolutionSplit``), embedding → narrow
/// embedding ∘ linear, and so on as the weight's form has it. Where an operator takes whole weights alone, as recurrent ones do, the product of two factors stands before it.
public struct Truncate: Rewrite {
    /// The name of the mark on the values that are products of what was cut.
    public static let mark = "truncated"

    /// The plan.
    public let plan: Plan

    /// Makes the rewrite.
    public init(_ plan: Plan) { self.plan = plan }

    /// Replaces `fc` by `fc.0` and `fc.1`, the bias with the second.
    ///
    /// Where one weight holds several matrices, matrix i becomes `fc.i.0` and `fc.i.1`, or `fc.i` where it stays dense,
    /// their results are joined, and the bias keeps its name. A product before an operator is of `rnn.weight_ih_l0.factors.0`
    /// and `rnn.weight_ih_l0.factors.1`.
    ///
    /// - Throws: where the plan was made for another network.
    public func apply(to program: Program) throws -> Rewritten {
        var result = program
        var changes: [Change] = []
        var pieces: [Int: [Piece]] = [:]
        var products: [Int: [Node]] = [:]
        for cuts in try cuts(of: program) {
            let sites = cuts.map(\.site)
            let parameter = sites[0].parameter
            guard cuts.contains(where: { $0.layer.rank != nil }) else {
                changes.append(Change(parameter, .kept, reason: cuts[0].layer.reason))
                continue
            }
            let isStored = sites.contains(where: \.isStored)
            let tensors = try cuts.enumerated().map { index, cut in
                try cut.tensors(Self.stem(cut, index), isStored, program)
            }
            if isStored {
                var product = WeightProduct(of: sites)
                for tensors in tensors { product.add(tensors) }
                let (nodes, reader) = try product.replace(in: &result)
                products[reader, default: []] += nodes
                result.marks[Self.mark, default: []].append(Value(parameter))
            } else {
                let names = tensors.joined().map { (name: $0.name, tensor: $0.tensor) }
                try result.replaceTensors([parameter], with: names)
                for (cut, tensors) in zip(cuts, tensors) {
                    let chain = FactorChain(
                        tensors.map { FactorChain.Factor(Value($0.name), stored: $0.storage) })
                    for use in cut.site.uses {
                        pieces[use.node, default: []].append(Piece(use: use, chain: chain))
                    }
                }
            }
            let reasons = cuts.map(\.layer.reason).joined(separator: "; ")
            changes.append(
                Change(
                    parameter, .replaced(by: tensors.joined().map(\.name)), reason: reasons))
        }
        let readers = program.readers
        for (index, pieces) in pieces.sorted(by: { $0.key < $1.key }) {
            var node = result.nodes[index]
            changes += try moveBias(of: &node, at: index, pieces, readers, &result)
            products[index, default: []] += replacement(for: node, pieces, &result)
        }
        result.nodes = program.nodes.enumerated().flatMap { index, node in
            (products[index] ?? []) + (pieces[index] == nil ? [node] : [])
        }
        return Rewritten(
            try result.withoutUnused().propagated(), from: program, changes: changes)
    }

    /// The name below which the tensors of matrix `index` of a parameter go.
    static func stem(_ cut: Cut, _ index: Int) -> String {
        Compose.stem(of: cut.site.parameter) + (cut.site.part == nil ? "" : ".\(index)")
    }

    /// What is planned for the weights of a network, those of one parameter together.
    func cuts(of program: Program) throws -> [[Cut]] {
        let layers = Dictionary(plan.layers.map { ($0.weight, $0) }) { first, _ in first }
        let all = program.weightSites
        guard layers.count == all.count else {
            throw CompressionError(.program, "the plan is for another network: it has other layers")
        }
        return try all.joinedByParameter.map { sites in
            try sites.map { site in
                guard let layer = layers[site.name], site.splits.contains(layer.split),
                    case let read = try site.cut(by: layer.split), read.matrices == layer.matrices
                else {
                    throw CompressionError(
                        .program, "the plan is for another network: \(site.name) does not fit")
                }
                return Cut(site: read, layer: layer)
            }
        }
    }

    /// A site with what is planned for it.
    struct Cut {
        let site: WeightSite
        let layer: Plan.Layer

        /// The names of what takes the weight's place, below `stem`, and how it is stored: two factors, or the weight.
        func parts(
            _ stem: String, _ isStored: Bool
        ) -> [(name: String, storage: FactorStorage)] {
            let shape = site.matrices
            guard let rank = layer.rank else {
                let storage =
                    isStored
                    ? FactorStorage(shape: site.shape, layout: site.layout)
                    : site.storage(of: shape, at: ChainPlace(0, of: 1))
                return [("\(stem).weight", storage)]
            }
            let shapes = [
                MatrixShape(blocks: shape.blocks, rows: rank, columns: shape.columns),
                MatrixShape(blocks: shape.blocks, rows: shape.rows, columns: rank),
            ]
            return shapes.enumerated().map { index, shape in
                (
                    isStored ? "\(stem).factors.\(index)" : "\(stem).\(index).weight",
                    site.storage(of: shape, at: ChainPlace(index, of: 2))
                )
            }
        }

        /// The tensors that take the weight's place.
        func tensors(
            _ stem: String, _ isStored: Bool, _ program: Program
        ) throws -> [(name: String, tensor: StoredTensor, storage: FactorStorage)] {
            let weight = try site.weight(in: program)
            let factors = try layer.rank.map {
                try layer.decomposition.factors(rank: $0, type: weight.scalarType)
            }
            let matrices =
                try factors.map { [$0.first, $0.second] } ?? [site.layout.matrices(of: weight)]
            return try zip(parts(stem, isStored), matrices).map { part, matrices in
                let tensor = StoredTensor(.parameter, try part.storage.tensor(of: matrices))
                return (part.name, tensor, part.storage)
            }
        }
    }

    /// What becomes of one weight that a node reads.
    private struct Piece {
        let use: WeightUse
        let chain: FactorChain

        func nodes(_ node: Node, _ program: inout Program) -> [Node] {
            (use.isTransposed ? chain.transposed : chain).nodes(
                applyingTo: node, by: use.form, use.reading
            ) { program.newValue($0) }
        }
    }

    /// Renames a bias `fc.bias` to `fc.1.bias`, unless another node reads it too.
    private func moveBias(
        of node: inout Node, at index: Int, _ pieces: [Piece], _ readers: [Value: [Int]],
        _ result: inout Program
    ) throws -> [Change] {
        guard pieces.count == 1, !pieces[0].use.isTransposed,
            let last = pieces[0].chain.factors.last?.value.name,
            last.hasSuffix(".1.weight")
        else { return [] }
        let stem = last.dropLast(".1.weight".count)
        let (name, moved) = ("\(stem).bias", "\(stem).1.bias")
        guard let stored = result.tensors[name], readers[Value(name)] == [index] else { return [] }
        try result.replaceTensors([name], with: [(moved, stored)])
        node = node.mapInputs { $0.name == name ? Value(moved) : $0 }
        return [Change(name, .replaced(by: [moved]), reason: "renamed")]
    }

    /// The nodes in a node's place.
    ///
    /// Where its weight holds several matrices, each has layers of its own, whose results are joined.
    private func replacement(
        for node: Node, _ pieces: [Piece], _ result: inout Program
    ) -> [Node] {
        guard pieces.count > 1 else { return pieces[0].nodes(node, &result) }
        let (bare, bias) = pieces[0].use.form.separatingBias(of: node)
        let stem = node.output?.name ?? "layer"
        var list: [Node] = []
        var parts: [Value] = []
        for piece in pieces {
            var part = bare
            let output = result.newValue("\(stem)_part")
            part.outputs = [output]
            parts.append(output)
            list += piece.nodes(part, &result)
        }
        let joined = bias == nil ? node.output : result.newValue("\(stem)_joined")
        list.append(
            Node(
                "aten.cat.default",
                ["tensors": .list(parts.map(Argument.value)), "dim": .int(-1)],
                outputs: [joined]))
        if let bias, let joined {
            list.append(
                Node(
                    "aten.add.Tensor", ["self": .value(joined), "other": bias],
                    outputs: node.outputs))
        }
        return list
    }
}

extension Program {
    /// A value of its own name, its type not known yet.
    fileprivate mutating func newValue(_ stem: String) -> Value {
        let value = freshName(stem)
        types[value] = .scalar(.unknown)
        return value
    }
}

extension [WeightSite] {
    /// The sites of each parameter together, in order.
    var joinedByParameter: [[WeightSite]] {
        reduce(into: []) { groups, site in
            if groups.last?.last?.parameter == site.parameter {
                groups[groups.count - 1].append(site)
            } else {
                groups.append([site])
            }
        }
    }
}
