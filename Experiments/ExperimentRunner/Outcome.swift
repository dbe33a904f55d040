import Compression
import Foundation
import Programs
import Training

/// What came of one run, as its file under `Experiments/results` says.
struct Outcome: Codable {
    /// How a network does on one split.
    struct Score: Codable {
        let accuracy: Double
        let bits: Double

        init(_ evaluation: Evaluation) {
            accuracy = evaluation.accuracy
            bits = evaluation.bits
        }

        /// The number that is compared, more being better.
        func quality(_ measure: Recipe.Measure) -> Double {
            measure == .accuracy ? accuracy : -bits
        }
    }

    /// A network after truncation.
    struct Truncated: Codable {
        let budget: Double
        let criterion: String
        let allocator: AllocatorChoice
        let split: SplitChoice
        let parameters: Int
        let macs: Int?
        let validation: Score
        /// Nil in sweeps, which do not look at the test split.
        let test: Score?
        /// Its times, where it is the best of its budget on validation.
        var times: Times?

        /// How it was cut.
        var truncation: Recipe.Truncation {
            Recipe.Truncation(criterion: criterion, allocator: allocator, split: split)
        }
    }

    /// A network after truncation and tuning.
    struct Tuned: Codable {
        let budget: Double
        let parameters: Int
        let epochs: Int
        let seconds: Double
        let validation: Score
        let test: Score
        var times: Times
        /// Why tuning ended early, its best state kept; nil where all epochs were trained.
        let stopped: String?
    }

    /// Seconds for a batch, and of the network before truncation, measured in turns.
    struct Times: Codable {
        let batch1: Double
        let denseBatch1: Double
        let batch128: Double
        let denseBatch128: Double
        /// The layers that take longer in two parts than in one at batch 1.
        let slowerBatch1: [String]
        /// The same at batch 128.
        let slowerBatch128: [String]

        /// How many times as fast as before, at batch 1 or 128.
        func speed(_ batch: Int) -> Double {
            batch == 1 ? denseBatch1 / self.batch1 : denseBatch128 / batch128
        }

        /// The layers that take longer in two parts, at batch 1 or 128.
        func slower(_ batch: Int) -> [String] { batch == 1 ? slowerBatch1 : slowerBatch128 }
    }

    let recipe: String
    let variant: String
    let decay: Double
    let seed: Int
    let epochs: Int
    let isSweep: Bool
    /// The recipe's settings that it depends on.
    let settings: String
    /// Why training ended early; nil where all epochs were trained.
    ///
    /// What diverged is not truncated.
    let stopped: String?
    /// Seconds of training.
    let seconds: Double
    let machine: String
    let version: String
    let parameters: Int
    /// Nil where training diverged.
    let validation: Score?
    /// Nil in sweeps, too.
    let test: Score?
    var truncated: [Truncated]
    var tuned: [Tuned]

    /// The best truncated network of a budget on validation.
    func best(at budget: Double, _ measure: Recipe.Measure) -> Truncated? {
        bestIndex(at: budget, measure).map { truncated[$0] }
    }

    /// Where it stands.
    private func bestIndex(at budget: Double, _ measure: Recipe.Measure) -> Int? {
        truncated.indices.filter { truncated[$0].budget == budget }
            .max {
                truncated[$0].validation.quality(measure)
                    < truncated[$1].validation.quality(measure)
            }
    }

    /// Times the best of each budget and the tuned networks again.
    ///
    /// - Parameters:
    ///   - recipe: what it is of.
    ///   - folder: where its network is.
    mutating func timeAgain(_ recipe: Recipe, in folder: String) throws {
        let best = recipe.budgets.compactMap { bestIndex(at: $0, recipe.measure) }
        let measuring = try Measuring(
            recipe, folder: folder, isTested: true, ways: best.map { truncated[$0].truncation })
        for index in best {
            truncated[index].times = try measuring.times(
                cut: truncated[index].truncation, to: truncated[index].budget)
        }
        for index in tuned.indices {
            tuned[index].times = try measuring.times(
                ofFile: "\(folder)-tuned\(tuned[index].budget)/model.pt2")
        }
    }

    /// What a decay is chosen by: the mean over the budgets of the best on validation; the least there is where training diverged.
    func meanQuality(_ recipe: Recipe) -> Double {
        guard stopped == nil else { return -.infinity }
        let best = recipe.budgets.compactMap { self.best(at: $0, recipe.measure) }
        let sum = best.reduce(0) { $0 + $1.validation.quality(recipe.measure) }
        return sum / Double(max(best.count, 1))
    }

    /// The outcome of a run; nil where it has none yet.
    ///
    /// - Throws: where its file is damaged or of another version of the recipe, which is no reason to run for hours again and
    ///   write over it.
    static func find(_ run: Run, of recipe: Recipe, in folder: String) throws -> Outcome? {
        let path = "\(folder)/\(run.name).json"
        guard let data = FileManager.default.contents(atPath: path) else { return nil }
        guard let outcome = try? JSONDecoder().decode(Outcome.self, from: data) else {
            throw ExperimentError("\(path) is damaged; remove it to have the run done again")
        }
        guard outcome.isComplete(for: run, of: recipe) else {
            throw ExperimentError(
                "\(path) is of another version of the recipe; remove it to have the run done again")
        }
        return outcome
    }

    /// Whether it is of the recipe's settings, and has all that the recipe asks for.
    private func isComplete(for run: Run, of recipe: Recipe) -> Bool {
        guard settings == recipe.settings(of: run) else { return false }
        guard stopped == nil else { return true }
        let tunedAt = isSweep ? [] : recipe.tuning?.budgets ?? []
        return recipe.isCovered(by: truncated, isSweep: isSweep)
            && tunedAt.allSatisfy { budget in tuned.contains { $0.budget == budget } }
    }

    /// Writes it whole or not at all.
    func write(of run: Run, in folder: String) throws {
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.prettyPrinted, .sortedKeys]
        try encoder.encode(self).write(
            to: URL(fileURLWithPath: "\(folder)/\(run.name).json"), options: .atomic)
    }
}
