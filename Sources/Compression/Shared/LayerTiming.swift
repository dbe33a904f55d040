public import Programs
import OrderedCollections
public import Tensors

/// How long one layer takes before and after it was split.
public struct LayerTiming: Sendable {
    /// The weight's name before.
    public let weight: String
    /// Seconds for a batch as one layer.
    public let dense: Double
    /// Seconds for a batch as two.
    public let split: Double

    /// Whether the two take longer than the one.
    public var isSlower: Bool { split > dense }

    /// Times every layer that a plan splits, beside its dense form.
    ///
    /// A product that stands before an operator is not timed, nor is a layer that reads more than its input.
    ///
    /// - Parameters:
    ///   - plan: which layers.
    ///   - program: the network before.
    ///   - batch: the examples in a batch.
    ///   - given: what the network reads, of as many examples; where it is nil, layers read random numbers of the sizes
    ///     that are known.
    public static func measured(
        _ plan: Plan, of program: Program, batch: Int, reading given: [Tensor]? = nil
    ) throws -> [LayerTiming] {
        try measured(
            plan.layers.filter { $0.rank != nil }.map(\.weight), of: program,
            in: Truncate(plan).apply(to: program).program, batch: batch, reading: given)
    }

    /// Times every layer of a network that was cut, and tuned since perhaps, beside its dense form.
    ///
    /// - Parameters:
    ///   - small: the network as it is now.
    ///   - program: the network that it was cut from.
    ///   - batch: the examples in a batch.
    ///   - given: what the network reads, as above.
    public static func measured(
        _ small: Program, cutFrom program: Program, batch: Int, reading given: [Tensor]? = nil
    ) throws -> [LayerTiming] {
        try measured(
            program.weightSites.filter { small.tensors[$0.parameter] == nil }.map(\.name),
            of: program, in: small, batch: batch, reading: given)
    }

    private static func measured(
        _ weights: [String], of program: Program, in small: Program, batch: Int,
        reading given: [Tensor]?
    ) throws -> [LayerTiming] {
        let sites = Dictionary(uniqueKeysWithValues: program.weightSites.map { ($0.name, $0) })
        let values = try given.map { given in
            let wanted = weights.compactMap { sites[$0]?.input(in: program) }
            return try program.values(wanted, reading: given)
        }
        return try weights.compactMap { weight in
            guard let site = sites[weight], !site.isStored,
                let output = program.nodes[site.nodes[0]].output,
                let input = site.input(in: program)
            else { return nil }
            let programs = try [program, small].compactMap {
                try $0.isolated(from: input, to: output)
            }
            guard programs.count == 2 else { return nil }
            let times = try Latency.measured(
                of: programs, batch: batch, reading: values.flatMap { $0[input] }.map { [$0] },
                rounds: 40, limit: 1)
            return LayerTiming(
                weight: weight, dense: times[0].seconds, split: times[1].seconds)
        }
    }
}

extension WeightSite {
    /// What its first use reads beside the weight.
    fileprivate func input(in program: Program) -> Value? {
        form.inputs(of: program.nodes[nodes[0]]).first { $0 != uses[0].reading.value }
    }
}

extension Program {
    /// Values that a run computes.
    fileprivate func values(_ wanted: [Value], reading inputs: [Tensor]) throws -> [Value: Tensor] {
        var generator = Generator(seed: 0)
        let computed = wanted.filter { tensors[$0.name] == nil }
        return try withoutGradients {
            try Runner(self).run(
                inputs, mode: .inference, wanted: computed, generator: &generator
            ).values
        }
    }

    /// The part of the Program that computes one value from another; nil where it needs more than that one.
    func isolated(from input: Value, to output: Value) throws -> Program? {
        guard let type = type(of: input) else {
            throw ProgramError(.name, "the Program has no value named \(input)")
        }
        var part = self
        let producers = self.producers
        var needed = Set<Int>()
        var pending = [output]
        while let value = pending.popLast() {
            guard value != input, let index = producers[value] else {
                guard value == input || tensors[value.name] != nil else { return nil }
                continue
            }
            if needed.insert(index).inserted { pending += nodes[index].inputs }
        }
        part.inputs = [input]
        part.nodes = needed.sorted().map { nodes[$0] }
        part.outputs = [.result(output)]
        part.types[input] = type
        part.marks = [:]
        return part.withoutUnused()
    }
}
