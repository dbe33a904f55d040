private enum Operators {
    static let full = Operator(known: "aten::full")
    static let empty = Operator(known: "aten::empty_strided")
    static let fullLike = Operator(known: "aten::full_like")
    static let eye = Operator(known: "aten::eye")
    static let arange = Operator(known: "aten::arange")
    static let uniform = Operator(known: "aten::uniform_")
    static let normal = Operator(known: "aten::normal_")
    static let permutation = Operator(known: "aten::randperm", "generator")
    static let diagonal = Operator(known: "aten::diag_embed")
    static let concatenate = Operator(known: "aten::cat")
    static let stack = Operator(known: "aten::stack")
}

extension Tensor {
    /// A tensor of `shape` with one value everywhere.
    public static func full(
        _ shape: [Int], _ value: Double, type: ScalarType = .float32, device: Device = .cpu
    ) throws(TensorError) -> Tensor {
        try Operators.full.tensor(
            .ints(shape), .double(value), .scalarType(type), .standard, .device(device))
    }

    /// A tensor of zeros.
    public static func zeros(
        _ shape: [Int], type: ScalarType = .float32, device: Device = .cpu
    ) throws(TensorError) -> Tensor {
        try full(shape, 0, type: type, device: device)
    }

    /// A tensor of ones.
    public static func ones(
        _ shape: [Int], type: ScalarType = .float32, device: Device = .cpu
    ) throws(TensorError) -> Tensor {
        try full(shape, 1, type: type, device: device)
    }

    /// A tensor without elements or memory, of which only shape, strides and type are known.
    ///
    /// - Parameter strides: row-major where they are not given.
    public static func meta(
        _ shape: [Int], strides: [Int]? = nil, type: ScalarType = .float32
    ) throws(TensorError) -> Tensor {
        var (rowMajor, step) = (shape, 1)
        for axis in shape.indices.reversed() {
            rowMajor[axis] = step
            // Sizes from a file may be any numbers; libtorch refuses what does not fit.
            step = step.multipliedReportingOverflow(by: max(shape[axis], 1)).partialValue
        }
        return try Operators.empty.tensor(
            .ints(shape), .ints(strides ?? rowMajor), .scalarType(type), .standard, .device(.meta))
    }

    /// A tensor on the CPU of this one's shape, type and order in memory, with one value everywhere.
    public func filled(with value: Double) throws(TensorError) -> Tensor {
        try Operators.fullLike.tensor(
            .tensor(self), .double(value), .standard, .standard, .device(.cpu))
    }

    /// The identity matrix.
    public static func identity(_ size: Int, type: ScalarType = .float32) throws(TensorError)
        -> Tensor
    {
        try Operators.eye.tensor(.int(size), .scalarType(type))
    }

    /// The numbers 0 ..< count, as `int64`.
    public static func range(_ count: Int) throws(TensorError) -> Tensor {
        try Operators.arange.tensor(.int(count), .scalarType(.int64))
    }

    /// Numbers drawn evenly from `low` ..< `high`.
    public static func uniform(
        _ shape: [Int], from low: Double = 0, to high: Double = 1, type: ScalarType = .float32,
        using generator: inout Generator
    ) throws(TensorError) -> Tensor {
        let room = try zeros(shape, type: type)
        return try Operators.uniform.tensor(
            .tensor(room), .double(low), .double(high), generator.operand())
    }

    /// Numbers drawn from a normal distribution.
    public static func normal(
        _ shape: [Int], mean: Double = 0, deviation: Double = 1, type: ScalarType = .float32,
        using generator: inout Generator
    ) throws(TensorError) -> Tensor {
        let room = try zeros(shape, type: type)
        return try Operators.normal.tensor(
            .tensor(room), .double(mean), .double(deviation), generator.operand())
    }

    /// The numbers 0 ..< count in a random order, as `int64`.
    public static func permutation(
        _ count: Int, using generator: inout Generator
    ) throws(TensorError) -> Tensor {
        try Operators.permutation.tensor(.int(count), generator.operand(), .scalarType(.int64))
    }

    /// The diagonal matrix of a vector.
    public func asDiagonal() throws(TensorError) -> Tensor {
        try Operators.diagonal.tensor(.tensor(self))
    }

    /// Tensors one after the other along a dimension that they have.
    public static func concatenated(
        _ tensors: [Tensor], along dimension: Int = 0
    ) throws(TensorError) -> Tensor {
        try Operators.concatenate.tensor(.tensors(tensors), .int(dimension))
    }

    /// Tensors of one shape side by side along a new dimension.
    public static func stacked(
        _ tensors: [Tensor], along dimension: Int = 0
    ) throws(TensorError) -> Tensor {
        try Operators.stack.tensor(.tensors(tensors), .int(dimension))
    }
}
