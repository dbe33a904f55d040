/// Chooses a rank for every layer.
///
/// A new allocator is a new type that conforms.
public protocol Allocator: Sendable {
    /// Chooses ranks, each from 1 to the number of the layer's components; at the full rank a layer stays as it is.
    ///
    /// - Throws: where no choice meets the budget, with the smallest that can be reached.
    func ranks(for problem: AllocationProblem) throws -> [Int]
}
