import Compression
import Datasets
import Foundation
import Interchange
import Programs
import Training

/// Truncates one trained network in every way of a recipe, and measures what is left as it is read back from a file.
struct Measuring {
    enum Split { case validation, test }

    private let recipe: Recipe
    private let isTested: Bool
    private let program: Program
    /// Training examples that criteria look at, and others that searches look at.
    private let calibration: (first: Examples, second: Examples)
    private let validation: Examples
    private let test: Examples
    private let profile: Profile?

    /// Looks at a network.
    ///
    /// - Parameters:
    ///   - recipe: what is done with it.
    ///   - folder: where it is.
    ///   - isTested: whether the test split is looked at.
    ///   - ways: in which it will be truncated; nil for all of the recipe.
    init(
        _ recipe: Recipe, folder: String, isTested: Bool, ways: [Recipe.Truncation]? = nil
    ) throws {
        self.recipe = recipe
        self.isTested = isTested
        let program = try ModelFile(contentsOf: "\(folder)/model.pt2").program
        self.program = program
        let dataset = try Datasets.load(recipe.data)
        let preprocessing = try program.preprocessing ?? dataset.preprocessing
        calibration = try dataset.training.with(preprocessing).parts(2_048, 512)
        validation = dataset.validation.with(preprocessing)
        test = dataset.test.with(preprocessing)
        let criteria = (ways ?? recipe.truncations(isSweep: !isTested)).compactMap {
            Criteria.named($0.criterion)
        }
        let examples = calibration.first
        var profile: Profile?
        if criteria.contains(where: \.needsProfile) {
            profile = try Profile(of: program, on: examples)
        }
        if criteria.contains(where: \.needsGradients) {
            profile = try profile?.addingGradients(of: program, on: examples)
        }
        self.profile = profile
    }

    var parameters: Int { program.cost.parameters }

    /// How the network does before truncation.
    func dense(_ split: Split) throws -> Outcome.Score { try score(program, on: split) }

    /// Every budget in every way.
    func truncated() throws -> [Outcome.Truncated] {
        // Where no splits are to be chosen, spectra serve all budgets and allocators.
        var known: [String: Spectra] = [:]
        var all: [Outcome.Truncated] = []
        for budget in recipe.budgets {
            var found: [(outcome: Outcome.Truncated, plan: Plan)] = []
            for way in recipe.truncations(isSweep: !isTested) {
                let plan = try plan(budget, way, &known)
                let small = try read(back: Truncate(plan).apply(to: program).program)
                found.append(
                    (
                        Outcome.Truncated(
                            budget: budget, criterion: way.criterion,
                            allocator: way.allocator, split: way.split,
                            parameters: small.cost.parameters, macs: small.cost.macs,
                            validation: try score(small, on: .validation),
                            test: isTested ? try score(small, on: .test) : nil), plan
                    ))
            }
            if isTested { try time(&found) }
            all += found.map(\.outcome)
        }
        return all
    }

    private func plan(
        _ budget: Double, _ way: Recipe.Truncation, _ known: inout [String: Spectra]
    ) throws -> Plan {
        guard let criterion = Criteria.named(way.criterion) else {
            throw ExperimentError("there is no criterion \(way.criterion)")
        }
        func plan(_ spectra: Spectra) throws -> Plan {
            try self.plan(.parameters(budget), way.allocator, spectra)
        }
        guard way.split != .best else {
            return try way.split.plan(
                for: program, by: criterion, from: profile, standard: budget, planning: plan)
        }
        let name = "\(way.criterion) \(way.split.rawValue)"
        if let spectra = known[name] { return try plan(spectra) }
        return try way.split.plan(for: program, by: criterion, from: profile, standard: budget) {
            known[name] = $0
            return try plan($0)
        }
    }

    /// A network that was truncated and tuned, in a folder.
    func tuned(
        _ folder: String, budget: Double, epochs: Int, seconds: Double, stopped: String?
    ) throws -> Outcome.Tuned {
        let small = try ModelFile(contentsOf: "\(folder)/model.pt2").program
        return Outcome.Tuned(
            budget: budget, parameters: small.cost.parameters, epochs: epochs, seconds: seconds,
            validation: try score(small, on: .validation), test: try score(small, on: .test),
            times: try times(small), stopped: stopped)
    }

    /// Times the one that is best on validation.
    private func time(_ found: inout [(outcome: Outcome.Truncated, plan: Plan)]) throws {
        let qualities = found.map { $0.outcome.validation.quality(recipe.measure) }
        guard let best = qualities.max().flatMap({ qualities.firstIndex(of: $0) }) else { return }
        found[best].outcome.times = try times(cut: found[best].plan)
    }

    /// The times of the network cut in one way.
    func times(cut way: Recipe.Truncation, to budget: Double) throws -> Outcome.Times {
        var known: [String: Spectra] = [:]
        return try times(cut: plan(budget, way, &known))
    }

    /// The times of a network in a file.
    func times(ofFile path: String) throws -> Outcome.Times {
        try times(ModelFile(contentsOf: path).program)
    }

    private func times(cut plan: Plan) throws -> Outcome.Times {
        try times(read(back: Truncate(plan).apply(to: program).program))
    }

    private func times(_ small: Program) throws -> Outcome.Times {
        let programs = [small, program]
        let single = try Latency.measured(of: programs, batch: 1, on: test)
        let batch = try Latency.measured(of: programs, batch: 128, on: test)
        return Outcome.Times(
            batch1: single[0].seconds, denseBatch1: single[1].seconds, batch128: batch[0].seconds,
            denseBatch128: batch[1].seconds, slowerBatch1: try slowerLayers(of: small, batch: 1),
            slowerBatch128: try slowerLayers(of: small, batch: 128))
    }

    private func slowerLayers(of small: Program, batch: Int) throws -> [String] {
        try LayerTiming.measured(
            small, cutFrom: program, batch: batch,
            reading: calibration.first.batch(filling: program.batchSize(batch)).all
        ).filter(\.isSlower).map(\.weight)
    }

    private func plan(
        _ budget: Budget, _ choice: AllocatorChoice, _ spectra: Spectra
    ) throws -> Plan {
        var objective: NetworkObjective?
        if choice.needsObjective {
            let examples = calibration.second
            objective = try NetworkObjective(
                of: program, from: spectra, on: examples,
                measure: choice.measure(hasLabels: examples.labels != nil))
        }
        let allocator = try choice.allocator(
            for: budget,
            in: AllocatorChoice.Context(program, spectra, objective: objective, seed: 1))
        return try Plan(for: program, keeping: budget, from: spectra, allocator: allocator)
    }

    private func score(_ program: Program, on split: Split) throws -> Outcome.Score {
        Outcome.Score(
            try Evaluation(of: program, on: split == .validation ? validation : test))
    }

    private func read(back program: Program) throws -> Program {
        let path = NSTemporaryDirectory() + "/experiment-\(UUID().uuidString).pt2"
        defer { try? FileManager.default.removeItem(atPath: path) }
        return try program.write(to: path).program
    }
}
