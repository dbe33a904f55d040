import OrderedCollections

/// Which of a network's weights something is done to: all, or those that patterns name, less others.
public struct LayerSelection: Hashable, Sendable, Codable {
    /// The patterns of which one has to name a weight; none for all weights.
    public var only: [LayerPattern]
    /// The patterns of which none may.
    public var except: [LayerPattern]

    /// Makes a selection.
    public init(only: [LayerPattern] = [], except: [LayerPattern] = []) {
        self.only = only
        self.except = except
    }

    /// All weights.
    public static let all = LayerSelection()

    /// The parameters of the weight sites that are selected.
    ///
    /// - Throws: where a pattern names nothing, or one that includes names no weight that can be factored.
    public func parameters(of program: Program) throws -> Set<String> {
        let names = LayerNames(program)
        let search = WeightSearch(program)
        let all = Set(search.sites.map(\.parameter))
        var found = only.isEmpty ? all : []
        for pattern in only { found.formUnion(try names.weights(pattern, among: search)) }
        for pattern in except {
            found.subtract(try names.parameters(pattern))
        }
        return found
    }
}

extension LayerNames {
    /// The parameters of weight sites that a pattern names.
    ///
    /// - Throws: where it names none, saying why what it does name is none.
    public func weights(_ pattern: LayerPattern, of program: Program) throws -> [String] {
        try weights(pattern, among: WeightSearch(program))
    }

    fileprivate func weights(_ pattern: LayerPattern, among search: WeightSearch) throws -> [String]
    {
        let parameters = try parameters(pattern)
        let sites = Set(search.sites.map(\.parameter))
        let found = parameters.filter(sites.contains)
        guard found.isEmpty else { return found }
        let dense = Dictionary(search.dense.map { ($0.parameter, $0.reason) }) { first, _ in first }
        guard let name = parameters.first(where: { dense[$0] != nil }), let reason = dense[name]
        else {
            throw ProgramError(
                .selection,
                "\(pattern) names no weight that can be factored, only \(parameters[0]) and its like; "
                    + "name a layer with a matrix")
        }
        let isDepthwise = entries.contains {
            $0.parameter == name && $0.kinds.contains(Self.depthwise)
        }
        throw ProgramError(
            .selection,
            isDepthwise
                ? "\(pattern) names \(name), which is not worth composing: \(reason); leave it out"
                : "\(pattern) names \(name), which cannot be composed: \(reason); leave it out")
    }
}
