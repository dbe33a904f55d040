import OrderedCollections

/// One weight, and all the nodes that read it as matrices.
public struct WeightSite: Sendable {
    /// The parameter's name.
    public let parameter: String
    /// The parameter's shape.
    public let shape: [Int]
    /// How it is read.
    public let form: any WeightForm
    /// The matrices that it holds.
    public let matrices: MatrixShape
    /// The positions of the nodes that read it.
    public let nodes: [Int]
}

extension Program {
    /// The parameters that nodes read as matrices, in the order of their first use.
    ///
    /// A parameter that is read in two ways, or by another operator too, is not among them.
    public var weightSites: [WeightSite] {
        let readers = self.readers
        let outputs = Set(self.outputs.map(\.value))
        var seen = Set<Value>()
        var sites: [WeightSite] = []
        for node in nodes {
            for form in WeightForms.all {
                guard let value = form.weight(of: node), seen.insert(value).inserted,
                    let stored = tensors[value.name], stored.role == .parameter,
                    let matrices = form.matrices(in: node, shape: stored.shape),
                    matrices.count > 0, !outputs.contains(value)
                else { continue }
                let uses = readers[value] ?? []
                let agree = uses.allSatisfy { index in
                    let user = nodes[index]
                    return form.weight(of: user) == value
                        && form.matrices(in: user, shape: stored.shape) == matrices
                        && user.inputs.filter { $0 == value }.count == 1
                }
                guard agree else { continue }
                sites.append(
                    WeightSite(
                        parameter: value.name, shape: stored.shape, form: form,
                        matrices: matrices, nodes: uses))
            }
        }
        return sites
    }
}
