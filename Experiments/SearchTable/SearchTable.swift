import Compression
import Datasets
import Foundation
import Interchange
import Programs
import Reports
import Tensors
import Training

/// Truncates trained networks one-shot, whitened, with ranks chosen by different allocators, and prints the test accuracies.
///
/// usage: search-table DATA SEED GENERATIONS IMAGES BUDGETS FOLDER...
///
/// Each folder was written by `swiftlet import` or `swiftlet train`. Whitening looks at 2,048 training images, searches
/// at IMAGES others, and no choice is made on the test set, on which each network is measured once, as read back from
/// a file. BUDGETS are shares of the parameters, apart by commas.
@main
enum SearchTable {
    static func main() throws {
        let arguments = Array(CommandLine.arguments.dropFirst())
        guard arguments.count >= 6, let seed = UInt64(arguments[1]),
            let generations = Int(arguments[2]), let images = Int(arguments[3])
        else {
            print("usage: search-table DATA SEED GENERATIONS IMAGES BUDGETS FOLDER...")
            exit(64)
        }
        keepFreedMemory()
        let dataset = try Datasets.load(arguments[0])
        var table = TextTable([
            "network": .left, "dense": .right, "kept": .right, "threshold": .right,
            "per parameter": .right, "dynamic": .right, "measured": .right, "exchange": .right,
            "search": .right, "seconds": .right,
        ])
        let effort = EvolutionarySearch.Effort(generations: generations)
        for folder in arguments.dropFirst(5) {
            let network = try Subject(folder, dataset, images: images)
            for text in arguments[4].split(separator: ",") {
                table.add(try network.row(Budget("parameters:\(text)"), effort, seed: seed))
            }
        }
        print("\n" + table.markdown)
    }

    /// Prints a line at once, also into a file.
    static func say(_ line: String) {
        FileHandle.standardOutput.write(Data("\(line)\n".utf8))
    }
}

/// A network with all that choices need.
private struct Subject {
    let name: String
    let program: Program
    let spectra: Spectra
    let objective: NetworkObjective
    let test: Examples
    let dense: Double

    init(_ folder: String, _ known: Dataset, images: Int) throws {
        let program = try ModelFile(contentsOf: "\(folder)/model.pt2").program
        let preprocessing = try program.preprocessing ?? known.preprocessing
        let training = known.training.with(preprocessing)
        name = URL(fileURLWithPath: folder).lastPathComponent
        self.program = program
        test = known.test.with(preprocessing)
        let start = Date()
        let parts = try training.parts(2_048, images)
        let profile = try Profile(of: program, on: parts.first)
        spectra = try Spectra(of: program, by: .whitened, from: profile)
        objective = try NetworkObjective(of: program, from: spectra, on: parts.second)
        SearchTable.say("\(name): calibration and spectra \(Self.seconds(since: start)) s")
        dense = try Evaluation(of: program, on: test).accuracy
    }

    func row(
        _ budget: Budget, _ effort: EvolutionarySearch.Effort, seed: UInt64
    ) throws -> [String] {
        let measured = MeasuredErrors(objective)
        let start = Date()
        let found = try Plan(for: program, keeping: budget, from: spectra, allocator: measured)
        let chosen = Ranks(found.ranks)
        let exchange = ExchangeDescent(
            objective, from: [GlobalThreshold(), ValuePerCost(), DynamicProgramming(), chosen]
        ) { SearchTable.say("  round \($0): \($1), \(Self.seconds(since: start)) s") }
        let exchanged = try Plan(for: program, keeping: budget, from: spectra, allocator: exchange)
        let search = EvolutionarySearch(
            objective, from: [Ranks(exchanged.ranks)], effort: effort, seed: seed
        ) { generation, least in
            guard generation % 25 == 0 else { return }
            SearchTable.say("  \(generation): \(least), \(Self.seconds(since: start)) s")
        }
        let searched = try Plan(for: program, keeping: budget, from: spectra, allocator: search)
        let seconds = Self.seconds(since: start)
        let plain: [any Allocator] = [GlobalThreshold(), ValuePerCost(), DynamicProgramming()]
        var plans = try plain.map {
            try Plan(for: program, keeping: budget, from: spectra, allocator: $0)
        }
        plans += [found, exchanged, searched]
        let all = 0..<objective.examples
        let accuracies = try plans.map { try accuracy($0) }
        let scores = try plans.map { try objective.score($0.ranks, on: all) }
        SearchTable.say(
            "\(name) \(budget): divergences \(scores), accuracies \(accuracies), \(seconds) s")
        SearchTable.say("  \(searched.ranks)")
        let cells = accuracies.map { Formatting.percent($0) }
        return [name, Formatting.percent(dense), "\(budget)"] + cells + [seconds]
    }

    private static func seconds(since start: Date) -> String {
        Formatting.decimal(Date().timeIntervalSince(start), places: 0)
    }

    /// The test accuracy of the network as it is read back from a file.
    private func accuracy(_ plan: Plan) throws -> Double {
        let path = NSTemporaryDirectory() + "/search-\(UUID().uuidString).pt2"
        defer { try? FileManager.default.removeItem(atPath: path) }
        let small = try Truncate(plan).apply(to: program).program
        return try Evaluation(of: small.write(to: path).program, on: test).accuracy
    }
}

/// Ranks that are given.
private struct Ranks: Allocator {
    let ranks: [Int]

    init(_ ranks: [Int]) { self.ranks = ranks }

    func ranks(for problem: AllocationProblem) -> [Int] { ranks }
}
