import Compression
import Datasets
import Foundation
import Interchange
import Programs
import Reports
import Tensors
import Training

/// Truncates trained networks one-shot under every criterion, and prints the test accuracies as a table.
///
/// usage: one-shot-table DATA FOLDER...
///
/// Each folder was written by `swiftlet import` or `swiftlet train`. One threshold over all layers decides the ranks, nothing is
/// tuned. The whitened criterion looks at 2,048 training examples; the last columns have the batch norms'
/// statistics measured anew on 5,000. Each truncated network is written to a file and read back before it is
/// measured. Before the table stands on how many test examples the network, composed of three balanced factors,
/// gives another top class than as it is.
@main
enum OneShotTable {
    static let budgets = [0.7, 0.5, 0.3]

    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 2 else {
            print("usage: one-shot-table DATA FOLDER...")
            exit(64)
        }
        keepFreedMemory()
        let dataset = try Datasets.load(arguments[0])
        var table = TextTable([
            "network": .left, "dense": .right, "kept": .right, "MACs kept": .right, "raw": .right,
            "relative": .right, "whitened": .right, "raw, BN anew": .right,
            "relative, BN anew": .right, "whitened, BN anew": .right,
        ])
        var splits = TextTable(
            columns: [("network", .left), ("dense", .right), ("kept", .right)]
                + ways.flatMap { [($0.title, .right), ("its MACs", .right)] })
        for folder in arguments.dropFirst() {
            try add(folder, dataset, to: &table, and: &splits)
        }
        print("\n" + table.markdown)
        print("Splits of convolutions, whitened:\n\n" + splits.markdown)
    }

    /// The splits of convolutions, each with the usual allocator, and the best with another too.
    private static let ways: [(title: String, choice: SplitChoice, allocator: any Allocator)] =
        ConvolutionSplit.allCases.map { ($0.rawValue, .fixed($0), GlobalThreshold()) } + [
            ("best", .best, GlobalThreshold()), ("best, per parameter", .best, ValuePerCost()),
        ]

    private static func add(
        _ folder: String, _ known: Dataset, to table: inout TextTable,
        and splits: inout TextTable
    ) throws {
        let name = URL(fileURLWithPath: folder).lastPathComponent
        let program = try ModelFile(contentsOf: "\(folder)/model.pt2").program
        let preprocessing = try program.preprocessing ?? known.preprocessing
        let training = known.training.with(preprocessing)
        let test = known.test.with(preprocessing)
        try compareComposed(program, name, on: test)
        let dense = try Evaluation(of: program, on: test).accuracy
        let start = Date()
        let profile = try Profile(of: program, on: training.prefix(2_048))
        let spectra = try Criteria.all.map { try Spectra(of: program, by: $0, from: profile) }
        let seconds = Formatting.decimal(Date().timeIntervalSince(start), places: 1)
        say("\(name): calibration and spectra took \(seconds) s")
        let recalibrating = Recalibrate(on: try training.prefix(5_000))
        for budget in budgets {
            let plans = try spectra.map {
                try Plan(for: program, keeping: .parameters(budget), from: $0)
            }
            let small = try plans.map { try Truncate($0).apply(to: program).program }
            let anew = try small.map { try recalibrating.apply(to: $0).program }
            let macs = small.map { Double($0.cost.macs ?? 0) / Double(program.cost.macs ?? 1) }
            let accuracies = try (small + anew).map { try measured($0, on: test) }
            table.add(
                [
                    name, Formatting.percent(dense), Formatting.percent(budget, places: 0),
                    macs.map { Formatting.percent($0, places: 0) }.joined(separator: ", "),
                ] + accuracies.map { Formatting.percent($0) })
            let cells = try ways.flatMap { way in
                let plan = try way.choice.plan(
                    for: program, by: .whitened, from: profile, standard: budget
                ) {
                    try Plan(
                        for: program, keeping: .parameters(budget), from: $0,
                        allocator: way.allocator)
                }
                let small = try Truncate(plan).apply(to: program).program
                let macs = Double(small.cost.macs ?? 0) / Double(program.cost.macs ?? 1)
                return [
                    Formatting.percent(try measured(small, on: test)),
                    Formatting.percent(macs, places: 0),
                ]
            }
            splits.add(
                [name, Formatting.percent(dense), Formatting.percent(budget, places: 0)] + cells)
        }
    }

    private static func compareComposed(
        _ program: Program, _ name: String, on test: Examples
    ) throws {
        let composed = try Compose(factors: 3).apply(to: program).program
        let classes = try [program, composed].map {
            try logits(of: $0, on: test).argmax(along: 1).elements(Int.self)
        }
        let different = classes[0].indices.filter { classes[0][$0] != classes[1][$0] }
        say(
            "\(name): composed of three balanced factors, the top class differs on "
                + "\(different.count) of \(test.count) test examples \(different)")
    }

    /// Prints a line at once, also into a file.
    private static func say(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }

    /// The accuracy of the network as it is read back from a file.
    private static func measured(_ program: Program, on examples: Examples) throws -> Double {
        let path = NSTemporaryDirectory() + "/one-shot-\(UUID().uuidString).pt2"
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try Evaluation(of: program.write(to: path).program, on: examples).accuracy
    }
}
