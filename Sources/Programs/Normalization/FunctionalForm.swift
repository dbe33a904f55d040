import OrderedCollections
import Tensors

/// A Program whose nodes write into none of their arguments, made of one whose nodes may.
///
/// A node that writes becomes its form that does not, and whoever read the old content afterwards reads the new value. A
/// write into a view becomes the whole with that part replaced, and other views of the whole are taken anew when they
/// are read next. What is written into a buffer becomes an output of the Program.
struct FunctionalForm {
    /// The result.
    private(set) var program: Program
    private let memory: SharedMemory
    /// The value that holds a value's content now.
    private var current: [Value: Value] = [:]
    /// How often the memory of a root was written into.
    private var writes: [Value: Int] = [:]
    /// That count when a view's content was taken.
    private var taken: [Value: Int] = [:]

    init(_ source: Program) throws {
        program = source
        memory = try SharedMemory(source)
        program.nodes = []
        for node in source.nodes {
            if let target = try node.written {
                try append(node, writingInto: target)
            } else {
                program.nodes.append(try node.mapInputs { try latest($0) })
                for case let output? in node.outputs where memory.links[output] != nil {
                    current[output] = output
                    taken[output] = writes[memory.root(of: output), default: 0]
                }
            }
        }
        program.outputs = try source.outputs.map { output in
            switch output {
            case .result(let value): .result(try latest(value))
            case .buffer(let name, let value): .buffer(name, try latest(value))
            }
        }
        try addBufferOutputs(source)
    }

    private mutating func addBufferOutputs(_ source: Program) throws {
        let known = Set(
            source.outputs.compactMap { output in
                if case .buffer(let name, _) = output { name } else { nil }
            })
        // They stand before the results, as PyTorch has them.
        var added: [Program.Output] = []
        for (name, stored) in source.tensors where !known.contains(name) {
            guard let value = current[Value(name)] else { continue }
            guard stored.role == .buffer else {
                throw ProgramError(
                    .unsupported,
                    "the network writes into \(name), which is not a buffer; register it as one")
            }
            added.append(.buffer(name, value))
        }
        program.outputs = added + program.outputs
    }

    // MARK: Reading

    /// The value that holds what a value of the source holds at this place.
    private mutating func latest(_ value: Value) throws -> Value {
        guard let link = memory.links[value] else { return current[value] ?? value }
        let count = writes[memory.root(of: value), default: 0]
        if taken[value] == count, let held = current[value] { return held }
        taken[value] = count
        guard let view = link.view else {
            let whole = try latest(link.parent)
            current[value] = whole
            return whole
        }
        return try takeAgain(view.node, view.index, for: value)
    }

    /// Repeats the node that a view comes from, on what its argument holds now.
    private mutating func takeAgain(
        _ node: Node, _ index: Int, for value: Value
    ) throws -> Value {
        var again = try node.mapInputs { try latest($0) }
        again.outputs = node.outputs.map { output in
            output.map { newValue($0.name, like: $0) }
        }
        program.nodes.append(again)
        let result = again.outputs[index] ?? value
        current[value] = result
        return result
    }

    private mutating func newValue(_ stem: String, like old: Value) -> Value {
        let value = program.freshName(stem)
        program.types[value] = program.type(of: old)
        return value
    }

    // MARK: Writing

    private mutating func append(_ node: Node, writingInto target: Value) throws {
        // A view that is written into was taken before.
        _ = try latest(target)
        let old = program.type(of: target)?.tensor
        let output = node.output ?? newValue("\(target)_written", like: target)
        let form = try node.mapInputs { try latest($0) }
            .outOfPlace(output: output, into: old) { program.type(of: $0)?.tensor }
        if let unconverted = form.first?.output, form.count > 1 {
            program.types[unconverted] = .scalar(.unknown)
        }
        program.nodes += form
        program.types[output] = program.type(of: target)
        try hold(output, in: target)
    }

    /// Makes a value the content of another, and of everything whose memory that one lies in.
    private mutating func hold(_ content: Value, in target: Value) throws {
        var chain: [(value: Value, content: Value)] = [(target, content)]
        while let link = memory.links[chain[chain.count - 1].value] {
            let part = chain[chain.count - 1].content
            guard let view = link.view else {
                chain.append((link.parent, part))
                continue
            }
            let whole = try latest(link.parent)
            let written = newValue("\(link.parent)_written", like: link.parent)
            let place = ViewWrite(
                view.node, index: view.index, whole: whole, part: part,
                types: { [program] in program.type(of: $0)?.tensor })
            guard let nodes = place.nodes(into: written, named: { newInner($0) }) else {
                throw ProgramError(
                    .unsupported,
                    "a write through \(view.node.operation) is not supported; clone the tensor before "
                        + "the write: \(view.node)")
            }
            if nodes.isEmpty {
                program.types[written] = nil
                chain.append((link.parent, part))
            } else {
                program.nodes += nodes
                chain.append((link.parent, written))
            }
        }
        let root = chain[chain.count - 1].value
        writes[root, default: 0] += 1
        for (value, content) in chain {
            current[value] = content
            taken[value] = writes[root]
        }
    }

    private mutating func newInner(_ stem: String) -> Value {
        let value = program.freshName(stem)
        program.types[value] = .scalar(.unknown)
        return value
    }
}

extension Node {
    /// The node with every value that it reads replaced.
    fileprivate func mapInputs(_ transform: (Value) throws -> Value) rethrows -> Node {
        var names: [Value: Value] = [:]
        for value in inputs where names[value] == nil { names[value] = try transform(value) }
        return mapInputs { names[$0] ?? $0 }
    }
}
