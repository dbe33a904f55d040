import Compression
import Foundation
import Programs
import Reports

/// A recipe's outcomes as tables.
struct Tables {
    private let recipe: Recipe
    private let sweeps: [(variant: Recipe.Variant, outcomes: [Outcome], chosen: Double?)]
    private let rows: [Row]
    /// Decays of plain training that have no outcome yet, so that others are not compared with it.
    private let missing: [Double]

    /// Reads what there is.
    init(_ runner: RecipeRunner) throws {
        let recipe = runner.recipe
        func outcomes(of runs: [Run]) throws -> [Outcome] {
            try runs.compactMap { try runner.outcome(of: $0) }
        }
        self.recipe = recipe
        sweeps = try recipe.variants.map {
            (
                $0, try outcomes(of: recipe.sweepRuns($0)),
                recipe.sweepRuns($0).isEmpty ? nil : try runner.decay(of: $0)
            )
        }
        let rows: [Row] = try recipe.variants.flatMap { variant in
            try runner.decays(of: variant).enumerated().compactMap { index, decay in
                let outcomes = try outcomes(of: recipe.finalRuns(variant, decay: decay))
                guard !outcomes.isEmpty else { return nil }
                return Row(
                    title: variant.name + (index > 0 ? ", best dense" : ""),
                    isPlain: variant.name == recipe.plain, decay: decay, outcomes: outcomes)
            }
        }
        self.rows = rows
        missing = try recipe.variants.filter { $0.name == recipe.plain }
            .flatMap { try runner.decays(of: $0) }
            .filter { decay in !rows.contains { $0.isPlain && $0.decay == decay } }
    }

    /// A variant under a decay, with the outcomes of its seeds.
    private struct Row {
        let title: String
        let isPlain: Bool
        let decay: Double
        let outcomes: [Outcome]
    }

    /// The tables in Markdown; a sentence where there are no outcomes.
    var markdown: String {
        var parts: [String] = []
        if let sweep = sweepTable { parts.append("Decay, chosen on validation:\n\n" + sweep) }
        guard !rows.isEmpty else {
            return (parts + ["No run is finished."]).joined(separator: "\n")
        }
        parts.append(
            "On test, under the criterion that is best on validation, one-shot:\n\n"
                + bestTable)
        if !missing.isEmpty {
            let decays = missing.map { "\($0)" }.joined(separator: ", ")
            parts.append(
                "\(recipe.plain) under decay \(decays) is not done yet: nothing is compared with it.\n"
            )
        }
        if recipe.criteria.count > 1 {
            parts.append("On test, under every criterion:\n\n" + criteriaTable)
        }
        if let also = recipe.also {
            parts.append("On test, cut in other ways:\n\n" + otherTable(also))
        }
        if recipe.tuning != nil {
            parts.append("On test, tuned after truncation:\n\n" + tunedTable)
        }
        return parts.joined(separator: "\n")
    }

    /// What each decay reaches in short runs.
    private var sweepTable: String? {
        let swept = sweeps.filter { !recipe.sweepRuns($0.variant).isEmpty }
        let decays = Set(swept.flatMap { $0.variant.decays ?? recipe.decays }).sorted()
        guard !decays.isEmpty else { return nil }
        var table = TextTable(
            columns: [("variant", .left)] + decays.map { ("\($0)", .right) } + [("chosen", .right)])
        for (variant, outcomes, chosen) in swept {
            let cells = decays.map { decay in
                outcomes.first { $0.decay == decay }.map {
                    $0.validation.map(text).map { [mean = $0.meanQuality(recipe)] dense in
                        "\(dense) → \(text(quality: mean))"
                    } ?? "diverged"
                } ?? ""
            }
            table.add([variant.name] + cells + [chosen.map { "\($0)" } ?? ""])
        }
        let edges = swept.filter { variant, _, chosen in
            let decays = variant.decays ?? recipe.decays
            return chosen.map { [decays.min(), decays.max()].contains($0) } ?? false
        }
        guard !edges.isEmpty else { return table.markdown }
        return table.markdown
            + "\nAt the edge of what was tried: \(edges.map(\.variant.name).joined(separator: ", ")).\n"
    }

    private var bestTable: String {
        var table = TextTable([
            "variant": .left, "decay": .right, "seeds": .right, "dense": .right, "kept": .right,
            "criterion": .left, "truncated": .right, "to own dense": .right,
            "to best plain dense": .right, "batch 1": .right, "batch 128": .right,
        ])
        let plain = bestPlain
        for row in rows {
            for budget in recipe.budgets {
                let pairs = row.outcomes.compactMap { outcome in
                    outcome.best(at: budget, recipe.measure).map { (outcome, $0) }
                }
                let tests = pairs.compactMap { $0.1.test }
                let differences = pairs.compactMap { outcome, best in
                    best.test.flatMap { test in outcome.test.map { quality(test) - quality($0) } }
                }
                let criteria = Set(pairs.map(\.1.truncation.title)).sorted()
                let times = pairs.compactMap(\.1.times)
                table.add([
                    row.title, "\(row.decay)", "\(row.outcomes.count)",
                    spread(row.outcomes.compactMap(\.test)),
                    kept(budget),
                    criteria.joined(separator: "; "), spread(tests),
                    difference(mean(differences)),
                    difference(mean(tests.map(quality)) - plain),
                    ratio(times.map { $0.speed(1) }),
                    ratio(times.map { $0.speed(128) }),
                ])
            }
        }
        return table.markdown + slower { $0.best(at: $1, recipe.measure)?.times }
    }

    /// Which networks are not faster than before, and which layers cost it.
    private func slower(_ times: (Outcome, Double) -> Outcome.Times?) -> String {
        var lines: [String] = []
        for row in rows {
            for batch in [1, 128] {
                var budgets: [String] = []
                var layers: Set<String> = []
                for budget in recipe.budgets {
                    let found = row.outcomes.compactMap { times($0, budget) }
                    guard mean(found.map { $0.speed(batch) }) < 1 else { continue }
                    budgets.append(kept(budget))
                    layers.formUnion(found.flatMap { $0.slower(batch) })
                }
                guard !budgets.isEmpty else { continue }
                let names = layers.sorted { $0.compare($1, options: .numeric) == .orderedAscending }
                lines.append(
                    "- \(row.title) at \(budgets.joined(separator: ", ")): not faster at batch "
                        + "\(batch); slower in two parts: "
                        + (names.isEmpty ? "no layer alone" : names.joined(separator: ", ")) + ".")
            }
        }
        return lines.isEmpty ? "" : "\n" + lines.joined(separator: "\n") + "\n"
    }

    private var criteriaTable: String {
        let allocators = recipe.allocators ?? [.threshold]
        var columns = [("variant", TextTable.Alignment.left), ("kept", .right)]
        if allocators.count > 1 { columns.append(("allocator", .left)) }
        var table = TextTable(columns: columns + recipe.criteria.map { ($0, .right) })
        for row in rows {
            for budget in recipe.budgets {
                for allocator in allocators {
                    let cells = recipe.criteria.map { criterion in
                        spread(
                            row.outcomes.compactMap { outcome in
                                outcome.truncated.first {
                                    $0.budget == budget && $0.criterion == criterion
                                        && $0.allocator == allocator && $0.split == .fixed(.channel)
                                }?.test
                            })
                    }
                    table.add(
                        [row.title, kept(budget)]
                            + (allocators.count > 1 ? [allocator.rawValue] : []) + cells)
                }
            }
        }
        return table.markdown
    }

    private func otherTable(_ ways: [Recipe.Truncation]) -> String {
        var table = TextTable(
            columns: [("variant", .left), ("kept", .right)] + ways.map { ($0.title, .right) })
        for row in rows {
            for budget in recipe.budgets {
                let cells = ways.map { way in
                    spread(
                        row.outcomes.compactMap { outcome in
                            outcome.truncated.first {
                                $0.budget == budget && $0.truncation.title == way.title
                            }?.test
                        })
                }
                table.add([row.title, kept(budget)] + cells)
            }
        }
        return table.markdown
    }

    private func kept(_ budget: Double) -> String {
        Formatting.percent(budget, places: budget < 0.1 ? 1 : 0)
    }

    private var tunedTable: String {
        var table = TextTable([
            "variant": .left, "minutes before": .right, "kept": .right, "epochs of tuning": .right,
            "minutes": .right, "tuned": .right, "to best plain dense": .right, "batch 1": .right,
            "batch 128": .right,
        ])
        let plain = bestPlain
        for row in rows {
            for budget in recipe.tuning?.budgets ?? [] {
                let tuned = row.outcomes.compactMap { $0.tuned.first { $0.budget == budget } }
                guard let first = tuned.first else { continue }
                table.add([
                    row.title,
                    Formatting.decimal(mean(row.outcomes.map(\.seconds)) / 60, places: 0),
                    Formatting.percent(budget, places: 0), "\(first.epochs)",
                    Formatting.decimal(mean(tuned.map(\.seconds)) / 60, places: 0),
                    spread(tuned.map(\.test)),
                    difference(mean(tuned.map { quality($0.test) }) - plain),
                    ratio(tuned.map { $0.times.speed(1) }),
                    ratio(tuned.map { $0.times.speed(128) }),
                ])
            }
        }
        return table.markdown
            + slower { outcome, budget in outcome.tuned.first { $0.budget == budget }?.times }
    }

    // MARK: Numbers

    /// The mean, before truncation, of the plainly trained networks: under the decay that is best on validation.
    private var bestPlain: Double {
        func dense(_ row: Row, _ score: (Outcome) -> Outcome.Score?) -> Double {
            mean(row.outcomes.compactMap(score).map(quality))
        }
        return rows.filter(\.isPlain)
            .max { dense($0, \.validation) < dense($1, \.validation) }
            .map { dense($0, \.test) } ?? .nan
    }

    private func quality(_ score: Outcome.Score) -> Double { score.quality(recipe.measure) }

    private func mean(_ values: [Double]) -> Double {
        values.isEmpty ? .nan : values.reduce(0, +) / Double(values.count)
    }

    private func text(_ score: Outcome.Score) -> String { text(quality: quality(score)) }

    private func text(quality: Double) -> String {
        recipe.measure == .accuracy
            ? Formatting.decimal(quality * 100, places: 2)
            : Formatting.decimal(-quality, places: 4)
    }

    /// A difference of qualities: points of accuracy, or bits, of which fewer are better.
    private func difference(_ value: Double) -> String {
        guard value.isFinite else { return "" }
        return recipe.measure == .accuracy
            ? Formatting.points(value) : String(format: "%+.4f", -value)
    }

    /// Mean and, of several, standard deviation.
    private func spread(_ scores: [Outcome.Score]) -> String {
        guard !scores.isEmpty else { return "" }
        let values = scores.map(quality)
        let middle = mean(values)
        guard values.count > 1 else { return text(quality: middle) }
        let squares = values.reduce(0) { $0 + ($1 - middle) * ($1 - middle) }
        let deviation = (squares / Double(values.count - 1)).squareRoot()
        let places = recipe.measure == .accuracy ? 2 : 4
        let scale = recipe.measure == .accuracy ? 100.0 : 1
        return "\(text(quality: middle)) ± \(Formatting.decimal(deviation * scale, places: places))"
    }

    private func ratio(_ values: [Double]) -> String {
        values.isEmpty ? "" : "\(Formatting.decimal(mean(values), places: 2)) ×"
    }
}
