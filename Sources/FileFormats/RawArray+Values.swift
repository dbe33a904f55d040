import Foundation

extension RawArray {
    /// The elements in C order, copied; throws `unsupported` where the array is of another type.
    public func values<Element: RawElement>(as type: Element.Type) throws -> [Element] {
        guard Element.elementType == elementType else {
            throw FileFormatError(
                .unsupported, file: "array",
                "it holds \(elementType), not \(Element.elementType); read it as \(elementType)")
        }
        return copied(as: type)
    }

    /// The elements in C order as `Float`, rounded where they must be.
    ///
    /// Throws `unsupported` for complex numbers and for numbers of eight bits.
    public func floats() throws -> [Float] {
        switch elementType {
        case .float16: copied(as: UInt16.self).map(Float.init(half:))
        case .bfloat16: copied(as: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
        case .float32: copied(as: Float.self)
        case .float64: copied(as: Double.self).map { Float($0) }
        case .uint64: copied(as: UInt64.self).map { Float($0) }
        default: try integers().map { Float($0) }
        }
    }

    /// The elements in C order as `Int`, a bool as 0 or 1.
    ///
    /// Throws `unsupported` for types that are not of whole numbers, and for a `uint64` over 2⁶³ -
    /// 1.
    public func integers() throws -> [Int] {
        switch elementType {
        case .bool, .uint8: return bytes.map { Int($0) }
        case .int8: return copied(as: Int8.self).map { Int($0) }
        case .uint16: return copied(as: UInt16.self).map { Int($0) }
        case .int16: return copied(as: Int16.self).map { Int($0) }
        case .uint32: return copied(as: UInt32.self).map { Int($0) }
        case .int32: return copied(as: Int32.self).map { Int($0) }
        case .int64: return copied(as: Int.self)
        case .uint64:
            let values = copied(as: UInt64.self)
            let small = values.compactMap { Int(exactly: $0) }
            if small.count == values.count { return small }
        default: break
        }
        throw FileFormatError(
            .unsupported, file: "array",
            "its \(elementType) values do not fit the numbers asked for; store it as another type")
    }

    /// The bytes seen as elements of a type of the same size; they may stand at any address.
    private func copied<Element: RawElement>(as type: Element.Type) -> [Element] {
        precondition(MemoryLayout<Element>.stride == elementType.byteCount)
        return unsafe [Element](unsafeUninitializedCapacity: count) { room, filled in
            unsafe bytes.copyBytes(to: UnsafeMutableRawBufferPointer(room))
            filled = count
        }
    }
}

extension Float {
    /// The value of a number of 16 bits in IEEE 754's half precision.
    init(half bits: UInt16) {
        let sign = UInt32(bits & 0x8000) << 16
        let exponent = UInt32(bits >> 10) & 0x1F
        let fraction = UInt32(bits & 0x3FF)
        switch exponent {
        case 0:
            let magnitude = Float(fraction) * 0x1p-24
            self = sign == 0 ? magnitude : -magnitude
        case 0x1F: self.init(bitPattern: sign | 0x7F80_0000 | fraction << 13)
        default: self.init(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
        }
    }
}
