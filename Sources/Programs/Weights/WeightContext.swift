/// What is known of a Program's values where nodes are asked how they read weights.
public struct WeightContext: Sendable {
    let program: Program
    let producers: [Value: Int]
    let readers: [Value: [Int]]
    let outputs: Set<Value>
    private let ofParametersAlone: Set<Value>

    /// Looks through a Program once.
    public init(_ program: Program) {
        self.program = program
        producers = program.producers
        readers = program.readers
        outputs = Set(program.outputs.map(\.value))
        var alone = Set(program.parameterNames.map { Value($0) })
        for node in program.nodes {
            let inputs = node.inputs
            guard !inputs.isEmpty, inputs.allSatisfy(alone.contains) else { continue }
            alone.formUnion(node.outputs.compactMap { $0 })
        }
        ofParametersAlone = alone
    }

    /// The shape of a value that has elements and whose sizes are numbers; nil for any other.
    public func shape(of value: Value?) -> [Int]? {
        guard let shape = value.flatMap({ program.type(of: $0)?.tensor?.shape }),
            shape.allSatisfy({ $0 > 0 }), NodeCost.product(shape) != nil
        else { return nil }
        return shape
    }

    /// The number of a value's dimensions; nil where it is no tensor.
    public func rank(of value: Value?) -> Int? {
        value.flatMap { program.type(of: $0)?.tensor?.sizes.count }
    }

    /// Whether a value depends on parameters alone: it is one, a part of one, or a product of some.
    public func isOfParametersAlone(_ value: Value?) -> Bool {
        value.map(ofParametersAlone.contains) ?? false
    }

    /// The ways in which a node reads weights.
    func readings(of node: Node) -> [(form: any WeightForm, reading: WeightReading)] {
        WeightForms.all.flatMap { form in
            form.readings(of: node, in: self).map { (form, $0) }
        }
    }

    /// Where a value comes from that is a tensor rearranged.
    struct Origin {
        /// The tensor: stored, or computed by an operator that does more than rearrange.
        let root: Value
        /// Which of its elements the value is.
        let view: ElementView
        /// The values on the way, the one asked for first, the root left out.
        let passed: [Value]
    }

    /// The value and those that it is a view of, up to the tensor that all are views of; the value alone where it
    /// is computed, or its sizes are not known.
    public func views(behind value: Value) -> [Value] {
        guard let origin = origin(of: value) else { return [value] }
        return origin.passed + [origin.root]
    }

    /// Follows a value back to the tensor that it is a view of; nil where sizes are not known.
    func origin(of value: Value) -> Origin? { origin(of: value, steps: Self.views) }

    /// How many operators are followed.
    private static let views = 64

    private func origin(of value: Value, steps: Int) -> Origin? {
        guard let shape = shape(of: value) else { return nil }
        guard steps > 0, let index = producers[value],
            let source = program.nodes[index].rearrangedValue,
            let origin = origin(of: source, steps: steps - 1),
            let view = rearranged(origin.view, by: program.nodes[index], value)
        else { return Origin(root: value, view: ElementView(of: shape), passed: []) }
        return Origin(root: origin.root, view: view, passed: [value] + origin.passed)
    }

    /// What a node makes of a view of a tensor; nil where it does more than rearrange.
    func rearranged(_ view: ElementView, by node: Node, _ result: Value) -> ElementView? {
        let shapes = node.outputs.map { shape(of: $0) ?? [] }
        guard let position = node.outputs.firstIndex(of: result), shape(of: result) != nil else {
            return nil
        }
        return view.rearranged(by: node, result: position, shapes: shapes)
    }
}

extension Node {
    /// The one value that the node reads, where an operator could rearrange it.
    fileprivate var rearrangedValue: Value? {
        guard let value = value("self"), inputs == [value] else { return nil }
        return value
    }
}
