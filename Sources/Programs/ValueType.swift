public import Tensors

/// What is known of a tensor before it is computed.
public struct TensorType: Hashable, Sendable, CustomStringConvertible {
    /// The type of the elements.
    public var scalarType: ScalarType
    /// The size of each dimension.
    public var sizes: [Size]
    /// The step between neighbours along each dimension, in elements.
    public var strides: [Size]

    /// Makes a type of given layout.
    public init(_ scalarType: ScalarType, sizes: [Size], strides: [Size]) {
        self.scalarType = scalarType
        self.sizes = sizes
        self.strides = strides
    }

    /// Makes the type of a tensor in row-major order without gaps; only its first size may be free.
    public init(_ scalarType: ScalarType, _ sizes: [Size]) {
        var strides: [Size] = []
        var step = 1
        for size in sizes.reversed() {
            strides.append(.fixed(step))
            step *= max(size.fixed ?? 1, 1)
        }
        self.init(scalarType, sizes: sizes, strides: strides.reversed())
    }

    /// The type of a tensor at hand.
    public init(of tensor: Tensor) {
        self.init(
            tensor.scalarType, sizes: tensor.shape.map(Size.fixed),
            strides: tensor.strides.map(Size.fixed))
    }

    /// The sizes, where all of them are numbers.
    public var shape: [Int]? {
        let shape = sizes.compactMap(\.fixed)
        return shape.count == sizes.count ? shape : nil
    }

    /// As in `float32 [batch, 784]`.
    public var description: String {
        "\(scalarType) [\(sizes.map(\.description).joined(separator: ", "))]"
    }
}

/// What is known of a value before it is computed.
public enum ValueType: Hashable, Sendable, CustomStringConvertible {
    /// A tensor.
    case tensor(TensorType)
    /// A number that a node computes.
    case scalar(Size)

    /// The tensor's type, if it is one.
    public var tensor: TensorType? {
        guard case .tensor(let type) = self else { return nil }
        return type
    }

    /// As in `float32 [batch, 784]`.
    public var description: String {
        switch self {
        case .tensor(let type): type.description
        case .scalar(let size): "scalar \(size)"
        }
    }
}
