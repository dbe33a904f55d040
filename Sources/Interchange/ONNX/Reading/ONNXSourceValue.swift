import Programs
import Tensors

/// What a name of the graph stands for while it is translated.
final class ONNXSourceValue {
    /// In what form it is at hand.
    enum Content {
        /// A value of the Program.
        case value(Value)
        /// Elements that are known; they become a stored tensor where a node reads them.
        case constant(Tensor)
        /// A tensor of rank 0 or 1, number by number; it becomes a tensor where a node reads it as one.
        case numbers([ONNXNumber])
    }

    /// The most elements of a constant that are taken one by one.
    static let mostNumbers = 1_024

    /// The form at hand.
    let content: Content
    /// The tensor's type.
    let type: TensorType
    /// What the stored tensor or the value is to be called.
    let label: String
    /// Whether it is one of the file's stored tensors as it is.
    let isInitializer: Bool
    /// The stored matrix of which it is the transposed one.
    let transposed: ONNXSourceValue?
    /// What it is the product of, where it is that of a layer without a bias.
    var product: (input: ONNXSourceValue, weight: ONNXSourceValue)?
    /// The value of the Program, once there is one.
    var value: Value?

    init(
        _ content: Content, _ type: TensorType, label: String, isInitializer: Bool = false,
        transposed: ONNXSourceValue? = nil
    ) {
        self.content = content
        self.type = type
        self.label = label
        self.isInitializer = isInitializer
        self.transposed = transposed
        if case .value(let value) = content { self.value = value }
    }

    convenience init(
        _ tensor: Tensor, label: String, isInitializer: Bool = false,
        transposed: ONNXSourceValue? = nil
    ) {
        self.init(
            .constant(tensor), TensorType(tensor.scalarType, tensor.shape.map(Size.fixed)),
            label: label, isInitializer: isInitializer, transposed: transposed)
    }

    /// The elements, where they are known.
    var constant: Tensor? {
        guard case .constant(let tensor) = content else { return nil }
        return tensor
    }

    /// The number of dimensions.
    var rank: Int { type.sizes.count }
    /// The type of the elements.
    var scalarType: ScalarType { type.scalarType }
    /// Whether the elements are whole numbers.
    var isInteger: Bool { !scalarType.isFloatingPoint && scalarType != .bool }
    /// Whether some of its numbers are known only when the Program runs.
    var isComputedNumbers: Bool {
        guard case .numbers(let numbers) = content else { return false }
        return numbers.contains(where: \.isComputed)
    }

    /// The elements one by one, where the tensor has at most one dimension and few elements.
    var numbers: [ONNXNumber]? {
        switch content {
        case .value: return nil
        case .numbers(let numbers): return numbers
        case .constant(let tensor):
            guard tensor.rank <= 1, tensor.count <= Self.mostNumbers else { return nil }
            if tensor.scalarType.isFloatingPoint {
                let wide = try? tensor.converted(to: .float64).elements(Double.self)
                return wide?.map(ONNXNumber.double)
            }
            guard let wide = try? tensor.converted(to: .int64).elements(Int.self) else {
                return nil
            }
            return scalarType == .bool
                ? wide.map { .bool($0 != 0) } : wide.map(ONNXNumber.int)
        }
    }

    /// The one element of a constant, as an argument that stands for it in arithmetic.
    var scalar: Argument? {
        guard let tensor = constant, tensor.count == 1 else { return nil }
        if scalarType.isFloatingPoint { return (try? tensor.item()).map(Argument.double) }
        guard let number = try? tensor.converted(to: .int64).elements(Int.self).first else {
            return nil
        }
        return scalarType == .bool ? .bool(number != 0) : .int(number)
    }
}
