import Foundation

/// Follows a pickle's operations and notes what they describe; no code is found or run.
///
/// The memory that it takes is bounded by the pickle's length and by ``Limits``.
struct PickleMachine {
    /// How much a pickle may describe: with the numbers here less than a gigabyte of memory.
    struct Limits {
        /// The most operations that are followed; a state dict has some thirty for each tensor.
        var operations = 5_000_000
        /// The most objects that are described; a state dict has some seven for each tensor.
        var objects = 1_000_000
    }

    private var scanner: PickleScanner
    private var graph = PickleGraph()
    private var stack: [PickleGraph.Item] = []
    /// How high the stack was at each mark that is still open.
    private var marks: [Int] = []
    private var memo: [Int: PickleGraph.Item] = [:]
    /// Where the operation at hand begins.
    private var offset: Int

    /// Reads the pickle that begins at a byte of a file; `end` is the first byte after it.
    ///
    /// Throws `truncated` where it is cut off, `malformed` where it is damaged, `unsupported` for a
    /// class or function that is not in ``PickleGlobal`` and for operations and protocols that
    /// `torch.save` does not write, `tooLarge` past the limits.
    static func read(
        _ view: ByteView, at offset: Int = 0, limits: Limits = Limits()
    ) throws -> (graph: PickleGraph, end: Int) {
        var machine = PickleMachine(
            scanner: PickleScanner(view: view, position: offset), offset: offset)
        try machine.run(limits)
        return (machine.graph, machine.scanner.position)
    }

    private init(scanner: PickleScanner, offset: Int) {
        self.scanner = scanner
        self.offset = offset
    }

    private mutating func run(_ limits: Limits) throws {
        for _ in 0..<limits.operations {
            offset = scanner.position
            let byte = try scanner.byte()
            guard let operation = PickleOperation(rawValue: byte) else {
                throw scanner.view.error(
                    .unsupported,
                    "its pickle has the operation 0x\(String(byte, radix: 16)) at byte \(offset), "
                        + "which torch.save does not write; save the state dict with torch.save")
            }
            if operation == .stop {
                graph.root = try pop()
                guard stack.isEmpty, marks.isEmpty else { throw damaged("the end of the object") }
                return
            }
            try perform(operation)
            guard graph.objects.count <= limits.objects else { break }
        }
        throw scanner.view.error(
            .tooLarge,
            "its pickle describes more than \(limits.objects) objects or has more than "
                + "\(limits.operations) operations; save the state dict alone")
    }

    private mutating func perform(_ operation: PickleOperation) throws {
        if let item = try scanner.item(of: operation) { return stack.append(item) }
        switch operation {
        case .protocol: try checkProtocol()
        case .frame: _ = try scanner.little(UInt64.self)
        case .mark: marks.append(stack.count)
        case .pop: _ = try pop()
        case .popMark: _ = try popMark()
        case .put: memo[Int(try scanner.byte())] = try top()
        case .longPut: memo[Int(try scanner.little(UInt32.self))] = try top()
        case .memoize: memo[memo.count] = try top()
        case .get: try recall(Int(try scanner.byte()))
        case .longGet: try recall(Int(try scanner.little(UInt32.self)))
        case .global: try pushGlobal(module: scanner.line(), name: scanner.line())
        case .stackGlobal: try pushStackGlobal()
        case .reduce, .newObject: try call()
        case .build: try build()
        case .persistent: push(.persistent, [try pop()])
        default: try collect(operation)
        }
    }

    /// The operations that make and fill tuples, lists, sets and dictionaries.
    private mutating func collect(_ operation: PickleOperation) throws {
        switch operation {
        case .emptyTuple: push(.tuple)
        case .tuple1: push(.tuple, try pop(1))
        case .tuple2: push(.tuple, try pop(2))
        case .tuple3: push(.tuple, try pop(3))
        case .tuple: push(.tuple, try popMark())
        case .emptyList: push(.list)
        case .list: push(.list, try popMark())
        case .append: try append([pop()], to: .list)
        case .appends: try append(popMark(), to: .list)
        case .emptySet: push(.set)
        case .frozenSet: push(.set, try popMark())
        case .addItems: try append(popMark(), to: .set)
        case .emptyDictionary: push(.dictionary)
        case .dictionary:
            let entries = try popMark()
            push(.dictionary)
            try setItems(entries)
        case .setItem: try setItems(pop(2))
        case .setItems: try setItems(popMark())
        default: throw damaged("an operation of its place")
        }
    }

    // MARK: The stack

    private mutating func push(
        _ kind: PickleGraph.Object.Kind, _ items: [PickleGraph.Item] = []
    ) {
        stack.append(.object(graph.objects.count))
        graph.objects.append(PickleGraph.Object(kind: kind, items: items, offset: offset))
    }

    private func top() throws -> PickleGraph.Item {
        guard stack.count > marks.last ?? 0, let item = stack.last else {
            throw damaged("a value before the operation")
        }
        return item
    }

    private mutating func pop() throws -> PickleGraph.Item {
        let item = try top()
        stack.removeLast()
        return item
    }

    private mutating func pop(_ count: Int) throws -> [PickleGraph.Item] {
        guard stack.count - count >= marks.last ?? 0 else {
            throw damaged("\(count) values before the operation")
        }
        defer { stack.removeLast(count) }
        return Array(stack.suffix(count))
    }

    private mutating func popMark() throws -> [PickleGraph.Item] {
        guard let mark = marks.popLast() else { throw damaged("a mark before the operation") }
        defer { stack.removeLast(stack.count - mark) }
        return Array(stack[mark...])
    }

    private mutating func recall(_ index: Int) throws {
        guard let item = memo[index] else { throw damaged("the number of a value before it") }
        stack.append(item)
    }

    // MARK: Objects

    /// The number of the object on top of the stack, which must be of a kind.
    private func target(
        _ expected: String, where fits: (PickleGraph.Object.Kind) -> Bool
    ) throws -> Int {
        guard case .object(let number) = try top(), fits(graph.objects[number].kind) else {
            throw damaged(expected)
        }
        return number
    }

    private mutating func append(
        _ items: [PickleGraph.Item], to kind: PickleGraph.Object.Kind
    ) throws {
        let number = try target("a \(kind) before the operation") { $0 == kind }
        graph.objects[number].items.append(contentsOf: items)
    }

    private mutating func setItems(_ entries: [PickleGraph.Item]) throws {
        guard entries.count.isMultiple(of: 2) else { throw damaged("a value for each key") }
        let number = try target("a dictionary before the operation") {
            $0 == .dictionary || $0 == .call(.orderedDictionary) || $0 == .call(.counter)
        }
        graph.objects[number].entries.append(contentsOf: entries)
    }

    private mutating func build() throws {
        let state = try pop()
        let number = try target("an object that has a state") {
            $0 == .call(.orderedDictionary) || $0 == .call(.numpyType)
        }
        graph.objects[number].state = state
    }

    private mutating func call() throws {
        let arguments = try pop()
        guard case .global(let function) = try pop(), function.isFunction,
            let items = graph.tuple(arguments)
        else { throw damaged("a function with its arguments") }
        push(.call(function), items)
    }

    // MARK: Names

    private func checkProtocol(_ version: UInt8) throws {
        guard version <= 5 else {
            throw scanner.view.error(
                .unsupported,
                "its pickle is of protocol \(version) at byte \(offset), and 2 to 5 are read; save "
                    + "it with pickle_protocol=2")
        }
    }

    private mutating func checkProtocol() throws { try checkProtocol(try scanner.byte()) }

    private mutating func pushStackGlobal() throws {
        let names = try pop(2)
        guard let module = names[0].text, let name = names[1].text else {
            throw damaged("a module and a name")
        }
        try pushGlobal(module: module, name: name)
    }

    private mutating func pushGlobal(module: String, name: String) throws {
        guard let global = PickleGlobal(module: module, name: name) else {
            throw scanner.view.error(
                .unsupported,
                "it asks for \("\(module).\(name)".quoted) at byte \(offset), which is not part of "
                    + "a state dict and is not run; "
                    + PickleGlobal.remedy(module: module, name: name))
        }
        stack.append(.global(global))
    }

    private func damaged(_ expected: String) -> FileFormatError {
        scanner.damaged(at: offset, expected)
    }
}
