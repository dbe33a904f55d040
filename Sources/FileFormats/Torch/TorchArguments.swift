public import Foundation

/// Writes the arguments of a call as `torch.save` does, in its form before PyTorch 1.6, which needs no archive: what
/// ``TorchCheckpoint`` and `torch.load` read as `((array, …), {})`.
public enum TorchArguments {
    private static let magic: [UInt8] = [
        0x80, 2, 0x8A, 10, 0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19, 0x2E,
    ]

    /// The bytes of such a file; nil where PyTorch has no storage for the type of an array.
    public static func data(_ arrays: [RawArray]) -> Data? {
        var names: [String] = []
        for array in arrays {
            guard let name = PickleGlobal.storageName(of: array.elementType) else { return nil }
            names.append(name)
        }
        var file = PickleText()
        file.bytes += magic
        file.bytes += [0x80, 2, 0x4D, 0xE9, 3, 0x2E]  // 1001, the version of the form
        file.bytes += [0x80, 2, 0x7D]
        file.text("little_endian")
        file.bytes += [0x88, 0x73, 0x2E]
        file.bytes += [0x80, 2, 0x28]
        for (index, array) in arrays.enumerated() {
            file.tensor(array, storage: names[index], key: "\(index)")
        }
        file.bytes += [0x74, 0x7D, 0x86, 0x2E]
        file.bytes += [0x80, 2, 0x5D, 0x28]
        for index in arrays.indices { file.text("\(index)") }
        file.bytes += [0x65, 0x2E]
        var data = Data(file.bytes)
        for array in arrays {
            data.append(little: UInt64(array.count))
            data.append(array.bytes)
        }
        return data
    }
}

/// The opcodes of a pickle of protocol 2, one after the other.
private struct PickleText {
    var bytes: [UInt8] = []

    mutating func text(_ text: String) {
        bytes.append(0x58)
        little(UInt32(text.utf8.count))
        bytes += Array(text.utf8)
    }

    mutating func global(_ module: String, _ name: String) {
        bytes += Array("c\(module)\n\(name)\n".utf8)
    }

    /// A whole number, in eight bytes.
    mutating func number(_ number: Int) {
        bytes += [0x8A, 8]
        var rest = UInt64(bitPattern: Int64(number))
        for _ in 0..<8 {
            bytes.append(UInt8(truncatingIfNeeded: rest))
            rest >>= 8
        }
    }

    /// A contiguous tensor that has a storage of its own.
    mutating func tensor(_ array: RawArray, storage: String, key: String) {
        global("torch._utils", "_rebuild_tensor_v2")
        bytes += [0x28, 0x28]
        text("storage")
        global("torch", storage)
        text(key)
        text("cpu")
        number(array.count)
        bytes += [0x4E, 0x74, 0x51]
        number(0)
        numbers(array.shape)
        var strides: [Int] = []
        var step = 1
        for size in array.shape.reversed() {
            strides.append(step)
            step *= max(size, 1)
        }
        numbers(strides.reversed())
        bytes.append(0x89)
        global("collections", "OrderedDict")
        bytes += [0x29, 0x52, 0x74, 0x52]
    }

    private mutating func numbers(_ numbers: [Int]) {
        bytes.append(0x28)
        for number in numbers { self.number(number) }
        bytes.append(0x74)
    }

    private mutating func little(_ number: UInt32) {
        for shift in stride(from: 0, to: 32, by: 8) {
            bytes.append(UInt8(truncatingIfNeeded: number >> UInt32(shift)))
        }
    }
}
