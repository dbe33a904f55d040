import Compression
import Datasets
import Foundation
import Programs
import Reports
import Tensors
import Training

/// Chooses ranks as `compress` or `iterate` was asked to.
struct Planning {
    let program: Program
    let budget: Budget
    /// The criterion; nil for the best on validation.
    let criterion: (any Criterion)?
    let dataset: Dataset?
    /// The file in which what calibration sees is kept, and of which network and data it is.
    let saved: (path: String, network: String)?
    let allocation: AllocationRecord
    /// Training examples that calibration looks at, and others that a search looks at; nil without data.
    private let examples: (calibration: Examples, search: Examples)?
    private let shouldStop: @Sendable () -> Bool
    /// The times that the choice was made by.
    private(set) var latencies: LatencyTable?
    /// What was tried on validation, where the criterion was not named.
    private(set) var candidates: [BestPlan.Candidate] = []
    private let choice: AllocatorChoice?
    private let progress = SearchProgress()

    init(
        _ program: Program, _ budget: Budget, _ criterion: (any Criterion)?, _ dataset: Dataset?,
        examples: Int, saving saved: (path: String, network: String)? = nil,
        _ allocation: AllocationRecord, shouldStop: @escaping @Sendable () -> Bool = { false }
    ) throws {
        self.program = program
        self.budget = budget
        self.criterion = criterion
        self.dataset = dataset
        self.saved = saved
        self.allocation = allocation
        self.shouldStop = shouldStop
        choice = try allocation.choice(for: budget)
        try allocation.refuseIdle(for: budget)
        let isSearch = choice?.needsObjective ?? false
        self.examples = try dataset.map {
            let parts = try $0.training.parts(
                examples, isSearch ? allocation.searchExamples : 0)
            return (calibration: parts.first, search: parts.second)
        }
        latencies = try allocation.readTimings()
        guard dataset == nil else { return }
        if case .drop = budget {
            throw Failure(.usage, "\(budget) needs a validation split: name data with --data")
        }
        if let choice, choice.needsObjective {
            throw Failure(
                .usage,
                "the allocator \(choice.rawValue) runs the network on examples: name them with --data"
            )
        }
    }

    /// The plan.
    mutating func plan() throws -> Plan {
        guard let dataset, let examples else {
            return try plan(by: criterion ?? RelativeCriterion(), nil)
        }
        if let criterion, !criterion.needsProfile { return try plan(by: criterion, nil) }
        let profile = try profile(on: examples.calibration)
        noteUnseen(profile)
        if let criterion { return try plan(by: criterion, profile) }
        guard dataset.validation.labels != nil else {
            Console.note("The data have no labels to choose a criterion by: whitened is used.")
            return try plan(by: .whitened, profile)
        }
        if isSearch {
            Console.note("Ranks are searched for under the criterion whitened.")
            return try plan(by: .whitened, profile)
        }
        let best = try BestPlan(for: program, validating: dataset.validation) {
            try plan(by: $0, profile)
        }
        candidates = best.candidates
        for candidate in best.candidates {
            Console.note(
                "\(candidate.plan.criterion): \(Formatting.percent(candidate.evaluation.accuracy)) on validation"
            )
        }
        return best.best.plan
    }

    /// What calibration sees, or saw in an earlier run.
    private func profile(on examples: Examples) throws -> Profile {
        func seen() throws -> Profile { try Profile(of: program, on: examples) }
        func complete(_ profile: Profile) throws -> Profile {
            guard criterion?.needsGradients == true, !profile.hasGradients else { return profile }
            return try profile.addingGradients(of: program, on: examples)
        }
        guard let saved else { return try complete(seen()) }
        let description = "\(saved.network), \(examples.count) examples"
        let isThere = FileManager.default.fileExists(atPath: saved.path)
        let before =
            try isThere
            ? Profile(contentsOf: saved.path, describing: description) : seen()
        let profile = try complete(before)
        if !isThere || profile.hasGradients != before.hasGradients {
            try profile.write(to: saved.path, describing: description)
        }
        return profile
    }

    /// Says so where calibration saw too little to tell the directions of inputs apart.
    private func noteUnseen(_ profile: Profile) {
        let few = program.weightSites.compactMap { site -> (String, Int, Int)? in
            guard let layer = profile.layers[site.name], case .full = layer.moments,
                layer.applications < site.matrices.columns
            else { return nil }
            return (site.name, layer.applications, site.matrices.columns)
        }
        guard let (name, seen, columns) = few.first, let dataset, let examples else { return }
        let all = dataset.training.count
        let remedy =
            examples.calibration.count + examples.search.count < all
            ? "pass more --examples" : "all \(all) training examples are in use, give more data"
        Console.note(
            "Calibration saw fewer inputs than \(few.count == 1 ? "a layer has" : "\(few.count) layers have") "
                + "columns (\(seen) of \(columns) for \(name)): what these examples do not show counts for "
                + "little; \(remedy).")
    }

    /// Whether one choice runs the network many times.
    private var isSearch: Bool {
        if case .drop = budget { return true }
        return choice?.needsObjective ?? false
    }

    private mutating func plan(by criterion: any Criterion, _ profile: Profile?) throws -> Plan {
        // Only a rank for all tells beforehand which components are needed.
        var largest: Int?
        if case .rank(let rank) = budget, choice != .dynamic { largest = rank }
        let measure = choice == .perMac ? CostTable.Measure.macs : budget.measure ?? .parameters
        return try allocation.split.plan(
            for: program, by: criterion, from: profile, counting: measure,
            standard: budget.share, upTo: largest
        ) { try plan(from: $0) }
    }

    private mutating func plan(from spectra: Spectra) throws -> Plan {
        if let known = latencies, allocation.timings == nil, !known.hasSplits(of: spectra) {
            latencies = nil
        }
        if latencies == nil, try allocation.needsTimings(for: budget) {
            Console.note("Timing every layer at five ranks, a batch of \(allocation.latencyBatch).")
            latencies = try LatencyTable(of: program, from: spectra, batch: allocation.latencyBatch)
        }
        let objective = try objective(spectra)
        defer { progress.end() }
        switch budget {
        case .latency(let seconds): return try timed(within: seconds, spectra, objective)
        case .drop(let points): return try losing(points, spectra, objective)
        default: return try plan(budget, spectra, objective, options)
        }
    }

    private var options: AllocationOptions {
        AllocationOptions(rankMultiple: allocation.rankMultiple, latencies: latencies)
    }

    private func plan(
        _ budget: Budget, _ spectra: Spectra, _ objective: (any RankObjective)?,
        _ options: AllocationOptions
    ) throws -> Plan {
        try Plan(
            for: program, keeping: budget, from: spectra,
            allocator: allocator(budget, spectra, objective, options), options: options)
    }

    private func allocator(
        _ budget: Budget, _ spectra: Spectra, _ objective: (any RankObjective)?,
        _ options: AllocationOptions
    ) throws -> any Allocator {
        var effort = EvolutionarySearch.Effort()
        effort.generations = allocation.generations
        return try choice?.allocator(
            for: budget,
            in: AllocatorChoice.Context(
                program, spectra, objective: objective, options: options, seed: allocation.seed,
                effort: effort,
                observing: { [progress, effort] generation, divergence in
                    progress.note(
                        generation: generation, of: effort.generations, divergence: divergence)
                })) ?? budget.allocator
    }

    private mutating func timed(
        within seconds: Double, _ spectra: Spectra, _ objective: (any RankObjective)?
    ) throws -> Plan {
        guard allocation.timings == nil, var table = latencies else {
            // Times that were read are kept to as they are, so that the choice is the same again.
            return try plan(budget, spectra, objective, options)
        }
        let plan = try Plan.timed(
            for: program, within: seconds, from: spectra, by: &table,
            rankMultiple: allocation.rankMultiple
        ) { try allocator(budget, spectra, objective, $0) }
        latencies = table
        return plan
    }

    private func losing(
        _ points: Double, _ spectra: Spectra, _ objective: (any RankObjective)?
    ) throws -> Plan {
        guard let validation = dataset?.validation, validation.labels != nil else {
            throw Failure(
                .usage, "\(budget) needs labels to measure accuracy by, and the data have none")
        }
        let search = try DropSearch(
            losing: points, of: program, from: spectra, validating: validation,
            measure: choice == .perMac ? .macs : .parameters
        ) { try plan($0, spectra, objective, options) }
        for (budget, accuracy) in search.tried {
            Console.note("\(budget): \(Formatting.percent(accuracy)) on validation")
        }
        return search.plan
    }

    /// What a search measures choices by.
    private func objective(_ spectra: Spectra) throws -> (any RankObjective)? {
        guard let choice, choice.needsObjective, let search = examples?.search else { return nil }
        return try NetworkObjective(
            of: program, from: spectra, on: search,
            measure: choice.measure(hasLabels: search.labels != nil),
            shouldStop: { [progress, shouldStop] in
                progress.count()
                return shouldStop()
            })
    }
}
