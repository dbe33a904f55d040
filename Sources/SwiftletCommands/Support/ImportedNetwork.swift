import Interchange
import Models
import OrderedCollections
import Programs

/// The network of the zoo that fits weights: what is not said about it is read off their shapes.
struct ImportedNetwork {
    let options: ZooModel.Options
    let program: Program

    /// Builds a network for weights.
    ///
    /// - Parameters:
    ///   - zoo: the kind of network.
    ///   - weights: what will be put into it.
    ///   - input: an example's sizes.
    ///   - classes: the number of classes; nil for what the weights say.
    ///   - width: the width of the hidden layers; nil for what the weights say.
    ///   - otherwise: the number of classes where the weights do not say.
    init(
        _ zoo: ZooModel, for weights: StateDict, input: [Int], classes: Int?, width: Int?,
        otherwise: Int
    ) throws {
        var options = ZooModel.Options(input: input, classes: classes ?? otherwise, width: width)
        let plain = try zoo.program(options)
        if zoo.isAdjustable {
            var normed = options
            normed.logitsNorm = true
            let normedNames = Set(try zoo.program(normed).tensors.keys)
            let extra = normedNames.subtracting(plain.tensors.keys)
            let names = weights.withoutPrefixes(for: normedNames).names
            options.logitsNorm = !extra.isDisjoint(with: names)
        }
        let weights = weights.withoutPrefixes(for: try zoo.program(options).tensors.keys)
        if classes == nil {
            let found = try Self.size(in: weights, zoo, options) { $0.classes = $1 }
            options.classes = found ?? otherwise
        }
        if zoo.isAdjustable, width == nil {
            options.width = try Self.size(in: weights, zoo, options) { $0.width = $1 }
        }
        self.options = options
        program = try zoo.program(options)
    }

    /// The size that weights have where an option decides it; nil where none does.
    ///
    /// The network is built with two values: a size that is the one and then the other is the
    /// option's.
    private static func size(
        in weights: StateDict, _ zoo: ZooModel, _ options: ZooModel.Options,
        set: (inout ZooModel.Options, Int) -> Void
    ) throws -> Int? {
        let probes = (11, 13)
        var (first, second) = (options, options)
        set(&first, probes.0)
        set(&second, probes.1)
        let (one, other) = (try zoo.program(first), try zoo.program(second))
        for (name, stored) in one.tensors {
            guard let found = weights.shape(of: name), let others = other.tensors[name]?.shape,
                found.count == stored.shape.count, found.count == others.count
            else { continue }
            for (axis, size) in found.enumerated()
            where stored.shape[axis] == probes.0 && others[axis] == probes.1 {
                return SizeList.range.contains(size) ? size : nil
            }
        }
        return nil
    }
}
