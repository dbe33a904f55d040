import Compression
import Foundation
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing
import Training

@Suite struct SpectrumLogTests {
    /// What a run of one epoch logs, and the Program that it ends with.
    private func logged(_ program: Program, epochs: Int = 1) throws -> TrainingRun {
        var options = TrainingOptions()
        options.epochs = epochs
        options.batchSize = 16
        let inputs = try random([48, 6], seed: 4)
        let labels = (0..<48).map { $0 % 3 }
        return try Trainer(options, hooks: [SpectrumLog()]).fit(
            program, on: examples(inputs, labels: labels))
    }

    private func network() throws -> Program {
        try fullyConnected(layers: 3, width: 8, classes: 3, input: [6]).initialized(seed: 1)
    }

    @Test(arguments: [1, 2, 3])
    func `each weight's numbers are those of the weight that Merge gives`(factors: Int) throws {
        let run = try logged(Compose(factors: factors).apply(to: network()).program, epochs: 2)
        #expect(run.history.count == 2)
        let layers = try #require(run.history[1].layers)
        let merged = try Merge().apply(to: run.program).program
        #expect(Set(layers.keys) == Set(merged.weightSites.map(\.name)))
        for (name, numbers) in layers {
            let values = try merged.tensor(name).converted(to: .float64).singularValues()
                .elements(Double.self)
            let spectrum = Spectrum(values)
            expectClose(
                try #require(numbers["effectiveRank"]), spectrum.effectiveRank, within: 1e-4)
            expectClose(try #require(numbers["stableRank"]), spectrum.stableRank, within: 1e-4)
            expectClose(
                try #require(numbers["schatten"]), spectrum.schatten(2 / Double(factors)),
                within: 1e-3)
            guard factors > 1 else {
                #expect(numbers["balancedness"] == nil)
                continue
            }
            let stem = name.dropLast(".weight".count)
            let energies = try (0..<factors).map {
                try run.program.tensor("\(stem).factors.\($0)").energy
            }
            let mean = energies.reduce(0, +) / Double(factors)
            let balancedness = try #require(numbers["balancedness"])
            expectClose(balancedness, mean / spectrum.schatten(2 / Double(factors)), within: 1e-3)
            #expect(balancedness > 0.999)
        }
    }

    @Test func `balanced factors have a balancedness of one`() throws {
        // A learning rate next to nothing leaves them as they begin.
        var options = TrainingOptions()
        options.epochs = 1
        options.learningRate = 1e-12
        let run = try Trainer(options, hooks: [SpectrumLog()]).fit(
            Compose(factors: 3).apply(to: network()).program,
            on: examples(random([16, 6]), labels: (0..<16).map { $0 % 3 }))
        let layers = try #require(run.history[0].layers)
        #expect(layers.count == 3)
        for layer in layers.values {
            expectClose(try #require(layer["balancedness"]), 1, within: 1e-4)
        }
    }

    @Test func `a spectrum is told by hand`() {
        let spectrum = Spectrum([2, 4, 2, 0])
        #expect(spectrum.values == [4, 2, 2, 0])
        #expect(spectrum.energy == 24 && spectrum.stableRank == 1.5)
        expectClose(spectrum.effectiveRank, 2 * 2.0.squareRoot(), within: 1e-12)
        expectClose(spectrum.schatten(1), 8, within: 1e-12)
        expectClose(spectrum.schatten(0.5), 2 + 2 * 2.0.squareRoot(), within: 1e-12)
        #expect(spectrum.rank(keeping: 0.8) == 2 && spectrum.rank(keeping: 1) == 3)
        #expect(Spectrum([0, 0]).effectiveRank == 0 && Spectrum([]).rank(keeping: 0.5) == 1)
    }
}
