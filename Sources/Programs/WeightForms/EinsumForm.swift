public import Tensors

/// `aten.einsum` of an input and a weight whose equation is a plain contraction: every letter of the weight
/// is summed over (a column), given in the result (a row), or shared by all three (a block).
///
/// A chain is such contractions one after the other, so that `bsd,hdk->bshk` becomes `bsd,ad->bsa` and
/// `bsa,hka->bshk`.
public struct EinsumForm: WeightForm {
    /// `einsum`.
    public let name = "einsum"

    /// Makes the form.
    public init() {}

    /// The operand that depends on parameters alone, where the other does not.
    public func readings(of node: Node, in context: WeightContext) -> [WeightReading] {
        guard let call = Call(node) else { return [] }
        let alone = call.operands.map { context.isOfParametersAlone($0) }
        guard alone[0] != alone[1], let roles = call.roles(weight: alone[0] ? 0 : 1),
            let sizes = context.shape(of: call.operands[alone[0] ? 0 : 1]),
            sizes.count == roles.weight.count
        else { return [] }
        func axes(_ letters: [String]) -> [Int] {
            letters.compactMap { roles.weight.firstIndex(of: $0) }
        }
        let operand = alone[0] ? 0 : 1
        return [
            WeightReading(
                call.operands[operand], sizes: sizes, blocks: axes(roles.blocks),
                rows: axes(roles.rows), columns: axes(roles.columns), operand: operand)
        ]
    }

    /// An equation that is more than a contraction has no matrices.
    public func refusal(of value: Value, in node: Node, _ context: WeightContext) -> String? {
        guard node.operation == "aten.einsum.default", case .string(let text) = node["equation"]
        else { return nil }
        return "the equation \(text) is no plain contraction of an input with it"
    }

    /// Both operands.
    public func inputs(of node: Node) -> [Value] { Call(node)?.operands ?? [] }

    /// Over the input's letters that are neither summed over nor shared.
    public func moments(
        of reading: WeightReading, in node: Node, values: (Value) throws -> Tensor
    ) throws -> (sum: Moments, count: Int) {
        guard let call = Call(node), let roles = call.roles(weight: reading.operand) else {
            throw ProgramError(.invalid, "no einsum of known form: \(node)")
        }
        let input = try values(call.operands[1 - reading.operand])
        // The place of each letter; the dimensions of the ellipsis lie where no letter does.
        var places: [String: Int] = [:]
        let hidden = input.rank - (roles.input.count - 1)
        var place = 0
        for letter in roles.input {
            places[letter] = place
            place += letter == EinsumEquation.ellipsis ? hidden : 1
        }
        let blocks = roles.blocks.compactMap { places[$0] }
        let columns = roles.columns.compactMap { places[$0] }
        let others = (0..<input.rank).filter { !blocks.contains($0) && !columns.contains($0) }
        func size(_ axes: [Int]) -> Int { axes.reduce(1) { $0 * input.shape[$1] } }
        return try Moments.ofRows(
            input.permuted(blocks + others + columns)
                .reshaped(to: [size(blocks), size(others), size(columns)]))
    }

    /// The weight's own letters in the order blocks, rows, columns; the inner size in place of the rows for all
    /// but the last, and in place of the columns for all but the first.
    public func storage(
        of factor: MatrixShape, at place: ChainPlace, of reading: WeightReading
    ) -> FactorStorage {
        let blocks = reading.blocks.map { reading.sizes[$0] }
        let rows = place.isLast ? reading.rows.map { reading.sizes[$0] } : [factor.rows]
        let columns = place.isFirst ? reading.columns.map { reading.sizes[$0] } : [factor.columns]
        let (first, second) = (blocks.count, blocks.count + rows.count)
        return FactorStorage(
            blocks + rows + columns, blocks: Array(0..<first), rows: Array(first..<second),
            columns: Array(second..<(second + columns.count)))
    }

    /// One contraction after the other.
    public func applying(
        _ factors: [Value], inner: [Value], in node: Node, _ reading: WeightReading
    ) -> [Node] {
        guard let call = Call(node), let roles = call.roles(weight: reading.operand) else {
            return [node]
        }
        let ranks = call.equation.fresh(factors.count - 1).map { [$0] }
        let kept = roles.input.filter { !roles.columns.contains($0) }
        return factors.indices.map { index in
            let isLast = index == factors.count - 1
            let before = index == 0 ? roles.columns : ranks[index - 1]
            let after = isLast ? roles.rows : ranks[index]
            let equation = EinsumEquation(
                index == 0 ? roles.input : kept + before, roles.blocks + after + before,
                isLast ? call.equation.result : kept + after)
            var part = node
            part["equation"] = .string(equation.text)
            let input = index == 0 ? call.operands[1 - reading.operand] : inner[index - 1]
            part["tensors"] = .list([.value(input), .value(factors[index])])
            // NB: a path is for more than two operands.
            part["path"] = nil
            if !isLast { part.outputs = [inner[index]] }
            return part
        }
    }

    /// A node's equation with its two operands.
    private struct Call {
        let equation: EinsumEquation
        let operands: [Value]

        init?(_ node: Node) {
            guard node.operation == "aten.einsum.default",
                case .string(let text) = node["equation"],
                case .list(let tensors) = node["tensors"],
                let equation = EinsumEquation(text), equation.operands.count == 2
            else { return nil }
            self.equation = equation
            operands = tensors.compactMap { if case .value(let value) = $0 { value } else { nil } }
            // Letters are left for the ranks.
            guard operands.count == 2, tensors.count == 2, equation.fresh(12).count == 12 else {
                return nil
            }
        }

        /// What the letters are for; nil where the equation is more than a contraction.
        func roles(weight position: Int) -> (
            input: [String], weight: [String], blocks: [String], rows: [String], columns: [String]
        )? {
            let (weight, input) = (equation.operands[position], equation.operands[1 - position])
            let (inInput, inResult) = (Set(input), Set(equation.result))
            guard Set(weight).count == weight.count, inInput.count == input.count,
                inResult.count == equation.result.count, !weight.contains(EinsumEquation.ellipsis),
                weight.allSatisfy({ inInput.contains($0) || inResult.contains($0) }),
                input.allSatisfy({ weight.contains($0) || inResult.contains($0) })
            else { return nil }
            let blocks = weight.filter { inInput.contains($0) && inResult.contains($0) }
            let rows = weight.filter { !inInput.contains($0) }
            let columns = weight.filter { !inResult.contains($0) }
            return rows.isEmpty || columns.isEmpty ? nil : (input, weight, blocks, rows, columns)
        }
    }
}
