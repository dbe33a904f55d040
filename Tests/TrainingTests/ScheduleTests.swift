import Datasets
import Foundation
import Tensors
import TestSupport
import Testing
import Training

@Suite struct ScheduleTests {
    private func factors(
        _ schedule: LearningRateSchedule, of steps: Int, warmUp: Int = 0
    ) -> [Double] {
        (0..<steps).map { schedule.factor(step: $0, of: steps, warmUp: warmUp) }
    }

    @Test func `constant stays`() {
        #expect(factors(.constant, of: 5) == [1, 1, 1, 1, 1])
    }

    @Test func `step falls to a tenth at half and again at three quarters`() {
        #expect(factors(.step, of: 8) == [1, 1, 1, 1, 0.1, 0.1, 0.01, 0.01])
    }

    @Test func `cosine falls from one to nearly zero`() {
        expectClose(
            factors(.cosine, of: 4),
            [1, (1 + 0.5.squareRoot()) / 2, 0.5, (1 - 0.5.squareRoot()) / 2], within: 1e-12)
        let long = factors(.cosine, of: 100)
        #expect(long == long.sorted(by: >))
        #expect(long[99] > 0 && long[99] < 3e-4)
    }

    /// PyTorch 2.13.0, `ReduceLROnPlateau(SGD([p], lr=1.0), patience=…)`: minus the decimal
    /// logarithm of the rate before each loss and after the last.
    @Test(arguments: [
        (1, "000001122222223334455555667"), (2, "000000111111111111222222233"),
        (3, "000000011111111111122222223"), (10, "000000000000000000000000000"),
    ])
    func `plateau falls as PyTorch's does`(patience: Int, powers: String) {
        let losses = [
            2, 1.5, 1.2, 1.2, 1.25, 1.19995, 1.3, 1.1, 1.0999, 1.09985, 1.0998, 1.0997, 1.2,
            .infinity, 0.9, 0.95, 0.91, 0.9, 0.89995, 0.89991, 0.8999, 0.5, 0.6, 0.7, 0.49999, 0.6,
        ]
        expectFactors(powers, losses, patience)
    }

    @Test func `plateau falls again and again, and at once without patience`() {
        expectFactors("0000000000000111111111112222", [2] + [Double](repeating: 1, count: 26), 10)
        expectFactors(
            "0000123445566",
            [2, 1.5, 1.2, 1.2, 1.25, 1.19995, 1.3, 1.1, 1.0999, 1.09985, 1.0998, 1.0997], 0)
    }

    private func expectFactors(
        _ powers: String, _ losses: [Double], _ patience: Int,
        sourceLocation: SourceLocation = #_sourceLocation
    ) {
        let found = (0...losses.count).map {
            LearningRateSchedule.plateauFactor(
                after: Array(losses.prefix($0)), patience: patience)
        }
        let wanted = powers.map { pow(10, -Double($0.wholeNumberValue ?? 99)) }
        #expect(found.count == wanted.count, sourceLocation: sourceLocation)
        for (found, wanted) in zip(found, wanted) {
            #expect(abs(found - wanted) <= 1e-12 * wanted, sourceLocation: sourceLocation)
        }
    }

    /// The rates of a run's epochs, on a loss that cannot fall.
    private func rates(
        validating: Bool, _ change: (inout TrainingOptions) -> Void = { _ in }
    ) throws -> [Double] {
        let still = ClosureHook(before: { _, gradients in try gradients.mapValues { try $0 * 0 } })
        let options = options {
            $0.schedule = .plateau
            $0.learningRate = 1
            $0.weightDecay = 0
            $0.patience = 1
            $0.epochs = 6
            $0.batchSize = 48
            change(&$0)
        }
        return try Trainer(options, hooks: [still]).fit(
            linear(), on: blobs(48), validating: validating ? blobs(20, seed: 2) : nil
        ).history.map(\.learningRate)
    }

    @Test(arguments: [false, true])
    func `a run's rate falls when its loss does not`(validating: Bool) throws {
        expectClose(
            try rates(validating: validating), [1, 1, 1, 0.1, 0.1, 0.01], within: 1e-12)
    }

    @Test func `epochs of warm-up do not count for plateau`() throws {
        let rates = try rates(validating: true) {
            $0.warmUpEpochs = 1.5
            $0.batchSize = 24
        }
        // Three steps of warm-up; the third epoch is the first whose loss counts.
        expectClose(rates, [2.0 / 3, 1, 1, 1, 1, 0.1], within: 1e-12)
    }

    @Test func `plateau watches validation where there is some`() throws {
        // The training loss falls all the time, and the validation loss rises.
        let data = try blobs(48)
        let wrong = examples(
            data.inputs, labels: try (data.labels?.elements(Int.self) ?? []).map { 2 - $0 })
        func rates(_ validation: Examples?) throws -> [Double] {
            let options = options {
                $0.schedule = .plateau
                $0.patience = 0
                $0.learningRate = 0.02
            }
            return try Trainer(options).fit(linear(), on: data, validating: validation).history
                .map(\.learningRate)
        }
        expectClose(try rates(nil), [0.02, 0.02, 0.02], within: 1e-12)
        expectClose(try rates(wrong), [0.02, 0.02, 0.002], within: 1e-12)
    }

    @Test(arguments: LearningRateSchedule.allCases)
    func `warm-up rises in even steps to the highest rate`(schedule: LearningRateSchedule) {
        let factors = factors(schedule, of: 12, warmUp: 4)
        #expect(Array(factors.prefix(4)) == [0.25, 0.5, 0.75, 1])
        // What follows is the schedule over the remaining steps.
        #expect(Array(factors.dropFirst(4)) == self.factors(schedule, of: 8))
    }

    @Test func `warm-up over the whole run never falls`() {
        #expect(factors(.cosine, of: 4, warmUp: 4) == [0.25, 0.5, 0.75, 1])
    }

    @Test func `a run takes the rates of its schedule`() throws {
        let rates = Box<[Double]>([])
        let hook = ClosureHook(after: { progress, _ in
            rates.change { $0.append(progress.learningRate) }
            #expect(progress.steps == 9)
            #expect(progress.epoch == progress.step / 3)
            return [:]
        })
        let options = options {
            $0.learningRate = 0.2
            $0.warmUpEpochs = 1.0 / 3
            $0.schedule = .step
        }
        let run = try Trainer(options, hooks: [hook]).fit(linear(), on: blobs(48))
        let wanted = (0..<9).map {
            0.2 * LearningRateSchedule.step.factor(step: $0, of: 9, warmUp: 1)
        }
        #expect(rates.content == wanted)
        #expect(run.history.map(\.learningRate) == [wanted[2], wanted[5], wanted[8]])
    }
}
