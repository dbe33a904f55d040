import Reports
import Training

/// What the demonstration found: the rows of its table.
struct DemoReport: Encodable {
    /// One file.
    struct Row: Encodable {
        /// The number of factors that each weight had in training.
        let factors: Int
        let weightDecay: Double
        /// The share of the dense network's parameters, from 0 to 1.
        let keptParameters: Double
        let criterion: String
        let measurement: Measurement
        /// The accuracy less that of its own dense network.
        var gapToOwn = 0.0
        /// The accuracy less that of the best plain dense network.
        var gapToPlain = 0.0

        var accuracy: Double { measurement.evaluation?.accuracy ?? 0 }
        var isDense: Bool { keptParameters == 1 }

        private enum Keys: String, CodingKey {
            case factors, weightDecay, keptParameters, criterion, gapToOwn, gapToPlain
        }

        func encode(to encoder: any Encoder) throws {
            try measurement.encode(to: encoder)
            var keyed = encoder.container(keyedBy: Keys.self)
            try keyed.encode(factors, forKey: .factors)
            try keyed.encode(weightDecay, forKey: .weightDecay)
            try keyed.encode(keptParameters, forKey: .keptParameters)
            try keyed.encode(criterion, forKey: .criterion)
            try keyed.encode(gapToOwn, forKey: .gapToOwn)
            try keyed.encode(gapToPlain, forKey: .gapToPlain)
        }
    }

    let rows: [Row]
    let seed: UInt64
    let epochs: Int
    let threads: Int

    /// Fills in the gaps to each row's own dense network and to the plain one.
    static func addGaps(to rows: inout [Row]) {
        let dense = rows.filter(\.isDense)
        let plain = dense.filter { $0.factors == 1 }.map(\.accuracy).max() ?? 0
        for index in rows.indices {
            let own = dense.first { $0.factors == rows[index].factors }?.accuracy ?? 0
            rows[index].gapToOwn = rows[index].accuracy - own
            rows[index].gapToPlain = rows[index].accuracy - plain
        }
    }

    var table: TextTable {
        var table = TextTable([
            "N": .right, "decay": .right, "kept": .right, "criterion": .left, "accuracy": .right,
            "95 % interval": .right, "to own dense": .right, "to best plain": .right,
            "parameters": .right, "file": .right, "batch 1": .right, "batch 128": .right,
        ])
        for row in rows {
            let measured = row.measurement
            let interval = measured.evaluation.map {
                "\(Formatting.decimal($0.accuracyLow * 100, places: 1)) to "
                    + Formatting.decimal($0.accuracyHigh * 100, places: 1)
            }
            table.add([
                "\(row.factors)", "\(row.weightDecay)",
                Formatting.percent(row.keptParameters, places: 1),
                row.isDense ? "(dense)" : row.criterion, Formatting.percent(row.accuracy),
                interval ?? "", Formatting.points(row.gapToOwn), Formatting.points(row.gapToPlain),
                Formatting.count(measured.parameters), Formatting.bytes(measured.fileBytes),
                Formatting.duration(measured.secondsBatch1 ?? 0),
                Formatting.duration(measured.secondsBatch128 ?? 0),
            ])
        }
        return table
    }

    /// One sentence on the smallest networks, whichever way it goes.
    var verdict: String {
        let factors = rows.map(\.factors).max() ?? 1
        guard let small = rows.last(where: { $0.factors == factors && !$0.isDense }),
            let plain = rows.last(where: { $0.factors == 1 && !$0.isDense }),
            let dense = rows.first(where: { $0.factors == factors && $0.isDense }),
            let before = dense.measurement.secondsBatch128,
            let after = small.measurement.secondsBatch128
        else { return "Nothing was truncated." }
        let times = before / after
        return
            "Verdict: at \(Formatting.percent(small.keptParameters, places: 1)) of the parameters LoRITa with "
            + "N = \(factors) keeps \(Formatting.percent(small.accuracy)) "
            + "(\(Formatting.points(small.gapToOwn)) points to its own dense network, "
            + "\(Formatting.points(small.gapToPlain)) to the best plain dense one), plain training "
            + "\(Formatting.percent(plain.accuracy)); a batch of 128 is \(Formatting.decimal(times, places: 1)) "
            + "times as fast as dense."
    }
}
