import Programs

/// The factors that take the place of a parameter, and the nodes that multiply them out to it again.
struct WeightProduct {
    /// The tensors that take the parameter's place.
    private(set) var replacements: [(name: String, tensor: StoredTensor)] = []
    private var nodes: [Node] = []
    private var parts: [Value] = []
    private let sites: [WeightSite]

    /// Starts without factors.
    ///
    /// - Parameter sites: the sites of one parameter.
    init(of sites: [WeightSite]) { self.sites = sites }

    /// Adds the next site's factors, the one next to the input first; a single one is the site's own elements.
    mutating func add(_ tensors: [(name: String, tensor: StoredTensor, storage: FactorStorage)]) {
        let site = sites[parts.count]
        replacements += tensors.map { (name: $0.name, tensor: $0.tensor) }
        guard tensors.count > 1 else {
            parts.append(Value(tensors[0].name))
            return
        }
        let product = Value(
            site.part == nil ? site.parameter : "\(site.parameter).part.\(parts.count)")
        parts.append(product)
        let chain = FactorChain(
            tensors.map { FactorChain.Factor(Value($0.name), stored: $0.storage) })
        nodes += chain.nodes(
            multiplying: 0..<tensors.count, into: product,
            stored: FactorStorage(shape: site.shape, layout: site.layout))
    }

    /// Puts the factors in the parameter's place: the value keeps its name.
    ///
    /// - Returns: the nodes to put before the first reader of the parameter, and that reader.
    func replace(in program: inout Program) throws -> (nodes: [Node], before: Int) {
        let parameter = Value(sites[0].parameter)
        // Views may stand before the nodes that read the parameter as matrices.
        let reader = program.nodes.firstIndex { $0.inputs.contains(parameter) } ?? 0
        try program.replaceTensors([parameter.name], with: replacements)
        guard sites[0].part != nil else { return (nodes, reader) }
        var joined = Node(
            "aten.cat.default", ["tensors": .list(parts.map(Argument.value))],
            outputs: [parameter])
        if sites[0].partAxis != 0 { joined["dim"] = .int(sites[0].partAxis) }
        return (nodes + [joined], reader)
    }
}
