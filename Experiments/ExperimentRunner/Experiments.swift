import ArgumentParser
import Foundation
import Reports
import Tensors

/// Runs the recipes under `Experiments/recipes`.
@main
struct Experiments: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "experiments",
        abstract: "Runs the recipes under Experiments/recipes, and gathers what came of them.",
        discussion: """
            Every choice is made on the validation split; the test split is looked at once, in the runs that are no \
            sweeps. A run that is done is not done again, and one that was cut off goes on. Started twice, it uses two cores.
            """,
        subcommands: [PlanExperiments.self, RunExperiments.self, GatherExperiments.self])
}

/// Where recipes, networks and outcomes are.
struct Places: ParsableArguments {
    static let recipes = "Experiments/recipes"

    @Option(help: "Where networks and logs go.")
    var output = "runs/lorita"

    @Option(help: "A folder with the files of weights that some recipes begin from.")
    var weights: String?

    /// The conductor of a recipe.
    func conductor(_ name: String, trialEpochs: Int? = nil) throws -> Conductor {
        let trial = trialEpochs == nil ? "" : "-trial"
        return Conductor(
            name: name, recipe: try Recipe(contentsOf: "\(Self.recipes)/\(name).yaml"),
            output: "\(output)/\(name)\(trial)",
            results: trialEpochs == nil
                ? "Experiments/results/\(name)" : "\(output)/\(name)\(trial)",
            weights: weights, trialEpochs: trialEpochs)
    }

    /// The names that were given, or those of all recipes.
    func names(_ given: [String]) throws -> [String] {
        let known = try FileManager.default.contentsOfDirectory(atPath: Self.recipes)
            .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()
        if let other = given.first(where: { !known.contains($0) }) {
            throw ValidationError(
                "there is no recipe \(other); there are \(known.joined(separator: ", "))")
        }
        return given.isEmpty ? known : given
    }
}

/// `experiments plan`.
struct PlanExperiments: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "plan", abstract: "Prints what there is to run, and how long it takes.")

    @ArgumentParser.Argument(help: "Recipes; all where none is named.")
    var names: [String] = []

    @OptionGroup var places: Places

    func run() throws {
        print(try Plans(places: places, names: places.names(names)).markdown)
    }
}

/// `experiments run`.
struct RunExperiments: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "run", abstract: "Carries out all runs that are not done.")

    @ArgumentParser.Argument(help: "Recipes; all where none is named.")
    var names: [String] = []

    @Option(help: "At most so many epochs a run: to try recipes. Their outcomes are no results.")
    var trial: Int?

    @OptionGroup var places: Places

    func run() throws {
        keepFreedMemory()
        try setThreadCount(1)
        for name in try places.names(names) {
            try places.conductor(name, trialEpochs: trial).conduct()
        }
    }
}

/// `experiments gather`.
struct GatherExperiments: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "gather",
        abstract: "Puts the tables of all outcomes into docs/results/lorita.md.")

    @OptionGroup var places: Places

    private static let page = "docs/results/lorita.md"

    func run() throws {
        let names = try places.names([])
        var page = try String(contentsOfFile: Self.page, encoding: .utf8)
        try page.fill("plan", with: Plans(places: places, names: names).markdown)
        for name in names {
            let conductor = try places.conductor(name)
            try page.fill(
                name, with: Tables(conductor).markdown)
        }
        try page.write(toFile: Self.page, atomically: true, encoding: .utf8)
    }
}

/// What there is to run, and how much of it is done.
struct Plans {
    let places: Places
    let names: [String]

    var markdown: String {
        get throws {
            var table = TextTable([
                "recipe": .left, "variants": .right, "decays": .right, "seeds": .right,
                "runs": .right, "epochs": .right, "planned minutes": .right, "done": .right,
                "measured minutes": .right,
            ])
            var sums = (planned: 0.0, measured: 0.0)
            for name in names {
                let conductor = try places.conductor(name)
                let recipe = conductor.recipe
                let sweeps = recipe.variants.flatMap(recipe.sweep)
                let finals = recipe.variants.flatMap { recipe.finals($0, decay: 0) }
                let done = try conductor.due().compactMap {
                    try Outcome.find($0, in: conductor.results)
                }
                let tuning = recipe.tuning.map { tuning in
                    recipe.variants.reduce(0) {
                        $0 + ($1.tuningEpochs ?? tuning.epochs)
                    } * tuning.budgets.count * recipe.seeds.count
                }
                let epochs = (sweeps + finals).reduce(tuning ?? 0) { $0 + $1.epochs }
                let planned = Double(epochs) * recipe.minutesPerEpoch
                let measured =
                    done.reduce(0) { sum, outcome in
                        sum + outcome.tuned.reduce(outcome.seconds) { $0 + $1.seconds }
                    } / 60
                sums = (sums.planned + planned, sums.measured + measured)
                table.add([
                    name, "\(recipe.variants.count)", "\(recipe.decays.count)",
                    "\(recipe.seeds.count)", "\(sweeps.count) + \(finals.count)", "\(epochs)",
                    Formatting.decimal(planned, places: 0),
                    "\(done.count) of \(sweeps.count + finals.count)",
                    Formatting.decimal(measured, places: 0),
                ])
            }
            table.add([
                "all", "", "", "", "", "", Formatting.decimal(sums.planned, places: 0), "",
                Formatting.decimal(sums.measured, places: 0),
            ])
            return table.markdown
        }
    }
}

extension String {
    /// Replaces what stands between the marks of a name.
    fileprivate mutating func fill(_ name: String, with text: String) throws {
        let marks = ("<!-- begin \(name) -->\n", "<!-- end \(name) -->")
        guard let begin = range(of: marks.0), let end = range(of: marks.1),
            begin.upperBound <= end.lowerBound
        else {
            throw ExperimentError(
                "the page has no place for \(name): put \(marks.0)\(marks.1) where it belongs")
        }
        replaceSubrange(begin.upperBound..<end.lowerBound, with: "\n\(text)\n")
    }
}
