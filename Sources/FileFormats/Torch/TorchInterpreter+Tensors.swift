import Foundation

extension TorchInterpreter {
    /// A tensor or parameter for the arguments of the function that would rebuild it.
    mutating func tensor(
        _ function: PickleGlobal, _ arguments: [PickleGraph.Item], _ object: PickleGraph.Object
    ) throws -> Reading {
        if function == .parameter {
            guard let data = arguments.first, case .tensor(let tensor) = try read(data).value else {
                throw damaged(object, "a parameter's tensor")
            }
            return (.tensor(tensor), 0)
        }
        guard arguments.count >= 4, let offset = arguments[1].integer,
            let shape = graph.tuple(arguments[2])?.compactMap(\.integer),
            let strides = graph.tuple(arguments[3])?.compactMap(\.integer),
            shape.count == graph.tuple(arguments[2])?.count,
            strides.count == graph.tuple(arguments[3])?.count
        else { throw damaged(object, "a tensor's storage, offset, shape and strides") }
        let (storage, stored) = try storage(arguments[0], object)
        let type = try elementType(function, arguments, stored, object)
        try refuseConjugate(function, arguments, object)
        let name = path.joined(separator: ".")
        guard let byteCount = type.byteCount(ofShape: shape), strides.count == shape.count,
            offset >= 0, strides.allSatisfy({ $0 >= 0 })
        else {
            throw view.error(
                .malformed,
                "tensor \(name.quoted) of \(type) \(shape.shown) with strides \(strides.shown) from "
                    + "element \(offset) on cannot be; fetch the file again")
        }
        guard
            byteCount == 0
                || Self.lastByte(of: type, shape, strides, offset) ?? .max <= storage.byteCount
        else {
            throw view.error(
                .malformed,
                "tensor \(name.quoted) of \(type) \(shape.shown) with strides \(strides.shown) from "
                    + "element \(offset) on does not fit its storage of \(storage.byteCount) bytes; "
                    + "fetch the file again")
        }
        let tensor = TorchTensor(
            name: name, elementType: type, shape: shape, strides: strides, offset: offset,
            storage: storage, byteCount: byteCount)
        return (.tensor(tensor), 0)
    }

    /// Where the bytes of a view's last element end; nil past all numbers.
    private static func lastByte(
        of type: ElementType, _ shape: [Int], _ strides: [Int], _ offset: Int
    ) -> Int? {
        var last = offset
        for (size, stride) in zip(shape, strides) {
            let (step, isTooFar) = (size - 1).multipliedReportingOverflow(by: stride)
            let (sum, overflow) = last.addingReportingOverflow(step)
            guard !isTooFar, !overflow else { return nil }
            last = sum
        }
        let (start, overflow) = last.multipliedReportingOverflow(by: type.byteCount)
        let (end, isTooFar) = start.addingReportingOverflow(type.byteCount)
        return overflow || isTooFar ? nil : end
    }

    private func elementType(
        _ function: PickleGlobal, _ arguments: [PickleGraph.Item], _ stored: ElementType,
        _ object: PickleGraph.Object
    ) throws -> ElementType {
        guard function == .tensor3 else { return stored }
        guard arguments.count >= 7, case .global(let global) = arguments[6] else {
            throw damaged(object, "a tensor's type")
        }
        switch global {
        case .elementType(let type): return type
        case .named(let name):
            throw view.error(
                .unsupported,
                "tensor \(path.joined(separator: ".").quoted) has the type \(name.quoted), which is "
                    + "not supported; convert it to another")
        default: throw damaged(object, "a tensor's type")
        }
    }

    /// Refuses a tensor that PyTorch would conjugate or negate after reading it.
    private func refuseConjugate(
        _ function: PickleGlobal, _ arguments: [PickleGraph.Item], _ object: PickleGraph.Object
    ) throws {
        let place = function == .tensor3 ? 7 : 6
        guard function != .tensor, arguments.count > place,
            let marks = graph.object(arguments[place])?.entries,
            marks.contains(where: { $0.bool == true })
        else { return }
        throw view.error(
            .unsupported,
            "tensor \(path.joined(separator: ".").quoted) is kept conjugated or negated; save "
                + "tensor.resolve_conj().resolve_neg()")
    }

    // MARK: Storages

    /// Bytes that one element takes, by the keys of all storages that a pickle names.
    static func elementSizes(
        in graph: PickleGraph, _ view: ByteView
    ) throws -> [String: Int] {
        var sizes: [String: Int] = [:]
        for object in graph.objects where object.kind == .persistent {
            let (storage, _) = try storage(object, graph, view)
            let known = sizes.updateValue(storage.elementByteCount, forKey: storage.key)
            guard known == nil || known == storage.elementByteCount else {
                throw view.error(
                    .malformed,
                    "its storage \(storage.key.quoted) has elements of two sizes; fetch the file "
                        + "again")
            }
        }
        return sizes
    }

    private func storage(
        _ item: PickleGraph.Item, _ tensor: PickleGraph.Object
    ) throws -> (TorchStorage, ElementType) {
        guard let object = graph.object(item), object.kind == .persistent else {
            throw damaged(tensor, "a tensor's storage")
        }
        return try Self.storage(object, graph, view)
    }

    /// A storage for its name: `("storage", class, key, device, elements)`, and before PyTorch 1.6
    /// nothing or a view `(key, first element, elements)` behind them.
    private static func storage(
        _ object: PickleGraph.Object, _ graph: PickleGraph, _ view: ByteView
    ) throws -> (TorchStorage, ElementType) {
        let damaged = PickleScanner(view: view, position: object.offset).damaged(
            at: object.offset, "the name of a storage")
        guard let item = object.items.first, let parts = graph.tuple(item), parts.count >= 5,
            parts[0].text == "storage", case .global(let global) = parts[1],
            let key = parts[2].text, var count = parts[4].integer
        else { throw damaged }
        let type: ElementType
        switch global {
        case .storage(let named): type = named
        case .untypedStorage: type = .uint8
        default: throw damaged
        }
        var first = 0
        if parts.count > 5, let part = graph.tuple(parts[5]) {
            guard part.count == 3, let start = part[1].integer, let length = part[2].integer else {
                throw damaged
            }
            (first, count) = (start, length)
        }
        let (byteCount, overflow) = count.multipliedReportingOverflow(by: type.byteCount)
        let (byteOffset, isTooFar) = first.multipliedReportingOverflow(by: type.byteCount)
        guard count >= 0, first >= 0, !overflow, !isTooFar else { throw damaged }
        let storage = TorchStorage(
            key: key, elementByteCount: type.byteCount, byteOffset: byteOffset,
            byteCount: byteCount)
        return (storage, type)
    }

    // MARK: NumPy

    /// A number that NumPy wrote: its type, and its bytes.
    func numpyScalar(_ object: PickleGraph.Object) throws -> TorchValue {
        guard object.items.count == 2, let described = graph.object(object.items[0]),
            described.kind == .call(.numpyType), let code = described.items.first?.text,
            let bytes = bytes(object.items[1])
        else { throw damaged(object, "a number of NumPy") }
        let order = graph.tuple(described.state)?.dropFirst().first?.text ?? "="
        guard let type = Self.numpyTypes[code], order != ">" else {
            throw view.error(
                .unsupported,
                "\(path.joined(separator: ".").quoted) is a NumPy value of type "
                    + "\((order + code).quoted), which is not supported; save it as a number of "
                    + "Python")
        }
        let array = try RawArray(type, shape: [], bytes: bytes, file: view.file)
        switch type {
        case .float64: return .number(try array.values(as: Double.self)[0])
        case .float32, .float16: return .number(Double(try array.floats()[0]))
        case .bool: return .bool(try array.integers()[0] != 0)
        default: return .integer(try array.integers()[0])
        }
    }

    private static let numpyTypes: [String: ElementType] = [
        "b1": .bool, "u1": .uint8, "i1": .int8, "u2": .uint16, "i2": .int16, "u4": .uint32,
        "i4": .int32, "i8": .int64, "f2": .float16, "f4": .float32, "f8": .float64,
    ]

    /// Bytes, which protocol 2 keeps as a text in Latin-1.
    private func bytes(_ item: PickleGraph.Item) -> Data? {
        if case .bytes(let bytes) = item { return bytes }
        if case .text(let text) = item { return Data(text.utf8) }
        guard let object = graph.object(item), object.kind == .call(.encode),
            let text = object.items.first?.text
        else { return nil }
        let bytes = text.unicodeScalars.compactMap { UInt8(exactly: $0.value) }
        return bytes.count == text.unicodeScalars.count ? Data(bytes) : nil
    }
}
