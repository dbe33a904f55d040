import OrderedCollections
import Programs
import Tensors

extension Optimizer {
    /// The state after its Program was rewritten.
    ///
    /// Of a projected parameter the means are projected in the same way, and the means of squares as if the elements of a
    /// gradient were uncorrelated: they are of the elements of a matrix in one basis, and tell nothing of another.
    func carried(over rewritten: Rewritten) throws -> [String: [String: Tensor]] {
        var carried: [String: [String: Tensor]] = [:]
        for change in rewritten.changes {
            guard let parts = state[change.tensor],
                let shape = rewritten.program.tensors[change.tensor]?.shape
            else { continue }
            var moved: [String: Tensor] = [:]
            for (part, tensor) in parts {
                let role = role(of: part)
                guard let tensor = try change.applied(to: tensor, role, rewritten) else { continue }
                guard role == .count || tensor.shape == shape else { continue }
                moved[part] = tensor
            }
            // A state is whole, or begins anew.
            if moved.count == parts.count { carried[change.tensor] = moved }
        }
        return carried
    }
}

extension Change {
    /// A tensor of an optimizer's state after the change; nil where there is none.
    fileprivate func applied(
        to tensor: Tensor, _ role: OptimizerStateRole, _ rewritten: Rewritten
    ) throws -> Tensor? {
        switch kind {
        case .kept: return tensor
        case .sliced(let axis, let indices):
            guard role != .count else { return tensor }
            return try tensor.selecting(Tensor(indices), along: axis).contiguous()
        case .projected:
            guard let projection = rewritten.projections[self.tensor] else { return nil }
            switch role {
            case .count: return tensor
            case .mean: return try projection(tensor)
            case .meanSquare: return try projection.ofSquares(tensor)
            }
        case .replaced, .dropped: return nil
        }
    }
}

extension Rewritten {
    /// Whether the changes say that the Program computes the same: no parameter was replaced, sliced or dropped.
    var keepsFunction: Bool {
        changes.allSatisfy { $0.kind == .kept || $0.kind == .projected }
    }
}
