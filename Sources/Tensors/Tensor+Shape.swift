private enum Operators {
    static let reshape = Operator(known: "aten::reshape")
    static let transpose = Operator(known: "aten::transpose", "int")
    static let flatten = Operator(known: "aten::flatten", "using_ints")
    static let contiguous = Operator(known: "aten::contiguous")
    static let clone = Operator(known: "aten::clone")
    static let detach = Operator(known: "aten::detach")
    static let cast = Operator(known: "aten::to", "dtype")
    static let move = Operator(known: "aten::to", "device")
    static let slice = Operator(known: "aten::slice", "Tensor")
    static let select = Operator(known: "aten::index_select")
    static let unsqueeze = Operator(known: "aten::unsqueeze")
    static let resolveConjugate = Operator(known: "aten::resolve_conj")
    static let resolveNegative = Operator(known: "aten::resolve_neg")
    static let expand = Operator(known: "aten::expand")
    static let flip = Operator(known: "aten::flip")
    static let permute = Operator(known: "aten::permute")
    static let pad = Operator(known: "aten::constant_pad_nd")
    static let unfold = Operator(known: "aten::unfold")
    static let bincount = Operator(known: "aten::bincount")
    static let view = Operator(known: "aten::as_strided")
}

extension Tensor {
    /// The same elements in another shape; one size may be -1, to be inferred.
    public func reshaped(to shape: [Int]) throws(TensorError) -> Tensor {
        try Operators.reshape.tensor(.tensor(self), .ints(shape))
    }

    /// A view of other sizes and steps, in elements, from an element of the memory on.
    public func strided(
        shape: [Int], strides: [Int], from offset: Int = 0
    ) throws(TensorError) -> Tensor {
        try Operators.view.tensor(.tensor(self), .ints(shape), .ints(strides), .int(offset))
    }

    /// The tensor with two dimensions exchanged; a matrix transposed by default.
    public func transposed(_ first: Int = -2, _ second: Int = -1) throws(TensorError) -> Tensor {
        try Operators.transpose.tensor(.tensor(self), .int(first), .int(second))
    }

    /// All dimensions from `start` on joined into one.
    public func flattened(from start: Int = 0) throws(TensorError) -> Tensor {
        try Operators.flatten.tensor(.tensor(self), .int(start))
    }

    /// The same elements in row-major order without gaps; the tensor itself where they are already.
    public func contiguous() throws(TensorError) -> Tensor {
        isContiguous ? self : try Operators.contiguous.tensor(.tensor(self))
    }

    /// The same elements in memory of their own, in row-major order.
    public func copied() throws(TensorError) -> Tensor {
        try Operators.clone.tensor(.tensor(self), .int(0))
    }

    /// The same elements, apart from what was recorded for gradients.
    public func detached() throws(TensorError) -> Tensor {
        try Operators.detach.tensor(.tensor(self))
    }

    /// The tensor with a conjugation or a negation that libtorch put off carried out in memory.
    func resolved() throws(TensorError) -> Tensor {
        try Operators.resolveNegative.tensor(
            .tensor(Operators.resolveConjugate.tensor(.tensor(self))))
    }

    /// The elements converted to another type; the tensor itself where it has that type.
    public func converted(to type: ScalarType) throws(TensorError) -> Tensor {
        scalarType == type ? self : try Operators.cast.tensor(.tensor(self), .scalarType(type))
    }

    /// The elements in a device's memory; the tensor itself where it is there.
    public func moved(to device: Device) throws(TensorError) -> Tensor {
        guard device != self.device, device.type != self.device.type || device.index >= 0 else {
            return self
        }
        return try Operators.move.tensor(.tensor(self), .device(device), .scalarType(scalarType))
    }

    /// The part along a dimension in a range of positions, or every `step`-th of them, sharing memory.
    public func sliced(
        _ range: Range<Int>, along dimension: Int = 0, step: Int = 1
    ) throws(TensorError) -> Tensor {
        try Operators.slice.tensor(
            .tensor(self), .int(dimension), .int(range.lowerBound), .int(range.upperBound),
            .int(step))
    }

    /// The dimensions in another order, sharing memory: dimension `order[i]` becomes dimension i.
    public func permuted(_ order: [Int]) throws(TensorError) -> Tensor {
        try Operators.permute.tensor(.tensor(self), .ints(order))
    }

    /// The tensor with zeros around it.
    ///
    /// - Parameter counts: how many before and after, for the last dimension, then for the one before it,
    ///   and so on.
    public func paddedWithZeros(_ counts: [Int]) throws(TensorError) -> Tensor {
        try Operators.pad.tensor(.tensor(self), .ints(counts))
    }

    /// Windows along a dimension, each `size` long and `step` after the one before, as a new last dimension;
    /// they share memory.
    public func unfolded(
        along dimension: Int, size: Int, step: Int
    ) throws(TensorError) -> Tensor {
        try Operators.unfold.tensor(.tensor(self), .int(dimension), .int(size), .int(step))
    }

    /// How often each of the numbers from 0 to below `count` stands in a vector of whole numbers; `int64`.
    public func occurrences(of count: Int) throws(TensorError) -> Tensor {
        try Operators.bincount.tensor(.tensor(self), .null, .int(count))
    }

    /// The positions along a dimension that `indices`, an `int64` vector, names, in its order.
    public func selecting(_ indices: Tensor, along dimension: Int = 0) throws(TensorError) -> Tensor
    {
        try Operators.select.tensor(.tensor(self), .int(dimension), .tensor(indices))
    }

    /// The tensor with a dimension of size one put in.
    public func unsqueezed(at dimension: Int) throws(TensorError) -> Tensor {
        try Operators.unsqueeze.tensor(.tensor(self), .int(dimension))
    }

    /// The tensor with dimensions of size one repeated, without copying.
    public func expanded(to shape: [Int]) throws(TensorError) -> Tensor {
        try Operators.expand.tensor(.tensor(self), .ints(shape))
    }

    /// The tensor in reverse order along the dimensions named.
    public func flipped(along dimensions: [Int]) throws(TensorError) -> Tensor {
        try Operators.flip.tensor(.tensor(self), .ints(dimensions))
    }

    /// The elements in their order in memory, seen with a shape and strides that may overlap.
    ///
    /// Throws where an element would lie outside of the memory.
    public func viewed(as shape: [Int], strides: [Int]) throws(TensorError) -> Tensor {
        try Operators.view.tensor(.tensor(self), .ints(shape), .ints(strides))
    }
}
