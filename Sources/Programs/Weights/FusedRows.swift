import OrderedCollections
import Tensors

/// Which rows of a linear layer's weight go which way, where one weight holds several matrices: queries, keys and
/// values of attention, for example, or a gate beside what it gates.
///
/// The layer's output is followed through operators that only rearrange elements, run on the rows' own numbers. Where
/// what arrives at the ends falls into runs of rows, each run is a matrix of its own.
struct FusedRows {
    private static let rearranging: Set<String> = [
        "alias", "chunk", "clone", "contiguous", "flatten", "movedim", "narrow", "permute",
        "reshape", "select", "slice", "split", "split_with_sizes", "squeeze", "swapaxes", "t",
        "tensor_split", "transpose", "unbind", "unflatten", "unsqueeze", "_unsafe_view", "view",
    ]

    private let program: Program
    private let readers: [Value: [Int]]

    init(_ program: Program, readers: [Value: [Int]]) {
        self.program = program
        self.readers = readers
    }

    /// The runs of rows that go different ways, in order; nil where all go one way, or rows of different
    /// ways lie mixed.
    func runs(of node: Node, rows: Int) -> [Range<Int>]? {
        guard let output = node.output, let users = readers[output],
            users.contains(where: { isRearranging(program.nodes[$0]) }),
            let type = program.type(of: output)?.tensor,
            let numbers = try? rowNumbers(type, rows)
        else { return nil }
        var ends: Set<[Int]> = []
        guard (try? follow(output, .tensor(numbers), &ends)) != nil else { return nil }
        let sorted = ends.sorted { ($0.first ?? 0) < ($1.first ?? 0) }
        let runs = sorted.compactMap { end -> Range<Int>? in
            guard let first = end.first, let last = end.last, last - first + 1 == end.count else {
                return nil
            }
            return first..<(last + 1)
        }
        let joins = zip(runs, runs.dropFirst()).allSatisfy { $0.upperBound == $1.lowerBound }
        guard runs.count == ends.count, runs.count > 1, joins, runs[0].lowerBound == 0,
            runs[runs.count - 1].upperBound == rows
        else { return nil }
        return runs
    }

    private func isRearranging(_ node: Node) -> Bool {
        node.operation.library == "aten" && Self.rearranging.contains(node.operation.name)
    }

    /// The output as it would be if every feature were its row's number.
    private func rowNumbers(_ type: TensorType, _ rows: Int) throws -> Tensor? {
        let sizes = type.sizes.map { $0.evaluated(at: smallDimensions) }
        let shape = sizes.compactMap { $0 }
        guard shape.count == sizes.count, shape.last == rows else { return nil }
        return try Tensor((0..<rows).map(Float.init)).expanded(to: shape)
    }

    private var smallDimensions: [String: Int] {
        Dictionary(
            uniqueKeysWithValues: program.dimensions.map { name, range in
                (name, min(max(2, range.lowerBound), range.upperBound))
            })
    }

    /// Collects the rows that arrive at each reader that does more than rearrange.
    private func follow(_ value: Value, _ operand: Operand, _ ends: inout Set<[Int]>) throws {
        let isOutput = program.outputs.contains { $0.value == value }
        var rearranged: [Node] = []
        var isEnd = isOutput
        for index in readers[value] ?? [] {
            let node = program.nodes[index]
            // NB: a size that is a value of its own is not known here.
            if isRearranging(node), node.inputs == [value] {
                rearranged.append(node)
            } else {
                isEnd = true
            }
        }
        if isEnd, let tensor = operand.tensor {
            ends.insert(Set(try tensor.elements(Float.self).map { Int($0) }).sorted())
        }
        for node in rearranged {
            let call = try Call(node) { _ in 0 }
            let results = try call.results(call.operands([operand]))
            for case (let output?, let result) in zip(node.outputs, results) {
                try follow(output, result, &ends)
            }
        }
    }
}
