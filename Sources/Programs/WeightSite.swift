import OrderedCollections
public import Tensors

/// One weight, or some rows of one, and all the nodes that read it as matrices.
public struct WeightSite: Sendable {
    /// The parameter's name.
    public let parameter: String
    /// The rows of the parameter that the site is, nil for all of them.
    ///
    /// One parameter may hold several matrices: queries, keys and values, for example.
    public let part: Range<Int>?
    /// The shape of the parameter, or of its part.
    public let shape: [Int]
    /// How it is read.
    public let form: any WeightForm
    /// The matrices that it holds.
    public let matrices: MatrixShape
    /// The positions of the nodes that read it.
    public let nodes: [Int]

    /// The parameter's name, with the rows where it is a part: `qkv.weight[0..<192]`.
    public var name: String { parameter + (part.map { "[\($0)]" } ?? "") }

    /// The site's elements in a Program.
    public func weight(in program: Program) throws -> Tensor {
        let weight = try program.tensor(parameter)
        return try part.map { try weight.sliced($0).contiguous() } ?? weight
    }

    /// The site's elements as matrices, `[blocks, rows, columns]`.
    public func matrices(in program: Program) throws -> Tensor {
        try form.matrices(of: weight(in: program), blocks: matrices.blocks)
    }
}

extension Program {
    /// The parameters that nodes read as matrices, in the order of their first use.
    ///
    /// A parameter that is read in two ways, or by another operator too, is not among them. One that holds several
    /// matrices is one site a matrix, next to each other.
    public var weightSites: [WeightSite] {
        let readers = self.readers
        let fused = FusedRows(self, readers: readers)
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
                let parts =
                    form is LinearForm && uses.count == 1
                    ? fused.runs(of: node, rows: matrices.rows) : nil
                for part in parts.map({ $0.map(Optional.some) }) ?? [nil] {
                    sites.append(
                        WeightSite(
                            parameter: value.name, part: part,
                            shape: [part?.count ?? stored.shape[0]] + stored.shape.dropFirst(),
                            form: form,
                            matrices: part.map {
                                MatrixShape(rows: $0.count, columns: matrices.columns)
                            } ?? matrices, nodes: uses))
                }
            }
        }
        return sites
    }
}
