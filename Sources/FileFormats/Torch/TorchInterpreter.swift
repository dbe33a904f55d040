import Foundation

/// Turns what a pickle describes into the values that `torch.load` would give.
struct TorchInterpreter {
    /// The most containers that may stand within one another.
    static let largestDepth = 64

    /// A value, and how many containers stand within one another in it.
    typealias Reading = (value: TorchValue, height: Int)

    let graph: PickleGraph
    let view: ByteView
    /// The keys on the way to the value at hand.
    var path: [String] = []
    private var known: [Int: Reading] = [:]
    /// The objects that are being read, to notice those that contain themselves.
    private var open: Set<Int> = []

    /// The value that a pickle stands for.
    static func contents(of graph: PickleGraph, in view: ByteView) throws -> TorchValue {
        var interpreter = TorchInterpreter(graph: graph, view: view)
        return try interpreter.read(graph.root).value
    }

    private init(graph: PickleGraph, view: ByteView) {
        self.graph = graph
        self.view = view
    }

    mutating func read(_ item: PickleGraph.Item) throws -> Reading {
        switch item {
        case .null: (.null, 0)
        case .bool(let bool): (.bool(bool), 0)
        case .integer(let number): (.integer(number), 0)
        case .wideInteger: (.other("a number of more than 64 bits"), 0)
        case .number(let number): (.number(number), 0)
        case .text(let text): (.text(text), 0)
        case .bytes: (.other("bytes"), 0)
        case .global(let global): (.other("\(global)"), 0)
        case .object(let number): try object(number)
        }
    }

    /// Reads an object once, however often it is referred to.
    private mutating func object(_ number: Int) throws -> Reading {
        if let reading = known[number] { return reading }
        guard open.insert(number).inserted else {
            throw view.error(
                .malformed,
                "the value at byte \(graph.objects[number].offset) of its pickle contains itself; "
                    + "do not trust this file")
        }
        defer { open.remove(number) }
        let tooDeep = view.error(
            .tooLarge,
            "its values are nested more than \(Self.largestDepth) deep; save the state dict alone")
        guard open.count <= Self.largestDepth else { throw tooDeep }
        let reading = try made(graph.objects[number])
        // What is shared may have been read nearer to the top than it stands here.
        guard reading.height <= Self.largestDepth else { throw tooDeep }
        known[number] = reading
        return reading
    }

    private mutating func made(_ object: PickleGraph.Object) throws -> Reading {
        switch object.kind {
        case .tuple, .list, .set: try list(object.items)
        case .dictionary: try dictionary(object.entries)
        case .persistent: (.other("a storage"), 0)
        case .call(let function): try call(function, object)
        }
    }

    private mutating func list(_ items: [PickleGraph.Item]) throws -> Reading {
        var values: [TorchValue] = []
        var height = 0
        for item in items {
            let reading = try read(item)
            values.append(reading.value)
            height = max(height, reading.height)
        }
        return (.list(values), height + 1)
    }

    private mutating func dictionary(_ items: [PickleGraph.Item]) throws -> Reading {
        var entries: [(key: TorchValue, value: TorchValue)] = []
        var names: Set<String> = []
        var height = 0
        for index in stride(from: 0, to: items.count - 1, by: 2) {
            let key = try read(items[index])
            if case .text(let name) = key.value, !names.insert(name).inserted {
                throw view.error(
                    .malformed,
                    "a dictionary has the key \(name.quoted) twice; do not trust this file")
            }
            path.append(Self.name(of: key.value))
            let value = try read(items[index + 1])
            path.removeLast()
            entries.append((key.value, value.value))
            height = max(height, key.height, value.height)
        }
        return (.dictionary(entries), height + 1)
    }

    private static func name(of key: TorchValue) -> String {
        switch key {
        case .text(let name): name
        case .integer(let number): "\(number)"
        default: "?"
        }
    }

    private mutating func call(
        _ function: PickleGlobal, _ object: PickleGraph.Object
    ) throws -> Reading {
        switch function {
        case .orderedDictionary, .counter:
            return try dictionary(try initialEntries(object) + object.entries)
        case .tensor, .tensor2, .tensor3, .parameter:
            return try tensor(function, object.items, object)
        case .tensorOfType:
            guard case .global(let inner)? = object.items.first, object.items.count >= 3,
                [.tensor, .tensor2, .tensor3, .parameter].contains(inner),
                let arguments = graph.tuple(object.items[2])
            else { throw damaged(object, "a tensor with its type") }
            return try tensor(inner, arguments, object)
        case .size, .set, .frozenSet:
            return try object.items.first.map { try read($0) } ?? (.list([]), 1)
        case .numpyScalar: return (try numpyScalar(object), 0)
        default: return (.other("\(function)"), 0)
        }
    }

    /// The entries that a dictionary is made with: Python 2 gives a list of pairs, `Counter` a
    /// dictionary.
    private func initialEntries(_ object: PickleGraph.Object) throws -> [PickleGraph.Item] {
        guard let first = object.items.first else { return [] }
        guard object.items.count == 1, let source = graph.object(first) else {
            throw damaged(object, "the entries of a dictionary")
        }
        if source.kind == .dictionary { return source.entries }
        return try source.items.flatMap { item in
            guard let pair = graph.object(item)?.items, pair.count == 2 else {
                throw damaged(object, "a key and its value")
            }
            return pair
        }
    }

    /// The error for an object that is not what its place asks for.
    func damaged(_ object: PickleGraph.Object, _ expected: String) -> FileFormatError {
        PickleScanner(view: view, position: object.offset).damaged(at: object.offset, expected)
    }
}
