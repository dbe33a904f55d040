/// The operations of a pickle that `torch.save` writes, protocols 2 to 5, by their byte.
///
/// Those that only protocols 0 and 1 have, or that only other programs write, are not here.
enum PickleOperation: UInt8 {
    case `protocol` = 0x80
    case frame = 0x95
    case stop = 0x2E

    case null = 0x4E
    case `true` = 0x88
    case `false` = 0x89
    case int32 = 0x4A
    case uint8 = 0x4B
    case uint16 = 0x4D
    case long1 = 0x8A
    case long4 = 0x8B
    case double = 0x47
    case shortString = 0x55
    case string = 0x54
    case shortText = 0x8C
    case text = 0x58
    case text8 = 0x8D
    case shortBytes = 0x43
    case bytes = 0x42
    case bytes8 = 0x8E
    case byteArray8 = 0x96

    case mark = 0x28
    case pop = 0x30
    case popMark = 0x31
    case emptyTuple = 0x29
    case tuple = 0x74
    case tuple1 = 0x85
    case tuple2 = 0x86
    case tuple3 = 0x87
    case emptyList = 0x5D
    case list = 0x6C
    case append = 0x61
    case appends = 0x65
    case emptyDictionary = 0x7D
    case dictionary = 0x64
    case setItem = 0x73
    case setItems = 0x75
    case emptySet = 0x8F
    case addItems = 0x90
    case frozenSet = 0x91

    case put = 0x71
    case longPut = 0x72
    case memoize = 0x94
    case get = 0x68
    case longGet = 0x6A

    case global = 0x63
    case stackGlobal = 0x93
    case reduce = 0x52
    case newObject = 0x81
    case build = 0x62
    case persistent = 0x51
}
