extension ExportedProgram {
    /// The type of a tensor's elements, by the number that the schema gives it.
    ///
    /// The numbers are the schema's own, not those of `c10::ScalarType`.
    public enum ScalarType: Int, NumberedCode, CaseIterable {
        /// Not known.
        case unknown = 0
        /// 8-bit integers from 0 to 255.
        case uint8 = 1
        /// 8-bit integers.
        case int8 = 2
        /// 16-bit integers.
        case int16 = 3
        /// 32-bit integers.
        case int32 = 4
        /// 64-bit integers.
        case int64 = 5
        /// 16-bit floats.
        case float16 = 6
        /// 32-bit floats.
        case float32 = 7
        /// 64-bit floats.
        case float64 = 8
        /// Pairs of 16-bit floats.
        case complex32 = 9
        /// Pairs of 32-bit floats.
        case complex64 = 10
        /// Pairs of 64-bit floats.
        case complex128 = 11
        /// Truth values, a byte each.
        case bool = 12
        /// 16-bit floats with the range of 32-bit floats.
        case bfloat16 = 13
        /// 16-bit integers from 0 on.
        case uint16 = 28
        /// 8-bit floats: 4 exponent and 3 mantissa bits, no infinity.
        case float8e4m3fn = 29
        /// 8-bit floats: 5 exponent and 2 mantissa bits.
        case float8e5m2 = 30
        /// As `float8e4m3fn`, with one zero.
        case float8e4m3fnuz = 31
        /// As `float8e5m2`, with one zero and no infinity.
        case float8e5m2fnuz = 32
        /// 8-bit powers of two.
        case float8e8m0fnu = 33
        /// 32-bit integers from 0 on.
        case uint32 = 34
        /// 64-bit integers from 0 on.
        case uint64 = 35

        static let codeName = "scalar type"

        /// The bytes of one element; nil where the type is not known.
        public var byteCount: Int? {
            switch self {
            case .unknown: nil
            case .uint8, .int8, .bool: 1
            case .float8e4m3fn, .float8e5m2, .float8e4m3fnuz, .float8e5m2fnuz, .float8e8m0fnu: 1
            case .int16, .uint16, .float16, .bfloat16: 2
            case .int32, .uint32, .float32, .complex32: 4
            case .int64, .uint64, .float64, .complex64: 8
            case .complex128: 16
            }
        }
    }

    /// Dense, or the kind of sparse, by the number that the schema gives it.
    public enum Layout: Int, NumberedCode, CaseIterable {
        /// Not known.
        case unknown = 0
        /// Sparse, by coordinates.
        case sparseCoordinates = 1
        /// Sparse, by compressed rows.
        case sparseRows = 2
        /// Sparse, by compressed columns.
        case sparseColumns = 3
        /// Sparse, by compressed rows of blocks.
        case sparseBlockRows = 4
        /// Sparse, by compressed columns of blocks.
        case sparseBlockColumns = 5
        /// oneDNN's own.
        case oneDNN = 6
        /// Dense.
        case strided = 7

        static let codeName = "layout"
    }

    /// The order of a tensor's axes in memory, by the number that the schema gives it.
    public enum MemoryFormat: Int, NumberedCode, CaseIterable {
        /// Not known.
        case unknown = 0
        /// The last axis runs fastest.
        case contiguous = 1
        /// Channels run fastest in `[batch, channels, height, width]`.
        case channelsLast = 2
        /// Channels run fastest in `[batch, channels, depth, height, width]`.
        case channelsLast3D = 3
        /// That of the argument.
        case preserve = 4

        static let codeName = "memory format"
    }

    /// How an argument is passed, by the number that the schema gives it.
    public enum ArgumentKind: Int, NumberedCode, CaseIterable {
        /// Not known: the operator's schema decides.
        case unknown = 0
        /// By position.
        case positional = 1
        /// By name.
        case keyword = 2

        static let codeName = "argument kind"
    }
}

/// An enumeration that JSON holds as a number; a number that is not in it is an error that says so.
protocol NumberedCode: RawRepresentable<Int>, Codable, Equatable, Sendable {
    /// What errors call the enumeration.
    static var codeName: String { get }
}

extension NumberedCode {
    /// Reads the number.
    public init(from decoder: any Decoder) throws {
        let number = try decoder.singleValueContainer().decode(Int.self)
        guard let code = Self(rawValue: number) else {
            throw SchemaMismatch(
                path: decoder.codingPath, kind: .unsupported,
                reason: "the \(Self.codeName) \(number) is not known")
        }
        self = code
    }

    /// Writes the number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(rawValue)
    }
}
