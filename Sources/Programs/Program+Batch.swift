import FileFormats
import OrderedCollections

extension Program {
    /// The Program with the free dimension that its first input begins with called `batch`, as costs and timings expect; the
    /// Program itself where one has that name, or none begins an input.
    public func namingBatch() -> Program {
        guard dimensions["batch"] == nil,
            let first = inputs.lazy.compactMap({ firstDimension(of: $0) }).first
        else { return self }
        var program = self
        program.dimensions = OrderedDictionary(
            uniqueKeysWithValues: dimensions.map { ($0 == first ? "batch" : $0, $1) })
        program.exampleSizes = Dictionary(
            uniqueKeysWithValues: exampleSizes.map { ($0 == first ? "batch" : $0, $1) })
        func rename(_ size: Size) -> Size {
            switch size {
            case .affine(let scale, first, let offset):
                .affine(scale: scale, dimension: "batch", offset: offset)
            case .expression(let expression):
                .expression(expression.mapSymbols { $0 == first ? "batch" : $0 })
            default: size
            }
        }
        program.types = types.mapValues { type in
            switch type {
            case .tensor(let tensor):
                .tensor(
                    TensorType(
                        tensor.scalarType, sizes: tensor.sizes.map(rename),
                        strides: tensor.strides.map(rename)))
            case .scalar(let size): .scalar(rename(size))
            }
        }
        return program
    }

    private func firstDimension(of input: Value) -> String? {
        guard case .affine(1, let name, 0) = type(of: input)?.tensor?.sizes.first else {
            return nil
        }
        return name
    }
}
