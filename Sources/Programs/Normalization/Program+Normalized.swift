extension Program {
    /// The Program in the form that all others here expect: every operator is known, no node writes into its arguments,
    /// none is there whose results nobody reads, and a `view`, which asks for a layout of its own, is a `reshape`: a
    /// rewrite may change how what it reads lies in memory.
    ///
    /// - Throws: naming the nodes that cannot be brought into that form, before any work is done.
    public func normalized() throws -> Program {
        let source = decomposed()
        try source.checkOperators()
        let needed = try source.withoutUnusedNodes()
        guard try needed.nodes.contains(where: { try $0.written != nil }) else {
            return needed.withReshapes
        }
        return try FunctionalForm(needed).program.withoutUnusedNodes().propagated().withReshapes
    }

    private var withReshapes: Program {
        var program = self
        program.nodes = nodes.map(\.viewAsReshape)
        return program
    }

    /// Checks that everything that the nodes call is there.
    private func checkOperators() throws {
        var counts: [(name: OperatorName, count: Int, place: String)] = []
        for node in nodes where !node.outputs.isEmpty {
            guard (try? Callee(node.operation)) == nil else { continue }
            if let index = counts.firstIndex(where: { $0.name == node.operation }) {
                counts[index].count += 1
            } else {
                counts.append((node.operation, 1, node.place))
            }
        }
        guard !counts.isEmpty else { return }
        let list = counts.map { "\($0.name) (\($0.count) times, first at \($0.place))" }
        throw ProgramError(
            .unsupported,
            "operators that are not supported: \(list.joined(separator: ", ")); replace them in the "
                + "model, or export it with run_decompositions()")
    }

    /// The Program without nodes that write nothing and whose results nobody reads; stored tensors stay.
    func withoutUnusedNodes() throws -> Program {
        var needed = Set(outputs.map(\.value))
        var kept: [Node] = []
        for node in nodes.reversed() where !node.outputs.isEmpty {
            let isRead = node.outputs.contains { $0.map(needed.contains) ?? false }
            guard try isRead || node.written != nil else { continue }
            needed.formUnion(node.inputs)
            kept.append(node)
        }
        var program = self
        program.nodes = kept.reversed()
        let computed = Set(kept.flatMap { $0.outputs.compactMap { $0 } }).union(inputs)
        program.types = types.filter { computed.contains($0.key) }
        program.marks = marks.mapValues { $0.filter(computed.contains) }.filter {
            !$0.value.isEmpty
        }
        return program
    }
}

extension Node {
    /// A `view` as a `reshape`, which takes any layout; any other node as it is.
    var viewAsReshape: Node {
        guard ["aten.view.default", "aten._unsafe_view.default"].contains("\(operation)"),
            let input = self["self"], let size = self["size"]
        else { return self }
        return Node(
            "aten.reshape.default", ["self": input, "shape": size], outputs: outputs,
            source: source)
    }

    /// Where it stands: its result, and the innermost line of its source where that is known.
    public var place: String {
        let name = output?.name ?? "\(operation)"
        return sourceLine.map { "\(name), \($0)" } ?? name
    }

    /// The innermost place of the Python stack trace in ``source``, as in `model.py, line 16`; nil where it names none.
    public var sourceLine: String? { source.flatMap(Self.innermostLine) }

    /// The innermost place of a Python stack trace.
    public static func innermostLine(of trace: String) -> String? {
        let frames = trace.split(separator: "\n").filter { $0.contains("File \"") }
        guard let frame = frames.last else { return nil }
        let parts = frame.split(separator: "\"")
        guard parts.count >= 3, let file = parts[1].split(separator: "/").last else { return nil }
        let rest = parts[2].split(separator: ",").map { $0.drop { $0 == " " } }
        return rest.first { $0.hasPrefix("line") }.map { "\(file), \($0)" }
    }
}
