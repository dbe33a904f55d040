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
        subcommands: [
            PlanExperiments.self, RunExperiments.self, TimeExperiments.self, GatherExperiments.self,
        ])
}

/// Where recipes, networks and outcomes are.
struct Places: ParsableArguments {
    static let recipes = "Experiments/recipes"

    @Option(help: "Where networks and logs go.")
    var output = "runs/lorita"

    @Option(help: "A folder with the files of weights that some recipes begin from.")
    var weights: String?

    /// What runs a recipe.
    func runner(_ name: String, trialEpochs: Int? = nil) throws -> RecipeRunner {
        let trial = trialEpochs == nil ? "" : "-trial"
        return RecipeRunner(
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
        commandName: "run", abstract: "Does all runs that are not done.")

    @ArgumentParser.Argument(
        help: "Recipes; where none is named, all that do not wait for a larger machine.")
    var names: [String] = []

    @Option(help: "At most so many epochs a run: to try recipes. Their outcomes are no results.")
    var trial: Int?

    @OptionGroup var places: Places

    func run() throws {
        keepFreedMemory()
        Commands.endChildrenWithSelf()
        try setThreadCount(1)
        let runners = try places.names(names).map { try places.runner($0, trialEpochs: trial) }
        // What waits for a larger machine is run where it is named, or tried.
        try RecipeRunner.run(
            names.isEmpty && trial == nil ? runners.filter { $0.recipe.waits != true } : runners)
    }
}

/// `experiments time`.
struct TimeExperiments: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "time",
        abstract:
            "Times the networks of runs that are done again: for a machine that does nothing else.")

    @ArgumentParser.Argument(help: "Recipes; all where none is named.")
    var names: [String] = []

    @OptionGroup var places: Places

    func run() throws {
        keepFreedMemory()
        try setThreadCount(1)
        for name in try places.names(names) { try places.runner(name).timeAgain() }
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
            try page.fill(name, with: Tables(places.runner(name)).markdown)
        }
        try page.write(toFile: Self.page, atomically: true, encoding: .utf8)
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
