public import Programs
public import Tensors
public import Training

/// Lets the products of factors decay, and not the factors.
///
/// M. Khodak, N. Tenenholtz, L. Mackey and N. Fusi, Initialization and Regularization of Factorized Neural Layers, ICLR
/// 2021, section 3.2: the penalty λ/2 · ‖F(N−1) ⋯ F(0)‖² on what the layer computes. Decay on factors, as LoRITa has it,
/// lowers ranks; once a rank is chosen there is nothing left to lower, and it does harm. Convolutions count as their
/// matrices, from the elements under the kernel to the outputs. Parameters that are no factor decay as the options say.
/// The decay is added to the gradients, also where the optimizer is AdamW.
public struct ProductDecay: TrainingHook {
    /// λ, 0 or more: what weight decay is to a weight of one matrix.
    public let coefficient: Double
    private var chains: [FactorChain] = []

    /// Makes the hook; the factors are found in the Program that trains.
    public init(_ coefficient: Double) { self.coefficient = coefficient }

    /// The factors.
    public mutating func ownDecay(in program: Program) throws -> Set<String> {
        chains = program.factorChains
        return Set(chains.flatMap { $0.factors.map(\.value.name) })
    }

    /// The gradients with those of the penalty.
    public mutating func beforeStep(
        _ progress: TrainingProgress, parameters: [String: Tensor], gradients: [String: Tensor]
    ) throws -> [String: Tensor] {
        guard coefficient > 0 else { return gradients }
        var result = gradients
        for factors in chains.map(\.factors) {
            let stored = factors.compactMap { parameters[$0.value.name] }
            guard stored.count == factors.count else { continue }
            let matrices = try zip(factors, stored).map { try $0.storage.layout.matrices(of: $1) }
            for (factor, penalty) in zip(factors, try Self.gradients(of: matrices)) {
                let name = factor.value.name
                guard let gradient = gradients[name] else { continue }
                result[name] = try gradient + factor.storage.tensor(of: penalty) * coefficient
            }
        }
        return result
    }

    /// The gradients of half the squared norm of a product in each of its factors.
    ///
    /// With L and R the products of what stands left and right of a factor F it is LᵀL · F · RRᵀ; the product itself, which is
    /// larger than all of these, is not computed.
    ///
    /// - Parameter matrices: the factors `[blocks, rows, columns]`, the one next to the input first; one at least.
    public static func gradients(of matrices: [Tensor]) throws -> [Tensor] {
        /// The Gram matrices of the products of all factors before each; nil for the empty product.
        func grams(_ matrices: [Tensor]) throws -> [Tensor?] {
            var found: [Tensor?] = [nil]
            for matrix in matrices.dropLast() {
                let inner = try found[found.count - 1].map { try matmul(matrix, $0) } ?? matrix
                found.append(try matmul(inner, matrix.transposed()))
            }
            return found
        }
        let right = try grams(matrices)
        let left = try grams(matrices.reversed().map { try $0.transposed() }).reversed()
        return try zip(matrices, zip(left, right)).map { matrix, sides in
            let product = try sides.1.map { try matmul(matrix, $0) } ?? matrix
            return try sides.0.map { try matmul($0, product) } ?? product
        }
    }
}
