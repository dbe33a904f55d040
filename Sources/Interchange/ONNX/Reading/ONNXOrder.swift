import FileFormats
import Programs

/// The nodes that the outputs need, each after those whose results it reads.
struct ONNXOrder {
    /// The nodes in order.
    let items: [ONNXFlatGraph.Item]

    /// Orders nodes; the file's own order stands where it can.
    ///
    /// - Throws: where a name is given twice or never, or nodes need each other.
    init(_ items: [ONNXFlatGraph.Item], known: Set<String>, outputs: [String]) throws {
        var producers: [String: Int] = [:]
        for (index, item) in items.enumerated() {
            for name in item.node.outputs where !name.isEmpty {
                guard producers.updateValue(index, forKey: name) == nil, !known.contains(name)
                else {
                    throw ProgramError(
                        .invalid,
                        "the name \(name.shownName) is given twice, also by \(item.node); export the "
                            + "model again")
                }
            }
        }
        var needed: Set<Int> = []
        var pending: [Int] = []
        func need(_ name: String, _ reader: String) throws {
            guard !name.isEmpty, !known.contains(name) else { return }
            guard let index = producers[name] else {
                throw ProgramError(
                    .invalid,
                    "\(reader) reads \(name.shownName), which nothing computes; export the model again"
                )
            }
            if needed.insert(index).inserted { pending.append(index) }
        }
        for name in outputs { try need(name, "its list of outputs") }
        while let index = pending.popLast() {
            let node = items[index].node
            for name in node.inputs { try need(name, node.description) }
        }
        self.items = try Self.sorted(needed.sorted(), items, producers)
    }

    private static func sorted(
        _ needed: [Int], _ items: [ONNXFlatGraph.Item], _ producers: [String: Int]
    ) throws -> [ONNXFlatGraph.Item] {
        var waits: [Int: Int] = [:]
        var readers: [Int: [Int]] = [:]
        for index in needed {
            let sources = Set(items[index].node.inputs.compactMap { producers[$0] })
            waits[index] = sources.count
            for source in sources { readers[source, default: []].append(index) }
        }
        // In order already, as ONNX asks for: kept as it is.
        let isOrdered = readers.allSatisfy { source, all in all.allSatisfy { $0 > source } }
        guard !isOrdered else { return needed.map { items[$0] } }
        var ready = needed.filter { waits[$0] == 0 }
        var order: [Int] = []
        var next = 0
        while next < ready.count {
            let index = ready[next]
            next += 1
            order.append(index)
            for reader in readers[index] ?? [] {
                waits[reader, default: 0] -= 1
                if waits[reader] == 0 { ready.append(reader) }
            }
        }
        guard order.count == needed.count else {
            let stuck = needed.first { (waits[$0] ?? 0) > 0 } ?? 0
            throw ProgramError(
                .invalid,
                "\(items[stuck].node) needs its own result; export the model again")
        }
        return order.map { items[$0] }
    }
}
