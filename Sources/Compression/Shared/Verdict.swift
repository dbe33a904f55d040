public import Datasets
public import Interchange
public import Programs
public import Training

/// What compression cost and what it brought, measured on the file as written and read back.
public struct Verdict: Sendable {
    /// What was measured of one network.
    public struct Side: Sendable {
        /// Parameters, bytes and multiply-accumulates.
        public let cost: Cost
        /// How well it does.
        public let evaluation: Evaluation
        /// How long a batch of one takes.
        public let single: Latency
        /// How long a batch of 128 takes.
        public let batch: Latency
    }

    /// The network before.
    public let reference: Side
    /// The network in the file.
    public let compressed: Side
    /// The file's bytes on disk.
    public let fileBytes: Int

    /// Evaluates and times both, side by side.
    public init(
        comparing reference: Program, with file: ModelFile, on examples: Examples
    ) throws {
        let programs = [reference, file.program]
        let single = try Latency.measured(of: programs, batch: 1, on: examples)
        let batch = try Latency.measured(of: programs, batch: 128, on: examples)
        let sides = try programs.enumerated().map { index, program in
            Side(
                cost: program.cost, evaluation: try Evaluation(of: program, on: examples),
                single: single[index], batch: batch[index])
        }
        self.reference = sides[0]
        compressed = sides[1]
        fileBytes = file.fileBytes
    }

    /// The accuracy that was lost, in percentage points; negative where some was won.
    public var lostPoints: Double {
        (reference.evaluation.accuracy - compressed.evaluation.accuracy) * 100
    }

    /// How many times as fast a batch of 128 is.
    public var speedup: Double { reference.batch.seconds / compressed.batch.seconds }
}

extension Verdict: CustomStringConvertible {
    /// One sentence.
    public var description: String {
        let kept = Double(compressed.cost.parameters) / Double(max(reference.cost.parameters, 1))
        return
            "keeps \(decimal(kept * 100, 1)) % of the parameters, "
            + "\(lostPoints >= 0 ? "loses" : "gains") \(decimal(abs(lostPoints), 2)) points of accuracy "
            + "(\(decimal(compressed.evaluation.accuracy * 100, 2)) %, 95 % interval "
            + "\(decimal(compressed.evaluation.accuracyLow * 100, 2)) to "
            + "\(decimal(compressed.evaluation.accuracyHigh * 100, 2))), and takes "
            + "\(decimal(1 / speedup, 2)) of the time at batch 128"
    }

    private func decimal(_ number: Double, _ places: Int) -> String {
        var scale = 1.0
        for _ in 0..<places { scale *= 10 }
        let whole = Int((number * scale).rounded())
        let digits = String(abs(whole) + Int(scale))
        let text = "\(abs(whole) / Int(scale)).\(digits.suffix(places))"
        return (whole < 0 ? "-" : "") + text
    }
}
