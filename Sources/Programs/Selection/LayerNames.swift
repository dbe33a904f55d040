import FileFormats
import OrderedCollections

/// A Program's parameters with the names and kinds by which a ``LayerPattern`` finds them.
public struct LayerNames {
    /// One parameter.
    struct Entry {
        let parameter: String
        /// Its name, and those of the values that are computed from it and other parameters alone, each with those of
        /// the layers around it.
        let names: OrderedSet<String>
        /// The kinds of the nodes that read it as a weight.
        let kinds: Set<String>
    }

    /// The kind of convolutions with one channel a group, whose weights are no sites.
    static let depthwise = "depthwise"

    /// The kinds that patterns know: the ways in which weights are read, and depthwise convolutions.
    public static let kinds = WeightForms.all.map { kind(of: $0) } + [depthwise]

    let entries: [Entry]

    /// Looks through a Program.
    public init(_ program: Program) {
        let context = WeightContext(program)
        var kinds: [String: Set<String>] = [:]
        func add(_ kind: String, _ value: Value) {
            let root = context.views(behind: value).last ?? value
            for name in program.sources(of: root) { kinds[name, default: []].insert(kind) }
        }
        for node in program.nodes {
            let readings = context.readings(of: node)
            for (form, reading) in readings { add(Self.kind(of: form), reading.value) }
            let convolution = Convolution(node) ?? Convolution(node, transposed: true)
            if readings.isEmpty, let convolution, convolution.groups > 1,
                let weight = node.value("weight")
            {
                add(Self.depthwise, weight)
            }
        }
        var names: [String: OrderedSet<String>] = [:]
        var made: [Value: Set<String>] = [:]
        for name in program.parameterNames {
            names[name] = Self.names(around: name)
            made[Value(name)] = [name]
        }
        for node in program.nodes where node.inputs.allSatisfy(context.isOfParametersAlone) {
            let sources = node.inputs.reduce(into: Set<String>()) { $0.formUnion(made[$1] ?? []) }
            for case let value? in node.outputs where !sources.isEmpty {
                made[value] = sources
                for source in sources {
                    names[source]?.formUnion(Self.names(around: value.name))
                }
            }
        }
        entries = program.parameterNames.map { name in
            Entry(parameter: name, names: names[name] ?? [name], kinds: kinds[name] ?? [])
        }
    }

    /// The parameters that a pattern names, in the Program's order.
    ///
    /// - Throws: where there are none, with what may have been meant.
    public func parameters(_ pattern: LayerPattern) throws -> [String] {
        let found = entries.filter { pattern.matches($0) }.map(\.parameter)
        guard found.isEmpty else { return found }
        if case .kind(let kind) = pattern {
            let present = Self.kinds.filter { kind in entries.contains { $0.kinds.contains(kind) } }
            throw ProgramError(
                .selection,
                "the network has no \(kind) layers; it has "
                    + (present.isEmpty ? "none with weights" : present.joined(separator: ", ")))
        }
        let layers = entries.compactMap { $0.names.dropFirst().first }
        let words = OrderedSet(layers + entries.flatMap(\.names))
        throw ProgramError(
            .selection,
            "no layer is called "
                + NearestName.text("\(pattern)", among: Array(words), limit: 6))
    }

    /// `a.b.weight`, `a.b` and `a`.
    private static func names(around parameter: String) -> OrderedSet<String> {
        var names: OrderedSet = [parameter]
        for dot in parameter.indices.reversed() where parameter[dot] == "." {
            names.append(String(parameter[..<dot]))
        }
        return names
    }

    private static func kind(of form: any WeightForm) -> String {
        String(form.name.map { $0 == " " ? "-" : $0 })
    }
}
