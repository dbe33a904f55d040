import OrderedCollections
public import Programs
import Tensors

extension Truncate {
    /// Multiplies the factors of a network that was cut out again: `original` with what training has made of it since.
    ///
    /// The weights have their old shapes and the ranks of the plan; all other tensors are taken over. The network computes what
    /// the one that was cut computes.
    ///
    /// - Parameters:
    ///   - truncated: what this rewrite made of `original`, its tensors changed or not.
    ///   - original: the network that was cut, merged.
    /// - Throws: where `truncated` is of another network.
    public func multiplyingOut(
        _ truncated: Program, into original: Program
    ) throws -> Program {
        var elements: [String: Tensor] = [:]
        func tensor(_ name: String, of shape: [Int]) throws -> Tensor {
            guard truncated.tensors[name]?.shape == shape else {
                throw CompressionError(
                    .program, "the network was not cut by this plan: it has no \(name) of \(shape)")
            }
            return try truncated.tensor(name)
        }
        for cuts in try cuts(of: original) where cuts.contains(where: { $0.layer.rank != nil }) {
            let isStored = cuts.contains(where: \.site.isStored)
            let weights = try cuts.enumerated().map { index, cut in
                let parts = cut.parts(Self.stem(cut, index), isStored)
                let matrices = try parts.map { name, storage in
                    try storage.layout.matrices(of: tensor(name, of: storage.shape))
                        .converted(to: .float64)
                }
                let product = try matrices.dropFirst().reduce(matrices[0]) { try matmul($1, $0) }
                return try cut.site.layout.tensor(of: product, shape: cut.site.shape)
            }
            let site = cuts[0].site
            let type = try original.tensor(site.parameter).scalarType
            let whole =
                site.part == nil
                ? weights[0] : try Tensor.concatenated(weights, along: site.partAxis)
            elements[site.parameter] = try whole.converted(to: type)
        }
        for (name, stored) in original.tensors where elements[name] == nil {
            // The bias of a layer that was cut went with the second part.
            let moved = name.replacingSuffix(".bias", with: ".1.bias")
            let found = truncated.tensors[name] == nil ? moved ?? name : name
            // What no node reads has gone, and is as it was.
            guard truncated.tensors[found] != nil else { continue }
            elements[name] = try tensor(found, of: stored.shape)
        }
        return try original.replacing(elements)
    }
}

extension String {
    /// The text with another ending; nil where it does not end so.
    fileprivate func replacingSuffix(_ suffix: String, with other: String) -> String? {
        hasSuffix(suffix) ? String(dropLast(suffix.count)) + other : nil
    }
}
