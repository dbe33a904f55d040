import OrderedCollections
public import Programs
import Tensors

/// How long a network takes for a batch on this machine.
public struct Latency: Hashable, Sendable, Codable {
    /// The examples in the batch.
    public let batch: Int
    /// The median, in seconds.
    public let seconds: Double
    /// The tenth percentile, in seconds.
    public let low: Double
    /// The ninetieth percentile, in seconds.
    public let high: Double

    /// Measures networks side by side: one after the other, round after round, so that a machine's moods
    /// meet them alike.
    ///
    /// - Parameters:
    ///   - programs: of one input each, of the same shape.
    ///   - batch: the examples in a batch.
    ///   - rounds: how often each is run; ten more runs come first and do not count.
    /// - Returns: one for each, in order.
    public static func measured(
        of programs: [Program], batch: Int, rounds: Int = 100
    ) throws -> [Latency] {
        let runners = try programs.map { try Runner($0) }
        var generator = Generator(seed: 0)
        let inputs = try programs.map { program in
            try program.sampleInput(batch: batch, using: &generator)
        }
        var seconds = [[Double]](repeating: [], count: programs.count)
        let clock = ContinuousClock()
        for round in -10..<rounds {
            for (index, runner) in runners.enumerated() {
                let elapsed = try clock.measure { _ = try runner(inputs[index]) }
                if round >= 0 { seconds[index].append(elapsed / .seconds(1)) }
            }
        }
        return seconds.map { Latency(batch: batch, $0.sorted()) }
    }

    private init(batch: Int, _ sorted: [Double]) {
        func at(_ share: Double) -> Double { sorted[Int(share * Double(sorted.count - 1))] }
        self.batch = batch
        seconds = at(0.5)
        low = at(0.1)
        high = at(0.9)
    }
}

extension Program {
    /// Random numbers of the shape of the only input.
    func sampleInput(batch: Int, using generator: inout Generator) throws -> Tensor {
        guard inputs.count == 1, let type = type(of: inputs[0])?.tensor else {
            throw ProgramError(.unsupported, "only networks of one input can be timed so far")
        }
        let sizes = Dictionary(
            uniqueKeysWithValues: dimensions.map { name, range in
                (name, min(max(name == "batch" ? batch : 16, range.lowerBound), range.upperBound))
            })
        let shape = type.sizes.compactMap { $0.evaluated(at: sizes) }
        guard shape.count == type.sizes.count else {
            throw ProgramError(.unsupported, "the sizes of \(inputs[0]), \(type), are not known")
        }
        // Whole numbers are mostly indices, of which 0 and 1 are in most tables.
        return type.scalarType.isFloatingPoint
            ? try Tensor.normal(shape, using: &generator).converted(to: type.scalarType)
            : try Tensor.uniform(shape, to: 2, using: &generator).converted(to: type.scalarType)
    }
}
