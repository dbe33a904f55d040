import Compression
import Datasets
import Foundation
import Interchange
import Programs
import Reports
import Tensors
import Training

/// Truncates trained networks under every criterion and budget, and prints what is left as tables.
///
/// usage: truncation-table DATA FOLDER...
///
/// Each folder was written by `swiftlet train`. Among the folders of one N, validation picks one: the one
/// whose truncated networks are best in the mean over all budgets, under the criterion that is best for each.
/// The test split is read for the picked ones, and for those of the first decay named, for comparison
/// under one decay. Each truncated network is written to a file and read back before it is measured.
@main
enum TruncationTable {
    static let budgets = [0.5, 0.2, 0.1, 0.05, 0.03]

    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 2 else {
            print("usage: truncation-table DATA FOLDER...")
            exit(64)
        }
        let dataset = try Datasets.load(arguments[0])
        let sweeps = try arguments.dropFirst().map { try Sweep(folder: $0, dataset) }
        var validation = TextTable([
            "N": .right, "decay": .right, "dense": .right, "mean over the budgets": .right,
        ])
        for sweep in sweeps {
            validation.add([
                "\(sweep.factors)", "\(sweep.decay)", Formatting.percent(sweep.denseValidation),
                Formatting.percent(sweep.score),
            ])
        }
        print("On validation:\n\n" + validation.markdown)
        let picked = Dictionary(grouping: sweeps, by: \.factors).compactMapValues { runs in
            runs.max { $0.score < $1.score }?.folder
        }
        let firstDecay = sweeps[0].decay
        let shown = sweeps.filter { picked[$0.factors] == $0.folder || $0.decay == firstDecay }
        let ordered = shown.sorted { ($0.factors, $0.decay) < ($1.factors, $1.decay) }
        let tested = try ordered.map { ($0, try $0.tested(on: dataset.test)) }
        let plain =
            tested.filter { $0.0.factors == 1 && picked[1] == $0.0.folder }.map(\.1.dense).max()
            ?? 0
        var table = TextTable([
            "N": .right, "decay": .right, "dense": .right, "kept": .right, "raw": .right,
            "relative": .right, "whitened": .right, "best to best plain dense": .right,
        ])
        for (sweep, results) in tested {
            for (index, budget) in budgets.enumerated() {
                let cells = results.cells[index]
                let label =
                    "\(sweep.decay)\(picked[sweep.factors] == sweep.folder ? " (picked)" : "")"
                table.add(
                    [
                        "\(sweep.factors)", label, Formatting.percent(results.dense),
                        Formatting.percent(budget, places: 0),
                    ]
                        + cells.map { Formatting.percent($0) }
                        + [Formatting.points((cells.max() ?? 0) - plain)])
            }
        }
        print("On test:\n\n" + table.markdown)
    }
}

/// One trained network, truncated in every way.
struct Sweep {
    let folder: String
    let factors: Int
    let decay: Double
    let denseValidation: Double
    /// The mean over the budgets of the best criterion's accuracy on validation.
    let score: Double
    private let program: Program
    private let spectra: [Spectra]

    /// The parts of `run.json` that are needed here.
    private struct Record: Decodable {
        struct Composition: Decodable { let factors: Int }
        struct Training: Decodable { let weightDecay: Double }
        let composition: Composition
        let training: Training
    }

    init(folder: String, _ dataset: Dataset) throws {
        self.folder = folder
        let json = try Data(contentsOf: URL(fileURLWithPath: "\(folder)/run.json"))
        let record = try JSONDecoder().decode(Record.self, from: json)
        factors = record.composition.factors
        decay = record.training.weightDecay
        let program = try ModelFile(contentsOf: "\(folder)/model.pt2").program
        let profile = try Profile(of: program, on: dataset.training.prefix(2_048))
        spectra = try Criteria.all.map { try Spectra(of: program, by: $0, from: profile) }
        self.program = program
        denseValidation = try Evaluation(of: program, on: dataset.validation).accuracy
        let cells = try Self.cells(program, spectra, on: dataset.validation)
        score = cells.reduce(0) { $0 + ($1.max() ?? 0) } / Double(cells.count)
    }

    /// The dense accuracy, and one for each budget and criterion.
    func tested(on examples: Examples) throws -> (dense: Double, cells: [[Double]]) {
        (
            try Evaluation(of: program, on: examples).accuracy,
            try Self.cells(program, spectra, on: examples)
        )
    }

    private static func cells(
        _ program: Program, _ spectra: [Spectra], on examples: Examples
    ) throws -> [[Double]] {
        try TruncationTable.budgets.map { budget in
            try spectra.map { spectra in
                let plan = try Plan(for: program, keeping: .parameters(budget), from: spectra)
                let small = try Truncate(plan).apply(to: program).program
                let path = NSTemporaryDirectory() + "/truncated-\(UUID().uuidString).pt2"
                defer { try? FileManager.default.removeItem(atPath: path) }
                return try Evaluation(of: small.write(to: path).program, on: examples).accuracy
            }
        }
    }
}
