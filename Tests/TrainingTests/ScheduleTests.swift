import Foundation
import Tensors
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
