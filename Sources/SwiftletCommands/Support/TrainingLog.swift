import Foundation
import Reports
import Training

/// The `metrics.jsonl` that `train` leaves.
enum TrainingLog {
    /// The epochs of a run's folder; nil where there are none.
    static func read(besides model: String) throws -> [EpochMetrics]? {
        guard let data = FileManager.default.contents(atPath: "\(model)/metrics.jsonl") else {
            return nil
        }
        // A line that another version wrote in another way is left out.
        let lines = data.split(separator: UInt8(ascii: "\n"))
        let epochs = lines.compactMap { try? JSONDecoder().decode(EpochMetrics.self, from: $0) }
        return epochs.isEmpty ? nil : epochs
    }

    /// Each weight's effective rank over the epochs; nil where it was not measured.
    static func table(_ epochs: [EpochMetrics]) -> TextTable? {
        guard let last = epochs.last?.layers, !last.isEmpty else { return nil }
        var table = TextTable([
            "weight": .left, "effective rank by epoch": .left, "first": .right, "last": .right,
            "Schatten": .right, "balancedness": .right,
        ])
        for (name, numbers) in last.sorted(by: { $0.key < $1.key }) {
            let ranks = epochs.compactMap { $0.layers?[name]?["effectiveRank"] }
            let decimal = { (number: Double?) in
                number.map { Formatting.decimal($0, places: 2) } ?? ""
            }
            table.add([
                name, Bars.heights(ranks, width: 24), decimal(ranks.first), decimal(ranks.last),
                decimal(numbers["schatten"]), decimal(numbers["balancedness"]),
            ])
        }
        return table
    }
}
