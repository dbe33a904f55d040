import OrderedCollections

extension Program {
    /// For each value, the positions of the nodes that read it.
    public var readers: [Value: [Int]] {
        var readers: [Value: [Int]] = [:]
        for (index, node) in nodes.enumerated() {
            for value in Set(node.inputs) { readers[value, default: []].append(index) }
        }
        return readers
    }

    /// For each value that a node computes, the position of that node.
    public var producers: [Value: Int] {
        var producers: [Value: Int] = [:]
        for (index, node) in nodes.enumerated() {
            for case let value? in node.outputs { producers[value] = index }
        }
        return producers
    }

    /// The values that the caller gets, in order.
    public var results: [Value] {
        outputs.compactMap { output in
            guard case .result(let value) = output else { return nil }
            return value
        }
    }

    /// The Program without nodes whose results nobody reads.
    ///
    /// Parameters and constants that none of the remaining nodes reads go too. Buffers stay: they are
    /// part of checkpoints.
    public func withoutUnused() -> Program {
        var needed = Set(outputs.map(\.value))
        var kept: [Node] = []
        for node in nodes.reversed() {
            guard node.outputs.contains(where: { $0.map(needed.contains) ?? false }) else {
                continue
            }
            needed.formUnion(node.inputs)
            kept.append(node)
        }
        var program = self
        program.nodes = kept.reversed()
        program.tensors = tensors.filter { name, stored in
            stored.role == .buffer || needed.contains(Value(stored.tied ?? name))
        }
        let computed = Set(kept.flatMap { $0.outputs.compactMap { $0 } }).union(inputs)
        program.types = types.filter { computed.contains($0.key) }
        program.marks = marks.mapValues { $0.filter(computed.contains) }.filter {
            !$0.value.isEmpty
        }
        return program
    }

    /// Checks that names are unique, that every value is computed before it is read, and that no
    /// stored tensor's name is a dotted prefix of another's (PyTorch cannot open such a file).
    public func validate() throws {
        var known: Set<Value> = []
        func define(_ value: Value) throws {
            guard known.insert(value).inserted else {
                throw ProgramError(.invalid, "the name \(value) is given twice")
            }
        }
        for value in inputs + tensors.keys.map({ Value($0) }) { try define(value) }
        for node in nodes {
            for value in node.inputs where !known.contains(value) {
                throw ProgramError(.invalid, "\(value) is read before it is computed: \(node)")
            }
            for case let value? in node.outputs { try define(value) }
        }
        for output in outputs where !known.contains(output.value) {
            throw ProgramError(.invalid, "the output \(output.value) is never computed")
        }
        for name in tensors.keys {
            for dot in name.indices where name[dot] == "." {
                let prefix = String(name[..<dot])
                guard tensors[prefix] != nil else { continue }
                throw ProgramError(.invalid, "\(prefix) is a prefix of the name \(name)")
            }
        }
    }

    /// A name that no value has yet: `stem`, or `stem_1`, `stem_2` and so on.
    public func freshName(_ stem: String) -> Value {
        let taken = Set(types.keys.map(\.name)).union(tensors.keys)
        guard taken.contains(stem) else { return Value(stem) }
        var number = 1
        while taken.contains("\(stem)_\(number)") { number += 1 }
        return Value("\(stem)_\(number)")
    }
}
