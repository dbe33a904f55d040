public import FileFormats
import Programs
public import Tensors

extension ScalarType {
    /// The type that a `.pt2` archive's code stands for; nil where there is none here.
    init?(_ code: ExportedProgram.ScalarType) {
        guard let match = Self.codes.first(where: { $0.code == code }) else { return nil }
        self = match.type
    }

    /// The code that stands for it in a `.pt2` archive.
    var archiveCode: ExportedProgram.ScalarType {
        Self.codes.first { $0.type == self }?.code ?? .unknown
    }

    private static let codes: [(type: ScalarType, code: ExportedProgram.ScalarType)] = [
        (.uint8, .uint8), (.int8, .int8), (.int16, .int16), (.int32, .int32), (.int64, .int64),
        (.float16, .float16), (.float32, .float32), (.float64, .float64),
        (.complex64, .complex64), (.complex128, .complex128), (.bool, .bool),
        (.bfloat16, .bfloat16),
    ]

    /// The same type in the files that hold arrays; nil where they have none.
    var elementType: ElementType? { ElementType.allCases.first { $0.description == description } }

    /// The type of an array in a file; nil where there is none here.
    public init?(_ elementType: ElementType) {
        guard let type = Self.allCases.first(where: { $0.elementType == elementType }) else {
            return nil
        }
        self = type
    }
}

/// Memory formats as libtorch and as an archive number them.
enum MemoryFormats {
    private static let pairs: [(libtorch: Int, archive: ExportedProgram.MemoryFormat)] = [
        (0, .contiguous), (1, .preserve), (2, .channelsLast), (3, .channelsLast3D),
    ]

    static func archive(_ number: Int) -> ExportedProgram.MemoryFormat {
        pairs.first { $0.libtorch == number }?.archive ?? .unknown
    }

    static func libtorch(_ code: ExportedProgram.MemoryFormat) -> Int? {
        pairs.first { $0.archive == code }?.libtorch
    }
}
