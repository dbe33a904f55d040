import Reports

/// What there is to run, and how much of it is done.
struct Plans {
    let places: Places
    let names: [String]

    /// A row for each recipe, and the sums of those that do not wait for a larger machine.
    var markdown: String {
        get throws {
            var table = TextTable([
                "recipe": .left, "variants": .right, "decays": .right, "seeds": .right,
                "runs": .right, "epochs": .right, "planned minutes": .right, "done": .right,
                "measured minutes": .right,
            ])
            let rows = try names.map { try Row($0, places.runner($0)) }
            for row in rows { table.add(row.cells) }
            let counted = rows.filter { !$0.waits }
            table.add([
                "all that do not wait", "", "", "", "", "",
                minutes(counted.reduce(0) { $0 + $1.planned }), "",
                minutes(counted.reduce(0) { $0 + $1.measured }),
            ])
            return table.markdown
        }
    }

    /// A recipe.
    private struct Row {
        let waits: Bool
        let planned: Double
        let measured: Double
        let cells: [String]

        init(_ name: String, _ runner: RecipeRunner) throws {
            let recipe = runner.recipe
            let sweeps = recipe.variants.flatMap(recipe.sweepRuns)
            let finals = try recipe.variants.flatMap { variant in
                // Before its sweep is done a variant is planned with one decay.
                let decays = try runner.decays(of: variant)
                return (decays.isEmpty ? [0] : decays).flatMap {
                    recipe.finalRuns(variant, decay: $0)
                }
            }
            let done = try runner.due().compactMap(runner.outcome)
            let tuning = recipe.tuning.map { tuning in
                recipe.variants.reduce(0) { $0 + ($1.tuningEpochs ?? tuning.epochs) }
                    * tuning.budgets.count * recipe.seeds.count
            }
            let epochs = (sweeps + finals).reduce(tuning ?? 0) { $0 + $1.epochs }
            waits = recipe.waits ?? false
            planned = Double(epochs) * recipe.minutesPerEpoch
            measured =
                done.reduce(0) { sum, outcome in
                    sum + outcome.tuned.reduce(outcome.seconds) { $0 + $1.seconds }
                } / 60
            cells = [
                name, "\(recipe.variants.count)", "\(recipe.decays.count)",
                "\(recipe.seeds.count)", "\(sweeps.count) + \(finals.count)", "\(epochs)",
                minutes(planned),
                waits ? "waits" : "\(done.count) of \(sweeps.count + finals.count)",
                minutes(measured),
            ]
        }
    }
}

private func minutes(_ count: Double) -> String { Formatting.decimal(count, places: 0) }
