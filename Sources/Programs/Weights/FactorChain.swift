import OrderedCollections

/// The factors of a weight, W = F(N-1) · … · F(0), and the nodes that multiply them.
public struct FactorChain: Sendable {
    /// One factor.
    public struct Factor: Hashable, Sendable {
        /// The value that it is stored under.
        public let value: Value
        /// How it is stored.
        public let storage: FactorStorage

        /// Makes a factor.
        public init(_ value: Value, stored storage: FactorStorage) {
            self.value = value
            self.storage = storage
        }

        /// Its matrices.
        public var matrices: MatrixShape { storage.layout.matrices }
        /// The outputs of each of its matrices.
        public var outputs: Int { matrices.rows }
        /// The inputs of each of its matrices.
        public var inputs: Int { matrices.columns }
    }

    /// The factors, the one next to the input first; one at least.
    public let factors: [Factor]

    /// Makes a chain.
    public init(_ factors: [Factor]) { self.factors = factors }

    /// How many matrices each factor holds.
    public var blocks: Int { factors[0].matrices.blocks }

    /// The chain of the transposed product.
    public var transposed: FactorChain {
        FactorChain(factors.reversed().map { Factor($0.value, stored: $0.storage.transposed) })
    }

    /// The matrices of the product of some of the factors.
    public func matrices(of range: Range<Int>) -> MatrixShape {
        MatrixShape(
            blocks: blocks, rows: factors[range.upperBound - 1].outputs,
            columns: factors[range.lowerBound].inputs)
    }

    /// The multiply-accumulates of multiplying some of the factors with each other, in the best order.
    public func macs(multiplying range: Range<Int>) -> Int { blocks * best(range).macs }

    /// The nodes that multiply some of the factors with each other, in the order that takes the fewest
    /// multiply-accumulates.
    ///
    /// - Parameters:
    ///   - range: which factors; more than one.
    ///   - result: the value of the product.
    ///   - storage: how the product is stored.
    public func nodes(
        multiplying range: Range<Int>, into result: Value, stored storage: FactorStorage
    ) -> [Node] {
        var nodes: [Node] = []
        var products = 0
        /// Appends what computes the matrices of a part, and gives their value.
        func matrices(_ part: Range<Int>, _ name: Value?) -> Value {
            guard part.count > 1 else {
                let factor = factors[part.lowerBound]
                let matrix = Value("\(result).matrix.\(part.lowerBound - range.lowerBound)")
                let views = factor.storage.layout.nodes(
                    reading: factor.value, of: factor.storage.shape, into: matrix)
                nodes += views
                return views.isEmpty ? factor.value : matrix
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
        let product = Value("\(result).product")
        let writing = storage.layout.nodes(writing: product, as: storage.shape, into: result)
        _ = matrices(range, writing.isEmpty ? result : product)
        return nodes + writing
    }

    /// The nodes that take the place of a node that reads the weight: each factor applied to the result of the
    /// one before.
    ///
    /// - Parameters:
    ///   - node: the node.
    ///   - form: how it reads the weight; a form that takes factors.
    ///   - reading: what it reads.
    ///   - fresh: a value of its own for a name that may be taken.
    public func nodes(
        applyingTo node: Node, by form: any WeightForm, _ reading: WeightReading,
        fresh: (String) -> Value
    ) -> [Node] {
        var nodes: [Node] = []
        let values = factors.enumerated().map { index, factor -> Value in
            let wanted = form.storage(
                of: factor.matrices, at: ChainPlace(index, of: factors.count), of: reading)
            guard wanted != factor.storage else { return factor.value }
            let value = fresh("\(factor.value.name.identifier)_turned")
            nodes += factor.storage.nodes(from: factor.value, to: wanted, into: value)
            return value
        }
        let stem = node.output?.name ?? "layer"
        let inner = factors.dropLast().map { _ in fresh("\(stem)_inner") }
        return nodes + form.applying(values, inner: inner, in: node, reading)
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
    /// The most factors that are looked for: what is chosen among grows with their number.
    private static let most = 12

    /// Finds the factors that what a node reads is the product of.
    ///
    /// - Returns: nil where it is not a product of stored tensors, or of more than twelve, or where a part of the
    ///   product is read elsewhere too.
    init?(of reading: WeightReading, in context: WeightContext) {
        let program = context.program
        func isReadOnce(_ value: Value) -> Bool {
            context.readers[value]?.count == 1 && !context.outputs.contains(value)
        }
        /// The factors below a value, of which these dimensions are blocks, rows and columns.
        func factors(_ reading: WeightReading, depth: Int) -> [Factor]? {
            guard let origin = context.origin(of: reading.value),
                let layout = reading.layout(in: origin.view),
                origin.passed.allSatisfy(isReadOnce), let shape = context.shape(of: origin.root),
                shape.count >= 2
            else { return nil }
            guard let index = context.producers[origin.root] else {
                guard program.tensors[origin.root.name] != nil,
                    layout.isWhole(of: shape.reduce(1, *))
                else { return nil }
                return [Factor(origin.root, stored: FactorStorage(shape: shape, layout: layout))]
            }
            let node = program.nodes[index]
            guard node.operation == "aten.matmul.default", isReadOnce(origin.root),
                layout == Self.plain(shape).layout, let left = node.value("self"),
                let right = node.value("other"), let first = matrix(right, depth: depth + 1),
                let rest = matrix(left, depth: depth + 1)
            else { return nil }
            return first + rest
        }
        func matrix(_ value: Value, depth: Int) -> [Factor]? {
            guard depth < Self.most, let shape = context.shape(of: value),
                shape.count == 2 || shape.count == 3
            else { return nil }
            let last = shape.count - 1
            return factors(
                WeightReading(
                    value, sizes: shape, blocks: Array(0..<(last - 1)), rows: [last - 1],
                    columns: [last]), depth: depth)
        }
        guard let found = factors(reading, depth: 0), (2...Self.most).contains(found.count),
            found.allSatisfy({ $0.matrices.blocks == found[0].matrices.blocks })
        else { return nil }
        self.init(found)
    }

    /// Matrices as they are multiplied.
    private static func plain(_ shape: [Int]) -> FactorStorage {
        let last = shape.count - 1
        return FactorStorage(
            shape, blocks: Array(0..<(last - 1)), rows: [last - 1], columns: [last])
    }
}
