private enum Operators {
    static let add = Operator(known: "aten::add", "Tensor")
    static let subtract = Operator(known: "aten::sub", "Tensor")
    static let multiply = Operator(known: "aten::mul", "Tensor")
    static let divide = Operator(known: "aten::div", "Tensor")
    static let addScalar = Operator(known: "aten::add", "Scalar")
    static let multiplyScalar = Operator(known: "aten::mul", "Scalar")
    static let power = Operator(known: "aten::pow", "Tensor_Scalar")
    static let squareRoot = Operator(known: "aten::sqrt")
    static let absolute = Operator(known: "aten::abs")
    static let logarithm = Operator(known: "aten::log")
    static let exponential = Operator(known: "aten::exp")
    static let clamp = Operator(known: "aten::clamp")
    static let equal = Operator(known: "aten::eq", "Tensor")
    static let isFinite = Operator(known: "aten::isfinite")
    static let all = Operator(known: "aten::all")
    static let sum = Operator(known: "aten::sum")
    static let sumAlong = Operator(known: "aten::sum", "dim_IntList")
    static let mean = Operator(known: "aten::mean")
    static let meanAlong = Operator(known: "aten::mean", "dim")
    static let maximum = Operator(known: "aten::max")
    static let minimum = Operator(known: "aten::min")
    static let argmax = Operator(known: "aten::argmax")
    static let norm = Operator(known: "aten::linalg_vector_norm")
    static let product = Operator(known: "aten::matmul")
}

extension Tensor {
    /// The sum, element by element, with broadcasting.
    public static func + (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try Operators.add.tensor(.tensor(left), .tensor(right))
    }

    /// The difference, element by element, with broadcasting.
    public static func - (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try Operators.subtract.tensor(.tensor(left), .tensor(right))
    }

    /// The product, element by element, with broadcasting.
    public static func * (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try Operators.multiply.tensor(.tensor(left), .tensor(right))
    }

    /// The quotient, element by element, with broadcasting.
    public static func / (left: Tensor, right: Tensor) throws(TensorError) -> Tensor {
        try Operators.divide.tensor(.tensor(left), .tensor(right))
    }

    /// Every element plus a number.
    public static func + (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try Operators.addScalar.tensor(.tensor(left), .double(right))
    }

    /// Every element times a number.
    public static func * (left: Tensor, right: Double) throws(TensorError) -> Tensor {
        try Operators.multiplyScalar.tensor(.tensor(left), .double(right))
    }

    /// Every element to a power.
    public func power(_ exponent: Double) throws(TensorError) -> Tensor {
        try Operators.power.tensor(.tensor(self), .double(exponent))
    }

    /// The square root of every element.
    public func squareRoot() throws(TensorError) -> Tensor {
        try Operators.squareRoot.tensor(.tensor(self))
    }

    /// The size of every element, without its sign.
    public func magnitude() throws(TensorError) -> Tensor {
        try Operators.absolute.tensor(.tensor(self))
    }

    /// The natural logarithm of every element.
    public func logarithm() throws(TensorError) -> Tensor {
        try Operators.logarithm.tensor(.tensor(self))
    }

    /// e to the power of every element.
    public func exponential() throws(TensorError) -> Tensor {
        try Operators.exponential.tensor(.tensor(self))
    }

    /// Every element, but none below `low`.
    public func clamped(from low: Double) throws(TensorError) -> Tensor {
        try Operators.clamp.tensor(.tensor(self), .double(low))
    }

    /// Where two tensors agree, as `bool`.
    public func equals(_ other: Tensor) throws(TensorError) -> Tensor {
        try Operators.equal.tensor(.tensor(self), .tensor(other))
    }

    /// Whether no element is infinite or not a number.
    public func isFinite() throws(TensorError) -> Bool {
        try Operators.all.tensor(.tensor(Operators.isFinite.tensor(.tensor(self)))).item() != 0
    }

    /// The sum of all elements, or along dimensions.
    public func sum(along dimensions: [Int]? = nil) throws(TensorError) -> Tensor {
        guard let dimensions else { return try Operators.sum.tensor(.tensor(self)) }
        return try Operators.sumAlong.tensor(.tensor(self), .ints(dimensions))
    }

    /// The mean of all elements, or along dimensions.
    public func mean(along dimensions: [Int]? = nil) throws(TensorError) -> Tensor {
        guard let dimensions else { return try Operators.mean.tensor(.tensor(self)) }
        return try Operators.meanAlong.tensor(.tensor(self), .ints(dimensions))
    }

    /// The largest element.
    public func maximum() throws(TensorError) -> Tensor {
        try Operators.maximum.tensor(.tensor(self))
    }

    /// The smallest element.
    public func minimum() throws(TensorError) -> Tensor {
        try Operators.minimum.tensor(.tensor(self))
    }

    /// The position of the largest element along a dimension, as `int64`.
    public func argmax(along dimension: Int) throws(TensorError) -> Tensor {
        try Operators.argmax.tensor(.tensor(self), .int(dimension))
    }

    /// The root of the sum of squares of all elements.
    public func norm() throws(TensorError) -> Tensor {
        try Operators.norm.tensor(.tensor(self))
    }
}

/// The matrix product of the last two dimensions, with broadcasting over the others.
public func matmul(_ left: Tensor, _ right: Tensor) throws(TensorError) -> Tensor {
    try Operators.product.tensor(.tensor(left), .tensor(right))
}
