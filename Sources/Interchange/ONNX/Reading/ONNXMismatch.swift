import Programs

/// What a graph says of its free sizes by the way in which it uses them: it is read again with that known.
struct ONNXMismatch: Error {
    /// What is found of a free dimension.
    enum Finding {
        /// It is another one, or a number.
        case equals(Size)
        /// It is not larger than this.
        case atMost(Int)
    }

    /// The free dimension.
    let dimension: String
    /// What is found of it.
    let finding: Finding

    init(_ dimension: String, is size: Size) {
        (self.dimension, finding) = (dimension, .equals(size))
    }

    init(_ dimension: String, isAtMost number: Int) {
        (self.dimension, finding) = (dimension, .atMost(number))
    }

    /// Finds two sizes, in the same place counted from the last, that broadcasting would need to be equal.
    init?(_ operands: [ONNXSourceValue]) {
        for (index, left) in operands.enumerated() {
            for right in operands[(index + 1)...] {
                let pairs = zip(left.type.sizes.reversed(), right.type.sizes.reversed())
                guard let found = pairs.lazy.compactMap(Self.init).first else { continue }
                self = found
                return
            }
        }
        return nil
    }

    /// Finds a size that a new shape, which does not fit, has otherwise in the same place.
    init?(_ operand: ONNXSourceValue, in shape: [ONNXNumber]) {
        let pairs = zip(operand.type.sizes, shape.map(\.size))
        guard let found = pairs.lazy.compactMap(Self.init).first else { return nil }
        self = found
    }

    /// Finds what two sizes need to be equal.
    init?(_ left: Size, _ right: Size) {
        switch (left, right) {
        case (.affine(1, let name, 0), .affine(1, let other, 0)) where name != other:
            self.init(max(name, other), is: .dimension(min(name, other)))
        case (.affine(1, let name, 0), .fixed(let number)),
            (.fixed(let number), .affine(1, let name, 0)):
            guard number > 1 else { return nil }
            self.init(name, is: .fixed(number))
        default: return nil
        }
    }
}
