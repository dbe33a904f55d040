/// Chooses, for each weight that is a product of factors, whether the factors are multiplied with each
/// other first (weight space) or with the input one after the other (activation space).
///
/// Both compute the same function of the same parameters; which costs less depends on the batch.
public struct ProductOrder: Rewrite {
    /// The number of examples in a batch.
    public let batch: Int

    /// Chooses for batches of this size.
    public init(batch: Int) { self.batch = batch }

    /// Rewrites the linear layers where activation space takes fewer multiply-accumulates.
    public func apply(to program: Program) throws -> Rewritten {
        var result = program
        result.nodes = []
        let producers = program.producers
        let readers = program.readers
        for node in program.nodes {
            guard let weight = LinearForm().weight(of: node),
                let factors = chain(weight, program, producers, readers), factors.count > 1,
                isCheaperOneByOne(node, weight, factors, program)
            else {
                result.nodes.append(node)
                continue
            }
            appendOneByOne(node, factors, to: &result)
        }
        return Rewritten(try result.withoutUnused().propagated(), from: program, changes: [])
    }

    /// The factors of a product in the order in which the input meets them; nil where a part of the
    /// product is read elsewhere too.
    private func chain(
        _ value: Value, _ program: Program, _ producers: [Value: Int], _ readers: [Value: [Int]]
    ) -> [Value]? {
        guard let index = producers[value] else { return [value] }
        let node = program.nodes[index]
        guard node.operation == "aten.matmul.default", readers[value]?.count == 1,
            !program.outputs.contains(where: { $0.value == value }),
            let left = node.value("self"), let right = node.value("other"),
            let first = chain(right, program, producers, readers),
            let rest = chain(left, program, producers, readers)
        else { return nil }
        return first + rest
    }

    private func isCheaperOneByOne(
        _ node: Node, _ weight: Value, _ factors: [Value], _ program: Program
    ) -> Bool {
        let shapes = factors.compactMap { program.type(of: $0)?.tensor?.shape }
        guard shapes.count == factors.count, let inputs = shapes.first?.last,
            let direct = program.macs(of: node, at: ["batch": batch]),
            let multiplying = multiplying(weight, program, program.producers),
            let outputs = shapes.last?.first, inputs * outputs > 0
        else { return false }
        let applications = direct / (inputs * outputs)
        let oneByOne = shapes.reduce(0) { $0 + applications * $1[0] * $1[1] }
        return oneByOne < multiplying + direct
    }

    /// The multiply-accumulates of the product itself, in the order in which it is written.
    private func multiplying(
        _ value: Value, _ program: Program, _ producers: [Value: Int]
    ) -> Int? {
        guard let index = producers[value] else { return 0 }
        let node = program.nodes[index]
        let parts = [node.value("self"), node.value("other")].compactMap { $0 }
        let before = parts.map { multiplying($0, program, producers) }
        guard let own = program.macs(of: node, at: [:]), !before.contains(nil) else { return nil }
        return before.reduce(own) { $0 + ($1 ?? 0) }
    }

    private func appendOneByOne(_ node: Node, _ factors: [Value], to program: inout Program) {
        var node = node
        for factor in factors.dropLast() {
            let name = program.freshName("\(factor.name.identifier)_applied")
            program.types[name] = .scalar(.unknown)
            program.nodes.append(
                Node(
                    "aten.linear.default",
                    ["input": node["input"] ?? .none, "weight": .value(factor)], outputs: [name]))
            node["input"] = .value(name)
        }
        node["weight"] = factors.last.map(Argument.value)
        program.nodes.append(node)
    }
}

extension String {
    /// The text with everything but letters, digits and underscores replaced by underscores.
    public var identifier: String {
        let letters = map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "_" }
        return (letters.first?.isNumber ?? true ? "_" : "") + String(letters)
    }
}
