import OrderedCollections
public import Programs
import Tensors

/// Cuts weights to the ranks of a plan.
///
/// Where the plan says so, one layer becomes two narrow ones: linear → linear ∘ linear, k×k convolution → k×k
/// convolution to `rank` channels ∘ 1×1 convolution, embedding → narrow embedding ∘ linear.
public struct Truncate: Rewrite {
    /// The plan.
    public let plan: Plan

    /// Makes the rewrite.
    public init(_ plan: Plan) { self.plan = plan }

    /// Replaces `fc` by `fc.0` and `fc.1`, the bias with the second.
    ///
    /// Where one weight holds several matrices, matrix i becomes `fc.i.0` and `fc.i.1`, or `fc.i` where it stays dense,
    /// their results are joined, and the bias keeps its name.
    ///
    /// - Throws: where the plan was made for another network.
    public func apply(to program: Program) throws -> Rewritten {
        var result = program
        var changes: [Change] = []
        var splits: [Int: [Node]] = [:]
        let layers = Dictionary(plan.layers.map { ($0.weight, $0) }) { first, _ in first }
        for sites in program.weightSites.joinedByParameter {
            let cuts = try sites.map { site in
                guard let layer = layers[site.name], site.matrices == layer.matrices else {
                    throw CompressionError(
                        .program, "the plan is for another network: \(site.name) does not fit")
                }
                return Cut(site: site, layer: layer)
            }
            guard cuts.contains(where: { $0.layer.rank != nil }) else {
                changes.append(Change(cuts[0].site.parameter, .kept, reason: cuts[0].layer.reason))
                continue
            }
            let split =
                cuts[0].site.part == nil
                ? try self.split(cuts[0], program, &result)
                : try splitParts(cuts, program, &result)
            changes += split.changes
            splits.merge(split.nodes) { first, _ in first }
        }
        guard layers.count == program.weightSites.count else {
            throw CompressionError(.program, "the plan is for another network: it has other layers")
        }
        result.nodes = program.nodes.enumerated().flatMap { splits[$0] ?? [$1] }
        return Rewritten(
            try result.withoutUnused().propagated(), from: program, changes: changes)
    }

    /// A site with what is planned for it.
    private struct Cut {
        let site: WeightSite
        let layer: Plan.Layer

        /// The tensors that take the weight's place, named below `stem`: two factors, or the weight itself.
        func tensors(
            _ stem: String, _ program: Program
        ) throws -> [(name: String, tensor: StoredTensor)] {
            let weight = try site.weight(in: program)
            guard let rank = layer.rank else {
                return [("\(stem).weight", StoredTensor(.parameter, weight))]
            }
            let factors = try layer.decomposition.factors(rank: rank, type: weight.scalarType)
            return try [factors.first, factors.second].enumerated().map { index, matrices in
                (
                    "\(stem).\(index).weight",
                    StoredTensor(
                        .parameter,
                        try site.form.factor(index, from: matrices, weight: site.shape))
                )
            }
        }
    }

    private func split(
        _ cut: Cut, _ program: Program, _ result: inout Program
    ) throws -> (nodes: [Int: [Node]], changes: [Change]) {
        let site = cut.site
        let stem = Compose.stem(of: site.parameter)
        let tensors = try cut.tensors(stem, program)
        let names = tensors.map(\.name)
        try result.replaceTensors([site.parameter], with: tensors)
        var changes = [
            Change(site.parameter, .replaced(by: names), reason: cut.layer.reason)
        ]
        var nodes: [Int: [Node]] = [:]
        let readers = program.readers
        for index in site.nodes {
            var node = program.nodes[index]
            // The bias moves with the layer, unless another node reads it too.
            if let bias = node.value("bias"), bias.name == "\(stem).bias", readers[bias] == [index],
                let stored = result.tensors[bias.name]
            {
                let moved = "\(stem).1.bias"
                try result.replaceTensors([bias.name], with: [(moved, stored)])
                node["bias"] = .value(Value(moved))
                changes.append(Change(bias.name, .replaced(by: [moved]), reason: "renamed"))
            }
            let inner = result.newValue("\(node.output?.name ?? "layer")_inner")
            nodes[index] = site.form.applying(
                names.map { Value($0) }, inner: [inner], in: node)
        }
        return (nodes, changes)
    }

    /// Splits a weight that holds several matrices: each has layers of its own, whose results are joined.
    private func splitParts(
        _ cuts: [Cut], _ program: Program, _ result: inout Program
    ) throws -> (nodes: [Int: [Node]], changes: [Change]) {
        let parameter = cuts[0].site.parameter
        let stem = Compose.stem(of: parameter)
        let tensors = try cuts.enumerated().map { index, cut in
            try cut.tensors("\(stem).\(index)", program)
        }
        try result.replaceTensors([parameter], with: tensors.flatMap { $0 })
        var nodes: [Int: [Node]] = [:]
        for index in cuts[0].site.nodes {
            let node = program.nodes[index]
            let stem = node.output?.name ?? "layer"
            var list: [Node] = []
            var parts: [Value] = []
            for (cut, tensors) in zip(cuts, tensors) {
                var part = node
                part["bias"] = nil
                let output = result.newValue("\(stem)_part")
                part.outputs = [output]
                parts.append(output)
                let inner = tensors.dropLast().map { _ in result.newValue("\(stem)_inner") }
                list += cut.site.form.applying(
                    tensors.map { Value($0.name) }, inner: inner, in: part)
            }
            let joined = node["bias"] == nil ? node.output : result.newValue("\(stem)_joined")
            list.append(
                Node(
                    "aten.cat.default",
                    ["tensors": .list(parts.map(Argument.value)), "dim": .int(-1)],
                    outputs: [joined]))
            if let bias = node["bias"], let joined {
                list.append(
                    Node(
                        "aten.add.Tensor", ["self": .value(joined), "other": bias],
                        outputs: node.outputs))
            }
            nodes[index] = list
        }
        let reasons = cuts.map(\.layer.reason).joined(separator: "; ")
        return (
            nodes,
            [Change(parameter, .replaced(by: tensors.flatMap { $0.map(\.name) }), reason: reasons)]
        )
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
