import Compression
import Foundation
import Interchange
import Models
import Programs
import Testing
import Training

@testable import experiments

/// The recipes, and what is made of their outcomes.
@Suite struct RecipeTests {
    private static let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
        .deletingLastPathComponent().deletingLastPathComponent()
        .appendingPathComponent("Experiments/recipes").path

    private static let names =
        (try? FileManager.default.contentsOfDirectory(atPath: folder))?.sorted() ?? []

    /// A recipe written down, with what some lines say replaced.
    private func recipe(_ changes: [String: String] = [:]) throws -> Recipe {
        var lines = [
            "title": "A test", "network": "fcn4", "data": "digits", "options": "--batch 32",
            "epochs": "10", "sweepEpochs": "2", "decays": "[0.1, 0.2]", "seeds": "[0, 1]",
            "budgets": "[0.5, 0.1]", "criteria": "[raw, whitened]", "measure": "accuracy",
            "minutesPerEpoch": "1", "plain": "N = 1",
            "variants":
                "[{name: N = 1, options: --factors 1}, {name: \"N = 3, warm\", options: --factors 3}]",
        ]
        lines.merge(changes) { $1 }
        let path = NSTemporaryDirectory() + "recipe-\(UUID().uuidString).yaml"
        defer { try? FileManager.default.removeItem(atPath: path) }
        try lines.map { "\($0): \($1)" }.joined(separator: "\n")
            .write(toFile: path, atomically: true, encoding: .utf8)
        return try Recipe(contentsOf: path)
    }

    private func withRunner(
        _ recipe: Recipe, _ body: (RecipeRunner) throws -> Void
    ) throws {
        let folder = NSTemporaryDirectory() + "results-\(UUID().uuidString)"
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try body(
            RecipeRunner(
                name: "test", recipe: recipe, output: "\(folder)/runs", results: folder,
                weights: nil, trialEpochs: nil))
    }

    /// An outcome whose truncated networks are right in these shares, on validation and on test alike.
    private func outcome(
        of run: Run, _ recipe: Recipe, dense: Double = 0.9, _ share: Double,
        stopped: String? = nil
    ) -> Outcome {
        func score(_ accuracy: Double) -> Outcome.Score {
            Outcome.Score(
                Evaluation(
                    correct: Int((accuracy * 10_000).rounded()), examples: 10_000,
                    loss: 1 - accuracy))
        }
        let truncated = recipe.budgets.flatMap { budget in
            recipe.truncations(isSweep: run.isSweep).map { way in
                Outcome.Truncated(
                    budget: budget, criterion: way.criterion, allocator: way.allocator,
                    split: way.split, parameters: 10, macs: 10,
                    validation: score(way.criterion == "raw" ? share - 0.2 : share),
                    test: run.isSweep ? nil : score(share))
            }
        }
        return Outcome(
            recipe: "test", variant: run.variant.name, decay: run.decay, seed: run.seed,
            epochs: run.epochs, isSweep: run.isSweep, settings: recipe.settings(of: run),
            stopped: stopped, seconds: 60, machine: "", version: "", parameters: 100,
            validation: stopped == nil ? score(dense) : nil,
            test: stopped == nil && !run.isSweep ? score(dense) : nil,
            truncated: stopped == nil ? truncated : [], tuned: [])
    }

    @Test(arguments: names)
    func `every recipe can be read, and its runs have names of their own`(name: String) throws {
        let recipe = try Recipe(contentsOf: "\(Self.folder)/\(name)")
        let runs = recipe.variants.flatMap {
            recipe.sweepRuns($0) + recipe.finalRuns($0, decay: 0.5)
        }
        #expect(!runs.isEmpty && Set(runs.map(\.name)).count == runs.count)
        #expect(recipe.budgets.allSatisfy { (0..<1).contains($0) })
        for run in recipe.variants.flatMap(recipe.sweepRuns) {
            // The sweep is at a fifth of the length.
            #expect(run.epochs * 5 <= recipe.epochs + 4, "\(run.epochs) of \(recipe.epochs)")
        }
    }

    @Test(arguments: [
        ("criteria", "[raw, whitend]", "there is no criterion whitend"),
        ("allocators", "[thresold]", "is not a recipe"), ("plain", "N = 2", "no variant N = 2"),
        ("start", "{file: a.pt, options: x}", "either network or start"),
        ("also", "[{criterion: raw, split: other}]", "is not a recipe"),
        ("epochs", "many", "is not a recipe"),
    ])
    func `what a recipe cannot say is refused`(key: String, value: String, sentence: String) {
        #expect {
            _ = try recipe([key: value])
        } throws: {
            "\($0)".contains(sentence)
        }
    }

    @Test func `the decay whose truncated networks are best on validation is chosen`() throws {
        let recipe = try recipe()
        try withRunner(recipe) { runner in
            let variant = recipe.variants[1]
            let sweep = recipe.sweepRuns(variant)
            #expect(sweep.map(\.decay) == [0.1, 0.2] && sweep.allSatisfy(\.isSweep))
            try outcome(of: sweep[0], recipe, dense: 0.99, 0.5).write(
                of: sweep[0], in: runner.results)
            #expect(try runner.decay(of: variant) == nil)
            try outcome(of: sweep[1], recipe, dense: 0.8, 0.7).write(
                of: sweep[1], in: runner.results)
            #expect(try runner.decay(of: variant) == 0.2)
            #expect(
                try runner.due().filter { !$0.isSweep }.map(\.name) == [
                    "n3warm-decay0.2-epochs10-seed0", "n3warm-decay0.2-epochs10-seed1",
                ])
            // What diverged is never chosen.
            try outcome(of: sweep[1], recipe, 0.7, stopped: "the loss became NaN").write(
                of: sweep[1], in: runner.results)
            #expect(try runner.decay(of: variant) == 0.1)
            #expect(
                try Tables(runner).markdown.contains(
                    "| N = 3, warm | 99.00 → 50.00 | diverged | 0.1 |"))
            #expect(
                try Tables(runner).markdown.contains("At the edge of what was tried: N = 3, warm."))
            let wider = try self.recipe(["decays": "[0.05, 0.1, 0.2]"])
            try outcome(of: wider.sweepRuns(variant)[0], wider, 0.1).write(
                of: wider.sweepRuns(variant)[0], in: runner.results)
            let inner = RecipeRunner(
                name: "test", recipe: wider, output: runner.output, results: runner.results,
                weights: nil, trialEpochs: nil)
            #expect(try inner.decay(of: variant) == 0.1)
            #expect(try !Tables(inner).markdown.contains("At the edge"))
        }
    }

    @Test func `plain training is run with the decay of its best dense network too`() throws {
        let recipe = try recipe(["seeds": "[0]"])
        try withRunner(recipe) { runner in
            for (variant, dense) in zip(recipe.variants, [[0.99, 0.8], [0.99, 0.8]]) {
                for (run, scores) in zip(recipe.sweepRuns(variant), zip(dense, [0.5, 0.7])) {
                    try outcome(of: run, recipe, dense: scores.0, scores.1)
                        .write(of: run, in: runner.results)
                }
            }
            #expect(try runner.decays(of: recipe.variants[0]) == [0.2, 0.1])
            #expect(try runner.decays(of: recipe.variants[1]) == [0.2])
            let finals = try runner.due().filter { !$0.isSweep }
            #expect(finals.count == 3)
            // What plain training is still to come is said, also where others are done.
            for (index, dense, missing) in [(2, 0.9, "0.2, 0.1"), (0, 0.85, "0.1"), (1, 0.95, nil)]
            {
                try outcome(of: finals[index], recipe, dense: dense, 0.8)
                    .write(of: finals[index], in: runner.results)
                let said = try Tables(runner).markdown.firstMatch(
                    of: /N = 1 under decay (.*) is not done yet/)
                #expect(said.map { String($0.1) } == missing)
            }
            let page = try Tables(runner).markdown
            #expect(
                page.contains(
                    "| N = 1, best dense | 0.1 | 1 | 95.00 | 50 % | whitened | 80.00 | -15.00 | -15.00 |"
                ), "\(page)")
            #expect(
                page.contains(
                    "| N = 3, warm | 0.2 | 1 | 90.00 | 50 % | whitened | 80.00 | -10.00 | -15.00 |"),
                "\(page)")
            // As good as the best: no second decay.
            for run in recipe.sweepRuns(recipe.variants[0]) {
                try outcome(of: run, recipe, dense: 0.9, run.decay).write(
                    of: run, in: runner.results)
            }
            #expect(try runner.decays(of: recipe.variants[0]) == [0.2])
        }
    }

    @Test func `what is done is timed again, and nothing else of it changes`() throws {
        let recipe = try recipe(["decays": "[0.1]", "seeds": "[0]"])
        try withRunner(recipe) { runner in
            let runs = try runner.due()
            for run in runs {
                try outcome(of: run, recipe, 0.7).write(of: run, in: runner.results)
            }
            #expect(throws: ExperimentError.self) { try runner.timeAgain() }
            let network = try fullyConnected(layers: 3, width: 64, classes: 10, input: [1, 8, 8])
                .initialized(seed: 1)
            for run in runs {
                let folder = "\(runner.output)/\(run.name)"
                try FileManager.default.createDirectory(
                    atPath: folder, withIntermediateDirectories: true)
                try network.write(to: "\(folder)/model.pt2")
            }
            try runner.timeAgain()
            for run in runs {
                let found = try #require(try runner.outcome(of: run))
                for budget in recipe.budgets {
                    let best = try #require(found.best(at: budget, recipe.measure))
                    #expect(best.criterion == "whitened" && best.test?.accuracy == 0.7)
                    #expect(try #require(best.times).speed(1) > 0)
                }
                #expect(found.truncated.count(where: { $0.times != nil }) == recipe.budgets.count)
            }
        }
    }

    @Test func `several decays with nothing to choose one by are refused`() throws {
        #expect(throws: ExperimentError.self) { try recipe(["sweepEpochs": "null"]) }
    }

    @Test func `a folder that cannot be written to is no other process`() throws {
        #expect(throws: ExperimentError.self) { try Lock("/proc/none.lock") }
    }

    @Test func `what another process is at is waited for, what is done is done`() throws {
        let recipe = try recipe(["decays": "[0.1]", "seeds": "[0]"])
        try withRunner(recipe) { runner in
            let runs = try runner.due()
            try outcome(of: runs[0], recipe, 0.5).write(of: runs[0], in: runner.results)
            try FileManager.default.createDirectory(
                atPath: runner.output, withIntermediateDirectories: true)
            let lock = try #require(try Lock("\(runner.output)/\(runs[1].name).lock"))
            #expect(try runner.runNext() == .waiting)
            lock.release()
            try outcome(of: runs[1], recipe, 0.5).write(of: runs[1], in: runner.results)
            #expect(try runner.runNext() == .done)
        }
    }

    @Test func `a trial has short runs of one decay, and no sweep`() throws {
        let recipe = try recipe(["seeds": "[0]"])
        let runner = RecipeRunner(
            name: "test", recipe: recipe, output: "none", results: "none", weights: nil,
            trialEpochs: 1)
        #expect(
            try runner.due().map(\.name) == [
                "n1-decay0.1-epochs1-seed0", "n3warm-decay0.1-epochs1-seed0",
            ])
    }

    @Test func `tables give mean, deviation, and the gaps to its own and to the plain network`()
        throws
    {
        let recipe = try recipe(["decays": "[0.1]"])
        try withRunner(recipe) { runner in
            for (variant, scores) in zip(recipe.variants, [(0.9, 0.5), (0.88, 0.86)]) {
                let (dense, share) = scores
                for (run, offset) in zip(recipe.finalRuns(variant, decay: 0.1), [-0.01, 0.01]) {
                    try outcome(of: run, recipe, dense: dense, share + offset)
                        .write(of: run, in: runner.results)
                }
            }
            let page = try Tables(runner).markdown
            #expect(
                page.contains(
                    "| N = 3, warm | 0.1 | 2 | 88.00 ± 0.00 | 50 % | whitened | 86.00 ± 1.41 | -2.00 | -4.00 |"
                ), "\(page)")
            #expect(page.contains("| N = 1 | 10 % | 50.00 ± 1.41 | 50.00 ± 1.41 |"), "\(page)")
        }
    }

    @Test func `a network that was trained with other settings is not measured under these`() throws
    {
        let recipe = try recipe()
        try withRunner(recipe) { runner in
            let run = recipe.finalRuns(recipe.variants[0], decay: 0.1)[0]
            let folder = "\(runner.output)/\(run.name)"
            try FileManager.default.createDirectory(
                atPath: folder, withIntermediateDirectories: true)
            try runner.claim(folder, for: run)
            try Data().write(to: URL(fileURLWithPath: "\(folder)/checkpoint.pt2"))
            try runner.claim(folder, for: run)
            let changed = RecipeRunner(
                name: "test", recipe: try self.recipe(["options": "--batch 64"]),
                output: runner.output, results: runner.results, weights: nil, trialEpochs: nil)
            #expect {
                try changed.claim(folder, for: run)
            } throws: {
                "\($0)".contains("is of another version of the recipe; remove it")
            }
        }
    }

    @Test func `an outcome that is damaged, or of another version of the recipe, is not taken`()
        throws
    {
        let recipe = try recipe()
        try withRunner(recipe) { runner in
            let run = recipe.finalRuns(recipe.variants[0], decay: 0.1)[0]
            #expect(try runner.outcome(of: run) == nil)
            try outcome(of: run, recipe, 0.5).write(of: run, in: runner.results)
            #expect(try runner.outcome(of: run)?.seconds == 60)
            for change in [["options": "--batch 64"], ["criteria": "[raw, whitened, fisher]"]] {
                #expect {
                    _ = try Outcome.find(run, of: self.recipe(change), in: runner.results)
                } throws: {
                    "\($0)".contains("is of another version of the recipe; remove it")
                }
            }
            try Data("{".utf8).write(
                to: URL(fileURLWithPath: "\(runner.results)/\(run.name).json"))
            #expect {
                _ = try runner.outcome(of: run)
            } throws: {
                "\($0)".contains("is damaged; remove it")
            }
        }
    }
}
