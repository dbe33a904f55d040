import Tensors

/// Which values lie in the memory of others, found by running a Program's nodes on tensors without elements.
///
/// Schemas do not tell: `reshape` copies or does not, as strides have it, and `dropout` that infers gives its input back.
struct SharedMemory {
    /// How a value comes to lie in another's memory.
    struct Link {
        /// The value whose memory it is.
        let parent: Value
        /// The node that reads it, and which of its results the value is; nil for the whole memory as it is.
        let view: (node: Node, index: Int)?
    }

    /// The link of each value that lies in another's memory.
    private(set) var links: [Value: Link] = [:]

    /// Runs the nodes of a Program, in place where they say so.
    init(_ program: Program) throws {
        var propagation = try Propagation(program)
        for node in program.nodes {
            _ = try propagation.run(node)
            let written = try node.written
            for (index, output) in node.outputs.enumerated() {
                guard let output else { continue }
                if let written {
                    links[output] = Link(parent: written, view: nil)
                } else if let parent = Self.parent(of: output, node, propagation) {
                    links[output] = Link(parent: parent, view: (node, index))
                }
            }
        }
    }

    private static func parent(
        of output: Value, _ node: Node, _ propagation: Propagation
    ) -> Value? {
        guard let tensor = propagation.tensor(output) else { return nil }
        return node.inputs.first { propagation.tensor($0)?.sharesMemory(with: tensor) ?? false }
    }

    /// The value whose memory a value lies in, itself where it has its own.
    func root(of value: Value) -> Value {
        var value = value
        while let link = links[value] { value = link.parent }
        return value
    }
}

extension Node {
    /// The value that the operator writes into; nil where it writes into none.
    ///
    /// - Throws: where it writes into several, or into a list.
    var written: Value? {
        get throws {
            guard operation.library == "aten", operation.mayWrite else { return nil }
            let found = try operation.found
            let names = found.argumentNames.indices.filter(found.writes).map {
                found.argumentNames[$0]
            }
            guard let name = names.first else { return nil }
            guard names.count == 1, let value = value(name) else {
                throw ProgramError(
                    .unsupported,
                    names.count == 1
                        ? "\(operation) lacks \(name), the tensor that it writes into: \(self)"
                        : "\(operation) writes into several tensors, which is not supported: \(self)"
                )
            }
            return value
        }
    }
}

extension OperatorName {
    /// Whether its name is of the kind that operators have that write into an argument.
    fileprivate var mayWrite: Bool {
        name.hasSuffix("_") || name.hasPrefix("__i") || overload.hasSuffix("out")
    }
}
