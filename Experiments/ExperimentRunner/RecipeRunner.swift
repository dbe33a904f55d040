import Compression
import Datasets
import Foundation
import Interchange
import Programs
import Tensors
import Training

/// Runs a recipe.
///
/// A run that is done is not done again, one that was cut off goes on where it stopped, and one that another process is at is
/// left to it: the same command, started twice, uses two cores.
struct RecipeRunner {
    let name: String
    let recipe: Recipe
    /// Where networks and logs go.
    let output: String
    /// Where outcomes go.
    let results: String
    /// The folder of weights that others trained.
    let weights: String?
    /// Epochs of every run, in place of the recipe's: a trial, whose outcomes are no results.
    let trialEpochs: Int?

    /// Does all runs of recipes that are not done, those of the first recipe first.
    ///
    /// Where other processes are at all that is left of one, the next is begun.
    static func run(_ runners: [RecipeRunner]) throws {
        search: while true {
            var isWaiting = false
            for runner in runners {
                switch try runner.runNext() {
                case .ran: continue search
                case .waiting: isWaiting = true
                case .done: break
                }
            }
            guard isWaiting else { return }
            sleep(10)
        }
    }

    /// What there was to do.
    enum Step {
        /// A run, which is done.
        case ran
        /// Nothing, before other processes have ended what they are at.
        case waiting
        /// Nothing any more.
        case done
    }

    /// Does the first run that is not done and that no other process is at.
    func runNext() throws -> Step {
        try FileManager.default.createDirectory(
            atPath: output, withIntermediateDirectories: true)
        for run in try due() where try outcome(of: run) == nil {
            guard let lock = try Lock("\(output)/\(run.name).lock") else { continue }
            defer { lock.release() }
            // Another process may have done it since.
            if try outcome(of: run) == nil { try perform(run) }
            return .ran
        }
        return try due().allSatisfy { try outcome(of: $0) != nil } ? .done : .waiting
    }

    /// The runs that can be done by now: sweeps, of which a trial has none, and what they have decided.
    func due() throws -> [Run] {
        let sweeps = trialEpochs == nil ? recipe.variants.flatMap(recipe.sweepRuns) : []
        let finals = try recipe.variants.flatMap { variant in
            try decays(of: variant).flatMap { recipe.finalRuns(variant, decay: $0) }
        }
        // A first seed of each variant before the others.
        let bySeed = recipe.seeds.flatMap { seed in finals.filter { $0.seed == seed } }
        return (sweeps + bySeed).map { run in
            guard let trialEpochs else { return run }
            return Run(
                variant: run.variant, decay: run.decay, seed: run.seed,
                epochs: min(trialEpochs, run.epochs), isSweep: run.isSweep)
        }
    }

    /// The decay that the sweep chose; nil while it is not done.
    func decay(of variant: Recipe.Variant) throws -> Double? {
        let sweep = recipe.sweepRuns(variant)
        guard !sweep.isEmpty, trialEpochs == nil else {
            return (variant.decays ?? recipe.decays).first
        }
        let outcomes = try sweep.compactMap { try outcome(of: $0) }
        guard outcomes.count == sweep.count else { return nil }
        return outcomes.max { $0.meanQuality(recipe) < $1.meanQuality(recipe) }?.decay
    }

    /// The decays that a variant is trained with at full length, none while its sweep is not done: the one that was chosen, and
    /// where training is plain also the one whose networks are best before truncation, which all others are compared with.
    func decays(of variant: Recipe.Variant) throws -> [Double] {
        guard let chosen = try decay(of: variant) else { return [] }
        guard variant.name == recipe.plain, trialEpochs == nil else { return [chosen] }
        let dense = try recipe.sweepRuns(variant).compactMap { try outcome(of: $0) }
            .compactMap { outcome in
                outcome.validation.map { (outcome.decay, $0.quality(recipe.measure)) }
            }
        guard let best = dense.map(\.1).max(),
            dense.first(where: { $0.0 == chosen })?.1 != best
        else { return [chosen] }
        return [chosen] + dense.filter { $0.1 == best }.prefix(1).map(\.0)
    }

    /// Times the networks of all final runs again, one after the other: on a machine that does nothing else, rows can be compared.
    func timeAgain() throws {
        for run in try due() where !run.isSweep {
            let folder = "\(output)/\(run.name)"
            guard var outcome = try outcome(of: run), outcome.stopped == nil else { continue }
            guard exists("\(folder)/model.pt2") else {
                throw ExperimentError("\(folder) is not there: name the runs' folder with --output")
            }
            try outcome.timeAgain(recipe, in: folder)
            try outcome.write(of: run, in: results)
            say("\(run.name) is timed")
        }
    }

    /// The outcome of a run; nil where it has none yet.
    func outcome(of run: Run) throws -> Outcome? {
        try Outcome.find(run, of: recipe, in: results)
    }

    private func perform(_ run: Run) throws {
        say("\(run.name) begins")
        let folder = "\(output)/\(run.name)"
        try claim(folder, for: run)
        guard try train(run, in: folder) else { return try giveUp(run, in: folder) }
        let measuring = try Measuring(recipe, folder: folder, isTested: !run.isSweep)
        let truncated = try truncated(run, "\(folder)-truncated.json", measuring)
        let outcome = Outcome(
            recipe: name, variant: run.variant.name, decay: run.decay, seed: run.seed,
            epochs: run.epochs, isSweep: run.isSweep, settings: recipe.settings(of: run),
            stopped: nil, seconds: try record(folder).seconds ?? 0, machine: machine,
            version: libtorchVersion, parameters: measuring.parameters,
            validation: try measuring.dense(.validation),
            test: run.isSweep ? nil : try measuring.dense(.test), truncated: truncated,
            tuned: run.isSweep ? [] : try tune(run, folder, measuring))
        try outcome.write(of: run, in: results)
        say("\(run.name) is done: \(outcome.meanQuality(recipe)) on validation in the mean")
    }

    /// Notes that a run diverged.
    private func giveUp(_ run: Run, in folder: String) throws {
        let log = try String(contentsOfFile: folder + ".log", encoding: .utf8)
        let reason = log.split(separator: "\n").last.map(String.init) ?? "it diverged"
        try Outcome(
            recipe: name, variant: run.variant.name, decay: run.decay, seed: run.seed,
            epochs: run.epochs, isSweep: run.isSweep, settings: recipe.settings(of: run),
            stopped: reason, seconds: 0, machine: machine, version: libtorchVersion, parameters: 0,
            validation: nil, test: nil, truncated: [], tuned: []
        ).write(of: run, in: results)
        say("\(run.name) diverged: \(reason)")
    }

    /// Notes the settings of a run beside its folder.
    ///
    /// - Throws: where the folder holds a network that was trained with others: its outcome would be told of these.
    func claim(_ folder: String, for run: Run) throws {
        let path = folder + ".settings"
        let settings = recipe.settings(of: run)
        let isBegun = exists("\(folder)/model.pt2") || exists("\(folder)/checkpoint.pt2")
        let before = try? String(contentsOfFile: path, encoding: .utf8)
        guard !isBegun || before == settings else {
            throw ExperimentError(
                "\(folder) is of another version of the recipe; remove it and what begins with its name"
            )
        }
        try settings.write(toFile: path, atomically: true, encoding: .utf8)
    }

    /// The truncated networks of a run, measured now or, if it was cut off after that, before.
    private func truncated(
        _ run: Run, _ path: String, _ measuring: Measuring
    ) throws -> [Outcome.Truncated] {
        if let data = FileManager.default.contents(atPath: path),
            let made = try? JSONDecoder().decode([Outcome.Truncated].self, from: data),
            recipe.isCovered(by: made, isSweep: run.isSweep)
        {
            return made
        }
        let made = try measuring.truncated()
        try JSONEncoder().encode(made).write(to: URL(fileURLWithPath: path), options: .atomic)
        return made
    }

    // MARK: Training and tuning

    /// Trains, or goes on; false where it diverged.
    private func train(_ run: Run, in folder: String) throws -> Bool {
        let log = folder + ".log"
        // What diverged while it was tuned has a model too, its state before.
        guard !exists("\(folder)/model.pt2") else { return try record(folder).stopped == nil }
        guard !exists("\(folder)/checkpoint.pt2") else {
            return try Commands.swiftlet(
                [recipe.start == nil ? "train" : "tune", "--resume", folder], log: log)
        }
        let shared = ["--data", recipe.data, "--threads", "1", "--output", folder, "--force"]
        let options =
            recipe.options.words + (run.variant.options ?? "").words + [
                "--weight-decay", "\(run.decay)", "--epochs", "\(run.epochs)", "--seed",
                "\(run.seed)",
            ]
        if let network = recipe.network {
            return try Commands.swiftlet(["train", network] + options + shared, log: log)
        }
        let start = try imported()
        guard run.epochs > 0 else {
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try FileManager.default.copyItem(
                atPath: "\(start)/model.pt2", toPath: "\(folder)/model.pt2")
            return true
        }
        return try Commands.swiftlet(["tune", start] + options + shared, log: log)
    }

    /// The folder of the network that others trained.
    private func imported() throws -> String {
        guard let start = recipe.start else {
            throw ExperimentError("\(name) trains its networks anew")
        }
        let folder = "\(output)/start"
        let lock = try Lock(waitingFor: folder + ".lock")
        defer { lock.release() }
        guard !exists("\(folder)/model.pt2") else { return folder }
        guard let weights else {
            throw ExperimentError(
                "\(name) begins with \(start.file): name its folder with --weights")
        }
        try Commands.swiftlet(
            ["import", "\(weights)/\(start.file)"] + start.options.words
                + ["--output", folder, "--force"], log: folder + ".log")
        return folder
    }

    private func tune(
        _ run: Run, _ folder: String, _ measuring: Measuring
    ) throws -> [Outcome.Tuned] {
        guard let tuning = recipe.tuning else { return [] }
        let planned = run.variant.tuningEpochs ?? tuning.epochs
        let epochs = trialEpochs.map { min($0, planned) } ?? planned
        return try tuning.budgets.map { budget in
            let (cut, tuned) = ("\(folder)-cut\(budget)", "\(folder)-tuned\(budget)")
            let shared = ["--data", recipe.data, "--threads", "1", "--force"]
            if !exists("\(cut)/model.pt2") {
                try Commands.swiftlet(
                    ["compress", folder, "--keep", "parameters:\(budget)", "--output", cut]
                        + tuning.compress.words + shared, log: cut + ".log")
            }
            if !exists("\(tuned)/model.pt2") {
                let options = try tuning.tune.words.map { word in
                    word == "{start}" ? try start(folder) : word
                }
                try Commands.swiftlet(
                    exists("\(tuned)/checkpoint.pt2")
                        ? ["tune", "--resume", tuned]
                        : ["tune", cut, "--epochs", "\(epochs)", "--output", tuned]
                            + options + shared, log: tuned + ".log")
            }
            say("\(run.name) is tuned at \(budget)")
            let record = try record(tuned)
            return try measuring.tuned(
                tuned, budget: budget, epochs: epochs, seconds: record.seconds ?? 0,
                stopped: record.stopped)
        }
    }

    private func start(_ folder: String) throws -> String {
        recipe.start == nil ? folder : try imported()
    }

    /// What a run says of itself: how long it trained, and why it ended early.
    private struct Record: Decodable {
        var seconds: Double?
        var stopped: String?
    }

    /// The record of a run; an empty one where nothing was trained.
    private func record(_ folder: String) throws -> Record {
        guard let data = FileManager.default.contents(atPath: "\(folder)/run.json") else {
            return Record()
        }
        return try JSONDecoder().decode(Record.self, from: data)
    }

    private func exists(_ path: String) -> Bool { FileManager.default.fileExists(atPath: path) }

    private func say(_ line: String) {
        let time = Date().formatted(.iso8601.time(includingFractionalSeconds: false))
        FileHandle.standardOutput.write(Data("\(time) \(name): \(line)\n".utf8))
    }
}

/// The processor's name and the number of cores.
var machine: String {
    let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
    let line = text.split(separator: "\n").first { $0.hasPrefix("model name") } ?? ""
    let name = line.split(separator: ":").last.map { $0.trimmingCharacters(in: .whitespaces) }
    return "\(name ?? "unknown"), \(ProcessInfo.processInfo.activeProcessorCount) cores"
}
