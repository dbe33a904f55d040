import OrderedCollections

/// One weight, and all the nodes that read it as a matrix.
public struct WeightSite: Sendable {
    /// The parameter's name.
    public let parameter: String
    /// The parameter's shape.
    public let shape: [Int]
    /// How it is read.
    public let form: any WeightForm
    /// The positions of the nodes that read it.
    public let nodes: [Int]
    /// The matrix's outputs.
    public let rows: Int
    /// The matrix's inputs.
    public let columns: Int

    /// The largest rank that the matrix can have.
    public var fullRank: Int { min(rows, columns) }
    /// The elements of the matrix.
    public var count: Int { rows * columns }
    /// The elements of its two factors at a rank.
    public func count(atRank rank: Int) -> Int { rank * (rows + columns) }
    /// The largest rank at which two factors have fewer elements than the matrix; 0 where there is none.
    public var breakEvenRank: Int { max(0, (count - 1) / max(rows + columns, 1)) }
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
                    let size = form.matrixSize(of: stored.shape), !outputs.contains(value)
                else { continue }
                let uses = readers[value] ?? []
                let agree = uses.allSatisfy { index in
                    let user = nodes[index]
                    return form.weight(of: user) == value
                        && user.inputs.filter { $0 == value }.count == 1
                }
                guard agree else { continue }
                sites.append(
                    WeightSite(
                        parameter: value.name, shape: stored.shape, form: form, nodes: uses,
                        rows: size.rows, columns: size.columns))
            }
        }
        return sites
    }
}
