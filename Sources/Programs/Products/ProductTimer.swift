import OrderedCollections
import Tensors

/// Times the ways of a layer alone, forward and backward, on random numbers.
///
/// Layers of the same kind and sizes are timed once.
struct ProductTimer {
    private let program: Program
    private let batch: Int
    private let producers: [Value: Int]
    /// The values that gradients pass on the way to some parameter.
    private let trained: Set<Value>
    private var found: [Signature: [Range<Int>]] = [:]

    /// How many times each way is run, in turns; the shortest time counts.
    private static let rounds = 5
    /// The share of the cheapest way's time that another has to stay below: times vary by as much.
    private static let advantage = 0.97

    /// What a layer's times depend on.
    private struct Signature: Hashable {
        let operation: OperatorName
        let settings: [Node.NamedArgument]
        let sizes: [[Int]]
        let widths: [Int]
        let trained: [Bool]
    }

    init(_ program: Program, batch: Int) {
        self.program = program
        self.batch = batch
        producers = program.producers
        var trained = Set(program.parameterNames.map { Value($0) })
        for node in program.nodes where node.inputs.contains(where: trained.contains) {
            trained.formUnion(node.outputs.compactMap { $0 })
        }
        self.trained = trained
    }

    /// The fastest of some ways, the first of which is the cheapest; the first where they cannot be timed.
    mutating func fastest(of ways: [[Range<Int>]], for layer: ProductLayer) -> [Range<Int>]? {
        guard ways.count > 1, let cheapest = ways.first else { return ways.first }
        let others = layer.node.inputs.filter { $0 != layer.reading.value }
        let sizes = others.map { program.type(of: $0)?.tensor?.sizes ?? [] }
            .map { $0.compactMap { $0.evaluated(at: ["batch": batch]) } }
        let signature = Signature(
            operation: layer.node.operation,
            settings: layer.node.arguments.filter { $0.argument.values.isEmpty }, sizes: sizes,
            widths: layer.widths, trained: others.map(trained.contains))
        if let known = found[signature] { return known }
        guard let seconds = try? seconds(of: ways, for: layer, others, sizes) else {
            return cheapest
        }
        let best = zip(ways, seconds).min { $0.1 < $1.1 } ?? (cheapest, 0)
        let way = best.1 < Self.advantage * seconds[0] ? best.0 : cheapest
        found[signature] = way
        return way
    }

    private func seconds(
        of ways: [[Range<Int>]], for layer: ProductLayer, _ others: [Value], _ sizes: [[Int]]
    ) throws -> [Double] {
        let alone = try self.alone(layer, others, sizes)
        var generator = Generator(seed: 0)
        let runs = try ways.map { way in
            var network = alone
            network.nodes = alone.nodes.dropLast()
            layer.append(way, to: &network)
            return try Runner(network.withoutUnused().propagated())
        }
        let inputs = try zip(others, sizes).map { value, shape in
            let tensor = try Tensor.normal(shape, using: &generator)
            return trained.contains(value) ? try tensor.trainable() : tensor
        }
        var tensors: [String: Tensor] = [:]
        for (name, stored) in alone.tensors {
            tensors[name] = try Tensor.normal(stored.shape, deviation: 0.1, using: &generator)
                .trainable()
        }
        let leaves = inputs.filter(\.requiresGradient) + tensors.values
        var best = [Double](repeating: .infinity, count: ways.count)
        // The first round warms up and does not count.
        for round in 0...Self.rounds {
            for (index, run) in runs.enumerated() {
                let clock = ContinuousClock()
                let time = try clock.measure {
                    let output = try run.run(
                        inputs, mode: .training, tensors: tensors, generator: &generator
                    ).results[0]
                    _ = try gradients(
                        of: [output], weights: [.ones(output.shape)], with: leaves)
                }
                guard round > 0 else { continue }
                best[index] = min(best[index], time / .seconds(1))
            }
        }
        return best
    }

    /// A Program of the layer and the nodes of its product, the layer last.
    private func alone(
        _ layer: ProductLayer, _ others: [Value], _ sizes: [[Int]]
    ) throws -> Program {
        var needed: Set<Int> = []
        var tensors: Set<String> = []
        var pending = [layer.reading.value]
        while let value = pending.popLast() {
            if program.tensors[value.name] != nil { tensors.insert(value.name) }
            guard let index = producers[value], needed.insert(index).inserted else { continue }
            pending += program.nodes[index].inputs
        }
        var types: [Value: ValueType] = [:]
        for (value, shape) in zip(others, sizes) {
            guard let type = program.type(of: value)?.tensor, type.scalarType == .float32,
                type.sizes.count == shape.count
            else { throw ProgramError(.unsupported, "\(value) cannot be drawn at random") }
            types[value] = .tensor(TensorType(.float32, shape.map(Size.fixed)))
        }
        return try Program(
            inputs: others, nodes: needed.sorted().map { program.nodes[$0] } + [layer.node],
            outputs: layer.node.output.map { [.result($0)] } ?? [],
            tensors: program.tensors.filter { tensors.contains($0.key) }, types: types,
            dimensions: [:]
        ).propagated()
    }
}
