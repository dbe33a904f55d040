/// The classes and functions that a checkpoint may name; nothing else is let in, and none is run.
enum PickleGlobal: Equatable, Sendable {
    /// `collections.OrderedDict`, the form of a state dict, and `collections.Counter`, which
    /// schedulers use.
    case orderedDictionary, counter
    /// `torch._utils._rebuild_tensor`, `_v2` and `_v3`.
    case tensor, tensor2, tensor3
    /// `torch._utils._rebuild_parameter` and `_rebuild_parameter_with_state`.
    case parameter
    /// `torch._tensor._rebuild_from_type_v2`: one of the functions above with its arguments.
    case tensorOfType
    /// A class of tensors, as `tensorOfType` names it.
    case tensorClass
    /// A class of storages whose elements are of this type.
    case storage(ElementType)
    /// A storage of bytes, whose elements are of the type that the tensor says.
    case untypedStorage
    /// A type of elements.
    case elementType(ElementType)
    /// A plain value of PyTorch by its name: a type that is not read here, a layout.
    case named(String)
    case size, device, layout
    case set, frozenSet, complex, bytes, byteArray, encode
    case numpyScalar, numpyType

    /// The member of the allow-list with this name; nil where there is none.
    init?(module: String, name: String) {
        switch module {
        case "torch", "torch.cuda", "torch.storage":
            guard let found = Self.torch(name) else { return nil }
            self = found
        default:
            guard let found = Self.others["\(module).\(name)"] else { return nil }
            self = found
        }
    }

    /// Whether it may be called.
    var isFunction: Bool {
        switch self {
        case .tensorClass, .storage, .untypedStorage, .elementType, .named: false
        default: true
        }
    }

    private static func torch(_ name: String) -> PickleGlobal? {
        if let type = storages[name] { return .storage(type) }
        if let type = ElementType.allCases.first(where: { $0.description == name }) {
            return .elementType(type)
        }
        if otherNames.contains(name) { return .named("torch.\(name)") }
        return classes[name]
    }

    private static let storages: [String: ElementType] = [
        "BoolStorage": .bool, "ByteStorage": .uint8, "CharStorage": .int8,
        "ShortStorage": .int16, "IntStorage": .int32, "LongStorage": .int64,
        "HalfStorage": .float16, "BFloat16Storage": .bfloat16, "FloatStorage": .float32,
        "DoubleStorage": .float64, "ComplexFloatStorage": .complex64,
        "ComplexDoubleStorage": .complex128,
    ]

    /// What PyTorch calls a storage of such elements; nil where it has none.
    static func storageName(of type: ElementType) -> String? {
        storages.first { $0.value == type }?.key
    }

    private static let classes: [String: PickleGlobal] = [
        "UntypedStorage": .untypedStorage, "Size": .size, "device": .device,
        "Tensor": .tensorClass,
    ]

    private static let otherNames: Set<String> =
        Set([
            "complex32", "quint8", "qint8", "qint32", "quint4x2", "quint2x4", "bits1x8", "bits2x4",
            "bits4x2", "bits8", "bits16", "float4_e2m1fn_x2", "strided", "contiguous_format",
            "channels_last", "channels_last_3d", "preserve_format",
        ]).union((1...7).flatMap { ["int\($0)", "uint\($0)"] })

    private static let others: [String: PickleGlobal] = {
        var table: [String: PickleGlobal] = [
            "collections.OrderedDict": .orderedDictionary, "collections.Counter": .counter,
            "torch._utils._rebuild_tensor": .tensor, "torch._utils._rebuild_tensor_v2": .tensor2,
            "torch._utils._rebuild_tensor_v3": .tensor3,
            "torch._utils._rebuild_parameter": .parameter,
            "torch._utils._rebuild_parameter_with_state": .parameter,
            "torch._tensor._rebuild_from_type_v2": .tensorOfType,
            "torch._tensor.Tensor": .tensorClass, "torch.nn.parameter.Parameter": .tensorClass,
            "torch.nn.parameter.Buffer": .tensorClass, "torch.serialization._get_layout": .layout,
            "_codecs.encode": .encode, "numpy.dtype": .numpyType,
            "numpy.core.multiarray.scalar": .numpyScalar,
            "numpy._core.multiarray.scalar": .numpyScalar,
        ]
        // Python 2's name, which protocol 2 writes, and Python 3's.
        for module in ["__builtin__", "builtins"] {
            table["\(module).set"] = .set
            table["\(module).frozenset"] = .frozenSet
            table["\(module).complex"] = .complex
            table["\(module).bytes"] = .bytes
            table["\(module).bytearray"] = .byteArray
        }
        return table
    }()

    /// What to do about a file that names something else.
    static func remedy(module: String, name: String) -> String {
        switch "\(module).\(name)" {
        case "torch._utils._rebuild_sparse_tensor":
            "save the sparse tensor as tensor.to_dense()"
        case "torch._utils._rebuild_qtensor":
            "save the weights as they were before quantisation"
        case "torch._utils._rebuild_nested_tensor":
            "save the parts of the nested tensor one by one"
        case "torch._utils._rebuild_meta_tensor_no_storage":
            "the tensor has no elements: save it from a device that has memory"
        case "torch._utils._rebuild_wrapper_subclass":
            "save the tensor as one of PyTorch's own, with full_tensor() or dequantize()"
        default:
            "if you trust the file, open it in PyTorch and save model.state_dict() alone"
        }
    }
}
