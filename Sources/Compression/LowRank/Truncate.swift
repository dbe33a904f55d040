import OrderedCollections
public import Programs
import Tensors

/// Cuts weights to the ranks of a plan: one layer becomes two narrow ones, where the plan says so: linear → linear ∘ linear,
/// k×k convolution → k×k convolution to `rank` channels ∘ 1×1 convolution.
public struct Truncate: Rewrite {
    /// The plan.
    public let plan: Plan

    /// Makes the rewrite.
    public init(_ plan: Plan) { self.plan = plan }

    /// Replaces `fc` by `fc.0` and `fc.1`, the bias with the second.
    ///
    /// - Throws: where the plan was made for another network.
    public func apply(to program: Program) throws -> Rewritten {
        var result = program
        var changes: [Change] = []
        var splits: [Int: [Node]] = [:]
        let sites = Dictionary(
            uniqueKeysWithValues: program.weightSites.map { ($0.parameter, $0) })
        for layer in plan.layers {
            guard let site = sites[layer.parameter], site.matrices == layer.matrices else {
                throw CompressionError(
                    .program, "the plan is for another network: \(layer.parameter) does not fit")
            }
            guard let rank = layer.rank else {
                changes.append(Change(site.parameter, .kept, reason: layer.reason))
                continue
            }
            let split = try self.split(site, layer, rank, program, &result)
            changes += split.changes
            splits.merge(split.nodes) { first, _ in first }
        }
        result.nodes = program.nodes.enumerated().flatMap { splits[$0] ?? [$1] }
        return Rewritten(
            try result.withoutUnused().propagated(), from: program, changes: changes)
    }

    private func split(
        _ site: WeightSite, _ layer: Plan.Layer, _ rank: Int, _ program: Program,
        _ result: inout Program
    ) throws -> (nodes: [Int: [Node]], changes: [Change]) {
        let stem = Compose.stem(of: site.parameter)
        let names = ["\(stem).0.weight", "\(stem).1.weight"]
        let type = try program.tensor(site.parameter).scalarType
        let factors = try layer.decomposition.factors(rank: rank, type: type)
        let tensors = try [factors.first, factors.second].enumerated().map { index, matrices in
            StoredTensor(
                .parameter, try site.form.factor(index, from: matrices, weight: site.shape))
        }
        try result.replaceTensors([site.parameter], with: Array(zip(names, tensors)))
        var changes = [Change(site.parameter, .replaced(by: names), reason: layer.reason)]
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
            let inner = result.freshName("\(node.output?.name ?? "layer")_inner")
            result.types[inner] = .scalar(.unknown)
            nodes[index] = site.form.applying(
                names.map { Value($0) }, inner: [inner], in: node)
        }
        return (nodes, changes)
    }
}
