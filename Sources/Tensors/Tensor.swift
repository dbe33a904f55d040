import CTorch
public import Foundation

/// An n-dimensional array in libtorch's memory.
///
/// A tensor behaves as a value: nothing public writes into one. Copies share memory.
@safe public final class Tensor: @unchecked Sendable {
    let handle: ct_tensor

    /// Takes over one reference.
    init(owning handle: ct_tensor) { unsafe self.handle = handle }

    deinit { unsafe ct_release(handle) }

    /// The number of dimensions.
    public var rank: Int { Int(unsafe ct_dimensions(handle)) }

    /// The size of each dimension.
    public var shape: [Int] {
        unsafe (0..<ct_dimensions(handle)).map { unsafe Int(ct_size(handle, $0)) }
    }

    /// The step, in elements, between neighbours along each dimension.
    ///
    /// Empty where the layout has none, as of a sparse tensor.
    public var strides: [Int] {
        guard unsafe ct_is_strided(handle) else { return [] }
        return unsafe (0..<ct_dimensions(handle)).map { unsafe Int(ct_stride(handle, $0)) }
    }

    /// The number of elements.
    public var count: Int { Int(unsafe ct_elements(handle)) }

    /// The type of the elements.
    public var scalarType: ScalarType {
        let number = unsafe ct_scalar_type(handle)
        guard let type = ScalarType(rawValue: number) else {
            preconditionFailure("a tensor of libtorch's scalar type \(number)")
        }
        return type
    }

    /// Where the memory is.
    public var device: Device {
        Device(type: Int(unsafe ct_device_type(handle)), index: Int(unsafe ct_device_index(handle)))
    }

    /// The bytes that the elements take, shared memory counted for each tensor.
    public var byteCount: Int { count * scalarType.byteCount }

    /// Whether the elements lie in row-major order without gaps.
    public var isContiguous: Bool { unsafe ct_is_contiguous(handle) }

    /// Whether both lie in one block of memory, wherever in it.
    public func sharesMemory(with other: Tensor) -> Bool {
        guard let block = unsafe ct_storage(handle) else { return false }
        return unsafe block == ct_storage(other.handle)
    }

    /// Type and shape, `float32 [2, 3]` for example.
    public var summary: String { "\(scalarType) \(shape)" }
}

extension Tensor: CustomStringConvertible {
    /// Type and shape.
    public var description: String { summary }
}

// MARK: - Elements in and out

extension Tensor {
    /// Makes a tensor of `shape` from its elements in row-major order.
    public convenience init<Element: TensorElement>(_ elements: [Element], shape: [Int]) {
        let count = shape.reduce(1, *)
        precondition(count == elements.count, "\(elements.count) elements for shape \(shape)")
        // The array is kept as the memory's owner until the tensor ends.
        let owner = Memory(copying: elements)
        self.init(viewing: owner, type: Element.scalarType, shape: shape)
    }

    /// Makes a one-dimensional tensor.
    public convenience init<Element: TensorElement>(_ elements: [Element]) {
        self.init(elements, shape: [elements.count])
    }

    /// Makes a tensor without dimensions.
    public convenience init<Element: TensorElement>(_ element: Element) {
        self.init([element], shape: [])
    }

    /// Makes a tensor over little-endian bytes in row-major order.
    ///
    /// They are copied only where their alignment demands it. A memory-mapped file stays mapped as long as the tensor lives.
    ///
    /// - Precondition: `bytes` holds exactly the elements of `shape`.
    public convenience init(bytes: Data, type: ScalarType, shape: [Int]) {
        precondition(
            bytes.count == type.byteCount(ofShape: shape),
            "\(bytes.count) bytes for \(type) \(shape)")
        let owner = Memory(bytes, alignment: type.byteCount)
        self.init(viewing: owner, type: type, shape: shape)
    }

    private convenience init(viewing owner: Memory, type: ScalarType, shape: [Int]) {
        let context = unsafe Unmanaged.passRetained(owner).toOpaque()
        var view: ct_tensor?
        let status = unsafe ct_view_bytes(
            owner.address, type.rawValue, shape.map(Int64.init), Int32(shape.count),
            { context in
                guard let context = unsafe context else { return }
                unsafe Unmanaged<Memory>.fromOpaque(context).release()
            }, context, &view)
        guard status == CT_OK, let view = unsafe view else {
            preconditionFailure(TensorError(status).description)
        }
        unsafe self.init(owning: view)
    }

    /// The elements in row-major order.
    ///
    /// - Precondition: the tensor's type is `Element`'s.
    public func elements<Element: TensorElement>(
        _ type: Element.Type = Element.self
    ) throws(TensorError) -> [Element] {
        precondition(scalarType == Element.scalarType, "\(summary) read as \(Element.scalarType)")
        let source = try onHost()
        guard let address = unsafe ct_data(source.handle) else { return [] }
        let start = unsafe address.assumingMemoryBound(to: Element.self)
        return withExtendedLifetime(source) {
            unsafe Array(UnsafeBufferPointer(start: start, count: count))
        }
    }

    /// The elements as little-endian bytes in row-major order, copied.
    public func bytes() throws(TensorError) -> Data {
        let source = try onHost()
        guard let address = unsafe ct_data(source.handle) else { return Data() }
        return withExtendedLifetime(source) { unsafe Data(bytes: address, count: byteCount) }
    }

    /// The single element as a number.
    ///
    /// - Precondition: the tensor has exactly one element.
    public func item() throws(TensorError) -> Double {
        precondition(count == 1, "item() of \(summary)")
        return try converted(to: .float64).elements(Double.self)[0]
    }

    private func onHost() throws(TensorError) -> Tensor {
        guard device.type != Device.meta.type else {
            throw TensorError(.value, operands: [summary], message: "a meta tensor has no elements")
        }
        guard unsafe ct_is_strided(handle) else {
            throw TensorError(
                .value, operands: [summary],
                message: "a sparse tensor has no elements in row-major order")
        }
        let host = try moved(to: .cpu).detached()
        return try (unsafe ct_is_lazy(host.handle) ? host.resolved() : host).contiguous()
    }
}

/// The memory that a view looks into.
@safe private final class Memory {
    let address: UnsafeRawPointer
    private let kept: Data?

    init<Element: BitwiseCopyable>(copying elements: [Element]) {
        let bytes = elements.count * MemoryLayout<Element>.stride
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(bytes, 1), alignment: 64)
        unsafe elements.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe block.copyMemory(from: start, byteCount: bytes)
            }
        }
        unsafe address = UnsafeRawPointer(block)
        kept = nil
    }

    /// Keeps `data` where its storage has a fixed, aligned address, else copies it.
    init(_ data: Data, alignment: Int) {
        // NB: Foundation keeps up to a few machine words inside the value itself, without an address.
        let fixed = data.count > 64
        let start = unsafe data.withUnsafeBytes { $0.baseAddress }
        let aligned = Int(bitPattern: start) % alignment == 0
        if fixed, aligned, let start = unsafe start {
            unsafe address = start
            kept = data
            return
        }
        let block = UnsafeMutableRawPointer.allocate(byteCount: max(data.count, 1), alignment: 64)
        unsafe data.withUnsafeBytes { source in
            if let start = source.baseAddress {
                unsafe block.copyMemory(from: start, byteCount: data.count)
            }
        }
        unsafe address = UnsafeRawPointer(block)
        kept = nil
    }

    deinit {
        if kept == nil { unsafe UnsafeMutableRawPointer(mutating: address).deallocate() }
    }
}
