public import Datasets
import OrderedCollections
public import Programs
public import Tensors
import Training

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
    ///   - programs: with inputs of the same shapes.
    ///   - batch: the examples in a batch.
    ///   - given: what they read, of as many examples; random numbers where it is nil.
    ///   - rounds: how often each is run; ten more runs come first and do not count. Where that would take over
    ///     `limit`, each is run less often, but at least five times after the first.
    ///   - limit: the seconds to spend on all of it.
    /// - Returns: one for each, in order.
    public static func measured(
        of programs: [Program], batch: Int, reading given: [Tensor]? = nil, rounds: Int = 100,
        limit: Double = 20
    ) throws -> [Latency] {
        let runners = try programs.map { try Runner($0) }
        var generator = Generator(seed: 0)
        let inputs = try programs.map { program in
            try given ?? program.sampleInputs(batch: batch, using: &generator)
        }
        var seconds = [[Double]](repeating: [], count: programs.count)
        let clock = ContinuousClock()
        let start = clock.now
        func spent() -> Double { (clock.now - start) / .seconds(1) }
        var round = -10
        while round < rounds {
            if spent() > limit / 10 { round = max(round, 0) }
            if spent() > limit, seconds[0].count >= min(5, rounds) { break }
            defer { round += 1 }
            for (index, runner) in runners.enumerated() {
                let elapsed = try clock.measure { try runner.run(inputs[index]) }
                if round >= 0 { seconds[index].append(elapsed / .seconds(1)) }
            }
        }
        return seconds.map { Latency(batch: batch, $0.sorted()) }
    }

    /// Measures networks on a batch of examples, over again where there are fewer.
    ///
    /// A network whose export has fixed how many examples it takes is measured on as many.
    public static func measured(
        of programs: [Program], batch: Int, on examples: Examples, rounds: Int = 100
    ) throws -> [Latency] {
        let size = programs.reduce(batch) { $1.batchSize($0) }
        return try measured(
            of: programs, batch: size, reading: examples.batch(filling: size).all, rounds: rounds)
    }

    private init(batch: Int, _ sorted: [Double]) {
        func at(_ share: Double) -> Double { sorted[Int(share * Double(sorted.count - 1))] }
        self.batch = batch
        seconds = at(0.5)
        low = at(0.1)
        high = at(0.9)
    }
}

extension Runner {
    /// Runs for nothing but the time.
    fileprivate func run(_ inputs: [Tensor]) throws {
        var generator = Generator(seed: 0)
        try withoutGradients {
            _ = try run(inputs, mode: .inference, generator: &generator)
        }
    }
}

extension Program {
    /// Random numbers of the inputs' shapes, with 16 for free sizes other than the batch.
    func sampleInputs(batch: Int, using generator: inout Generator) throws -> [Tensor] {
        let sizes = Dictionary(
            uniqueKeysWithValues: dimensions.map { name, range in
                (name, min(max(name == "batch" ? batch : 16, range.lowerBound), range.upperBound))
            })
        return try inputs.map { input in
            guard let type = type(of: input)?.tensor else {
                throw ProgramError(
                    .unsupported,
                    "\(input) is a number, and what to time with is not known; give data")
            }
            let shape = type.sizes.compactMap { $0.evaluated(at: sizes) }
            guard shape.count == type.sizes.count else {
                throw ProgramError(
                    .unsupported, "the sizes of \(input), \(type), are not known; give data")
            }
            // Whole numbers are mostly indices, of which 0 and 1 are in most tables.
            return type.scalarType.isFloatingPoint
                ? try Tensor.normal(shape, using: &generator).converted(to: type.scalarType)
                : try Tensor.uniform(shape, to: 2, using: &generator).converted(to: type.scalarType)
        }
    }
}
