public import Tensors

/// How the elements of a parameter begin.
public enum Initializer: Hashable, Sendable {
    /// The same number everywhere.
    case constant(Double)
    /// Drawn evenly between `-bound` and `bound`.
    case uniform(bound: Double)
    /// Drawn from a normal distribution around zero.
    case normal(deviation: Double)

    /// Draws the elements.
    public func tensor(
        shape: [Int], type: ScalarType, using generator: inout Generator
    ) throws(TensorError) -> Tensor {
        switch self {
        case .constant(let number): try .full(shape, number, type: type)
        case .uniform(let bound):
            try .uniform(shape, from: -bound, to: bound, type: type, using: &generator)
        case .normal(let deviation):
            try .normal(shape, deviation: deviation, type: type, using: &generator)
        }
    }
}

/// A tensor that a Program holds.
public struct StoredTensor: Sendable {
    /// What it is for.
    public enum Role: Sendable {
        /// Trained.
        case parameter
        /// Not trained, but part of the state, such as running statistics.
        case buffer
        /// Neither.
        case constant
    }

    /// Its elements, or how they begin.
    public enum Content: Sendable {
        case tensor(Tensor)
        case initial(Initializer)
    }

    /// What it is for.
    public var role: Role
    /// The type and shape.
    public var type: TensorType
    /// The elements, or how they begin.
    public var content: Content
    /// Whether a buffer is part of checkpoints, as most are.
    public var isPersistent = true
    /// The name of the parameter whose elements it shares; nil where they are its own.
    ///
    /// No node reads it then: it is there for the names in checkpoints.
    public var tied: String?

    /// Makes a stored tensor from its elements.
    public init(_ role: Role, _ tensor: Tensor) {
        self.role = role
        type = TensorType(tensor.scalarType, tensor.shape.map(Size.fixed))
        content = .tensor(tensor)
    }

    /// Makes a stored tensor whose elements are drawn later.
    public init(
        _ role: Role, shape: [Int], type: ScalarType = .float32, initially start: Initializer
    ) {
        self.role = role
        self.type = TensorType(type, shape.map(Size.fixed))
        content = .initial(start)
    }

    /// The shape.
    public var shape: [Int] { type.sizes.compactMap(\.fixed) }
    /// The number of elements.
    public var count: Int { shape.reduce(1, *) }
    /// The bytes that the elements take.
    public var byteCount: Int { count * type.scalarType.byteCount }
}
