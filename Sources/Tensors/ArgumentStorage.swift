import CTorch

/// Lowers operands to C, placing what they point to in one block of memory.
@unsafe struct ArgumentStorage {
    private var free: UnsafeMutableRawPointer
    private let end: UnsafeMutableRawPointer

    init(_ room: UnsafeMutableRawBufferPointer) {
        guard let start = room.baseAddress else { preconditionFailure("no room for arguments") }
        unsafe free = start
        unsafe end = start + room.count
    }

    /// The room that `lower` takes for an operand, rounded up to whole words.
    static func bytesNeeded(for operand: Operand) -> Int {
        switch operand {
        case .string(let text): unsafe rounded(text.utf8.count + 1)
        case .bools(let list): unsafe rounded(list.count)
        case .ints(let list): list.count * 8
        case .doubles(let list): list.count * 8
        case .tensors(let list): list.count * 8
        case .strings(let list):
            list.reduce(list.count * 8) { unsafe $0 + rounded($1.utf8.count + 1) }
        default: 0
        }
    }

    mutating func lower(_ operand: Operand) -> ct_value {
        var value = unsafe ct_value()
        switch operand {
        case .standard: unsafe value.tag = CT_DEFAULT
        case .null: unsafe value.tag = CT_NONE
        case .bool(let bool):
            unsafe value.tag = CT_BOOL
            unsafe value.v.i = bool ? 1 : 0
        case .int(let int):
            unsafe value.tag = CT_INT
            unsafe value.v.i = Int64(int)
        case .double(let double):
            unsafe value.tag = CT_DOUBLE
            unsafe value.v.d = double
        case .complex(let real, let imaginary):
            unsafe value.tag = CT_COMPLEX
            unsafe value.v.c = (real, imaginary)
        case .string(let text):
            unsafe value.tag = CT_STRING
            unsafe value.count = Int64(text.utf8.count)
            unsafe value.v.s = UnsafePointer(place(text))
        case .device(let device):
            unsafe value.tag = CT_DEVICE
            unsafe value.v.i = Int64(device.type)
            unsafe value.device_index = Int32(device.index)
        case .generator(let source):
            unsafe value.tag = CT_GENERATOR
            unsafe value.v.g = source.handle
        case .tensor(let tensor):
            unsafe value.tag = CT_TENSOR
            unsafe value.v.t = tensor.handle
        case .bools(let list):
            unsafe value.tag = CT_BOOLS
            unsafe value.count = Int64(list.count)
            unsafe value.v.bools = UnsafePointer(place(list.count) { list[$0] ? UInt8(1) : 0 })
        case .ints(let list):
            unsafe value.tag = CT_INTS
            unsafe value.count = Int64(list.count)
            unsafe value.v.ints = UnsafePointer(place(list.count) { Int64(list[$0]) })
        case .doubles(let list):
            unsafe value.tag = CT_DOUBLES
            unsafe value.count = Int64(list.count)
            unsafe value.v.doubles = UnsafePointer(place(list.count) { list[$0] })
        case .tensors(let list):
            unsafe value.tag = CT_TENSORS
            unsafe value.count = Int64(list.count)
            unsafe value.v.tensors = UnsafePointer(
                place(list.count) { unsafe list[$0]?.handle })
        case .strings(let list):
            unsafe value.tag = CT_STRINGS
            unsafe value.count = Int64(list.count)
            let texts = unsafe list.map { unsafe UnsafePointer(place($0)) }
            unsafe value.v.strings = UnsafePointer(
                place(list.count) { unsafe Optional(texts[$0]) })
        }
        return unsafe value
    }

    private static func rounded(_ bytes: Int) -> Int { (bytes + 7) / 8 * 8 }

    private mutating func place<Element>(
        _ count: Int, _ element: (Int) -> Element
    ) -> UnsafeMutablePointer<Element> {
        let start = unsafe free.assumingMemoryBound(to: Element.self)
        for index in 0..<count { unsafe (start + index).initialize(to: element(index)) }
        unsafe free += Self.rounded(count * MemoryLayout<Element>.stride)
        unsafe precondition(free <= end, "arguments outgrew their room")
        return unsafe start
    }

    private mutating func place(_ text: String) -> UnsafeMutablePointer<CChar> {
        let bytes = Array(text.utf8)
        return unsafe place(bytes.count + 1) { $0 < bytes.count ? CChar(bitPattern: bytes[$0]) : 0 }
    }
}

extension Operand {
    /// Takes over what a result slot owns.
    init(taking slot: ct_value) {
        switch unsafe slot.tag {
        case CT_BOOL: self = .bool(unsafe slot.v.i != 0)
        case CT_INT: self = .int(Int(unsafe slot.v.i))
        case CT_DOUBLE: self = .double(unsafe slot.v.d)
        case CT_COMPLEX: self = .complex(unsafe slot.v.c.0, unsafe slot.v.c.1)
        case CT_TENSOR: self = .tensor(unsafe Tensor(owning: slot.v.t))
        case CT_STRING:
            self = .string(unsafe String(cString: slot.v.s))
            unsafe ct_free(slot.v.s)
        case CT_INTS:
            let count = Int(unsafe slot.count)
            self = .ints((0..<count).map { Int(unsafe slot.v.ints[$0]) })
            unsafe ct_free(slot.v.ints)
        case CT_TENSORS:
            let count = Int(unsafe slot.count)
            self = .tensors(
                (0..<count).map { index in
                    guard let handle = unsafe slot.v.tensors[index] else { return nil }
                    return unsafe Tensor(owning: handle)
                })
            unsafe ct_free(slot.v.tensors)
        default: self = .null
        }
    }
}
