import OrderedCollections

/// The factors of a weight, W = F(N-1) · … · F(0), and the nodes that multiply them.
public struct FactorChain: Sendable {
    /// One factor.
    public struct Factor: Hashable, Sendable {
        /// The value that it is stored under.
        public let value: Value
        /// The outputs of each of its matrices.
        public let outputs: Int
        /// The inputs of each of its matrices.
        public let inputs: Int

        /// Makes a factor.
        public init(_ value: Value, outputs: Int, inputs: Int) {
            self.value = value
            self.outputs = outputs
            self.inputs = inputs
        }
    }

    /// How the weight is read.
    public let form: any WeightForm
    /// The matrices in the weight.
    public let blocks: Int
    /// The weight's shape.
    public let shape: [Int]
    /// The factors, the one next to the input first.
    public let factors: [Factor]

    /// Makes a chain.
    public init(form: any WeightForm, blocks: Int, shape: [Int], factors: [Factor]) {
        self.form = form
        self.blocks = blocks
        self.shape = shape
        self.factors = factors
    }

    /// The multiply-accumulates of multiplying some of the factors with each other, in the best order.
    public func macs(multiplying range: Range<Int>) -> Int { blocks * best(range).macs }

    /// The nodes that multiply some of the factors with each other, in the order that takes the fewest
    /// multiply-accumulates, into a tensor of the shape in which such a factor is stored.
    ///
    /// - Parameters:
    ///   - range: which factors; more than one.
    ///   - result: the value of the product.
    public func nodes(multiplying range: Range<Int>, into result: Value) -> [Node] {
        var nodes: [Node] = []
        var products = 0
        /// Appends what computes the matrices of a part, and gives their value.
        func matrices(_ part: Range<Int>, _ name: Value?) -> Value {
            guard part.count > 1 else {
                let index = part.lowerBound
                guard let view = matrixView(index, of: range, named: result) else {
                    return factors[index].value
                }
                nodes.append(view)
                return Value("\(result).matrix.\(index - range.lowerBound)")
            }
            let middle = best(part).middle
            let left = matrices(middle..<part.upperBound, nil)
            let right = matrices(part.lowerBound..<middle, nil)
            let output = name ?? Value("\(result).product.\(products)")
            if name == nil { products += 1 }
            nodes.append(
                Node(
                    "aten.matmul.default", ["self": .value(left), "other": .value(right)],
                    outputs: [output]))
            return output
        }
        let stored = storedShape(of: range)
        let matrixShape = self.matrixShape(of: range)
        let isTransposed = form.storesTransposed(range.lowerBound)
        let isMatrix = stored == matrixShape && !isTransposed
        let product = matrices(range, isMatrix ? result : Value("\(result).product"))
        if isTransposed {
            nodes.append(Self.transpose(product, result))
        } else if !isMatrix {
            nodes.append(Self.reshape(product, stored, result))
        }
        return nodes
    }

    /// The shape in which the product of some factors is stored.
    public func storedShape(of range: Range<Int>) -> [Int] {
        form.factorShape(
            range.lowerBound, blocks: blocks, outputs: factors[range.upperBound - 1].outputs,
            inputs: factors[range.lowerBound].inputs, weight: shape)
    }

    private func matrixShape(of range: Range<Int>) -> [Int] {
        let matrix = [factors[range.upperBound - 1].outputs, factors[range.lowerBound].inputs]
        return blocks == 1 ? matrix : [blocks] + matrix
    }

    /// The node that reads a stored factor as matrices; nil where it is stored as one.
    private func matrixView(_ index: Int, of range: Range<Int>, named result: Value) -> Node? {
        let factor = factors[index].value
        let output = Value("\(result).matrix.\(index - range.lowerBound)")
        if form.storesTransposed(index) { return Self.transpose(factor, output) }
        let matrix = matrixShape(of: index..<(index + 1))
        return storedShape(of: index..<(index + 1)) == matrix
            ? nil : Self.reshape(factor, matrix, output)
    }

    private static func reshape(_ value: Value, _ shape: [Int], _ output: Value) -> Node {
        Node(
            "aten.reshape.default", ["self": .value(value), "shape": .ints(shape)],
            outputs: [output])
    }

    private static func transpose(_ value: Value, _ output: Value) -> Node {
        Node(
            "aten.transpose.int", ["self": .value(value), "dim0": .int(0), "dim1": .int(1)],
            outputs: [output])
    }

    /// The cheapest way to multiply a part: its cost for one block, and where it is split last.
    private func best(_ part: Range<Int>) -> (macs: Int, middle: Int) {
        guard part.count > 1 else { return (0, part.lowerBound) }
        let outer = factors[part.upperBound - 1].outputs * factors[part.lowerBound].inputs
        let ways = part.dropFirst().map { middle in
            let parts =
                best(part.lowerBound..<middle).macs + best(middle..<part.upperBound).macs
            return (parts + outer * factors[middle].inputs, middle)
        }
        return ways.min { $0.0 < $1.0 } ?? (0, part.lowerBound)
    }
}

extension FactorChain {
    /// Finds the factors that a node's weight is the product of.
    ///
    /// - Returns: nil where it is not a product of stored tensors in the form of a chain, or where
    ///   a part of the product is read elsewhere too.
    init?(
        of node: Node, form: any WeightForm, in program: Program, producers: [Value: Int],
        readers: [Value: [Int]]
    ) {
        guard let weight = form.weight(of: node), producers[weight] != nil,
            let shape = program.type(of: weight)?.tensor?.shape,
            let matrices = form.matrices(in: node, shape: shape)
        else { return nil }
        let outputs = Set(program.outputs.map(\.value))
        /// The stored factors below a value with the values that are their matrices.
        func leaves(_ value: Value) -> [(stored: Value, matrix: Value)]? {
            guard let index = producers[value] else { return [(value, value)] }
            guard readers[value]?.count == 1, !outputs.contains(value) else { return nil }
            let inner = program.nodes[index]
            switch "\(inner.operation)" {
            case "aten.matmul.default":
                guard let left = inner.value("self"), let right = inner.value("other"),
                    let first = leaves(right), let rest = leaves(left)
                else { return nil }
                return first + rest
            case "aten.reshape.default", "aten.transpose.int":
                guard let source = inner.value("self") else { return nil }
                return producers[source] == nil ? [(source, value)] : leaves(source)
            default: return nil
            }
        }
        guard let leaves = leaves(weight), leaves.count > 1 else { return nil }
        let factors = leaves.compactMap { leaf -> Factor? in
            guard let matrix = program.type(of: leaf.matrix)?.tensor?.shape, matrix.count >= 2
            else { return nil }
            return Factor(
                leaf.stored, outputs: matrix[matrix.count - 2], inputs: matrix[matrix.count - 1])
        }
        self.init(form: form, blocks: matrices.blocks, shape: shape, factors: factors)
        let areStoredSo = factors.indices.allSatisfy { index in
            program.tensors[factors[index].value.name]?.shape
                == storedShape(of: index..<(index + 1))
        }
        guard factors.count == leaves.count, areStoredSo,
            factors[factors.count - 1].outputs == matrices.rows,
            factors[0].inputs == matrices.columns
        else { return nil }
    }
}
