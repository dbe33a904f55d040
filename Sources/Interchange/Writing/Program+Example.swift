import FileFormats
import Foundation
import OrderedCollections
import Programs
import Tensors

extension Program {
    /// Random inputs in the form of PyTorch's own, which some of its compilers ask for; empty where sizes are not known or
    /// arguments are nested.
    func drawnExample() throws -> Data {
        guard interface == nil else { return Data() }
        var generator = Generator(seed: 0)
        let arrays = try inputs.map { input -> RawArray? in
            guard let type = type(of: input)?.tensor else { return nil }
            let shape = type.sizes.compactMap { $0.evaluated(at: exampleHints) }
            guard shape.count == type.sizes.count else { return nil }
            // Whole numbers are mostly indices, of which 0 is in every table.
            return try RawArray(
                type.scalarType.isFloatingPoint
                    ? Tensor.normal(shape, using: &generator).converted(to: type.scalarType)
                    : Tensor.zeros(shape, type: type.scalarType))
        }
        let known = arrays.compactMap { $0 }
        return known.count == arrays.count ? TorchArguments.data(known) ?? Data() : Data()
    }

    /// A value for each free dimension: that of the example that the Program was exported with, or as one would have
    /// given it.
    ///
    /// NB: PyTorch fixes a size where an operator meets its hint at 1, as pooling would an image of 2 x 2.
    var exampleHints: [String: Int] {
        Dictionary(
            uniqueKeysWithValues: dimensions.map { name, range in
                let hint = exampleSizes[name] ?? (name == "batch" ? 2 : 64)
                return (name, min(max(2, hint, range.lowerBound), range.upperBound))
            })
    }
}
