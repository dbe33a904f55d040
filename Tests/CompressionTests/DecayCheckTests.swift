import Compression
import Foundation
import Models
import Programs
import Testing
import Training

@Suite struct DecayCheckTests {
    private func network(_ factors: Int) throws -> Program {
        try Compose(factors: factors).apply(
            to: fullyConnected(layers: 3, width: 6, classes: 3, input: [4]).initialized(seed: 1)
        ).program
    }

    private func options(_ change: (inout TrainingOptions) throws -> Void) rethrows
        -> TrainingOptions
    {
        var options = TrainingOptions()
        options.schedule = .constant
        options.epochs = 10
        try change(&options)
        return options
    }

    private func check(
        _ factors: Int = 3, steps: Int = 100,
        _ change: (inout TrainingOptions) throws -> Void = { _ in }
    ) throws -> DecayCheck {
        try #require(
            try DecayCheck(options(change), of: network(factors), stepsPerEpoch: steps))
    }

    @Test(arguments: 2...6)
    func `the exponent is factors times rate times decay times steps, by 1 less momentum`(
        factors: Int
    ) throws {
        let found = try check(factors) { $0.momentum = 0.75 }
        let wanted = Double(factors) * 0.05 * 1e-3 * 1000 / 0.25
        #expect(abs(found.least - wanted) < 1e-9 * wanted && found.least == found.greatest)
    }

    @Test func `the reference's run of ResNet-20 is found as the notes of its logs have it`() throws
    {
        // Rate .01, decay 1e-3, momentum .9, 181 epochs of 391 steps, N = 3: e^-21.
        let found = try check(steps: 391) {
            $0.learningRate = 0.01
            $0.epochs = 181
        }
        #expect(abs(found.least - 21.2) < 0.05 && found.verdict == .enough)
    }

    @Test func `the sum is over the real schedule`() throws {
        let constant = try check()
        let cosine = try check { $0.schedule = .cosine }
        #expect(abs(cosine.least / constant.least - 0.5) < 1e-3)
        let stepped = try check { $0.schedule = .step }
        #expect(abs(stepped.least / constant.least - (0.5 + 0.025 + 0.0025)) < 1e-9)
        let warm = try check {
            $0.warmUpEpochs = 2
            $0.decayWarmUpEpochs = 2
        }
        // Over the first fifth rate and decay rise together: a third of it counts.
        #expect(abs(warm.least / constant.least - (0.8 + 0.2 / 3)) < 2e-3)
    }

    @Test func `a schedule that losses decide on gives a range`() throws {
        let found = try check {
            $0.schedule = .plateau
            $0.patience = 1
        }
        let constant = try check()
        #expect(found.greatest == constant.greatest)
        // The rate falls after the third epoch, and then after every second.
        let shares = [1, 1, 1, 0.1, 0.1, 0.01, 0.01, 1e-3, 1e-3, 1e-4]
        let wanted = constant.least * shares.reduce(0, +) / 10
        #expect(abs(found.least - wanted) < 1e-9)
    }

    @Test func `AdamW has no momentum in it, and Adam no such number`() throws {
        let adamw = try check { $0.optimizer = .adamw }
        #expect(abs(adamw.least - 3 * 0.05 * 1e-3 * 1000) < 1e-9)
        let adam = try check {
            $0.optimizer = .adam
            $0.learningRate = 1e-3
        }
        #expect(adam.verdict == .signLike)
        #expect(
            adam.advice
                == "Adam's decay is part of the gradient that it normalises: directions without one "
                + "move by up to the learning rate a step, 1 in all, whatever the decay; choose sgd "
                + "or adamw for decay that ranks follow")
        #expect(adam.summary == "decay: \(adam.advice)")
    }

    @Test func `decay of some factors alone, and several numbers of factors, give a range`() throws
    {
        let found = try check {
            $0.decayRules = [
                try DecayRule(parsing: "head=1e-2"),
                try DecayRule(parsing: "layers.0.linear.factors.0=0"),
            ]
        }
        #expect(abs(found.least - 2 * 0.5) < 1e-9 && abs(found.greatest - 3 * 5) < 1e-9)
        #expect(found.verdict == .tooLittle)
    }

    @Test func `a plain network has nothing to check`() throws {
        #expect(try DecayCheck(TrainingOptions(), of: network(1), stepsPerEpoch: 10) == nil)
    }

    @Test(arguments: [
        (
            1e-3, DecayCheck.Verdict.tooLittle,
            "directions without a gradient shrink to e^-1.5 of their size: too little to die, which "
                + "takes e^-15; try --weight-decay 0.013, or 134 epochs"
        ),
        (
            1e-2, .enough,
            "directions without a gradient shrink to e^-15.0 of their size: they die, and decay "
                + "costs little beyond that"
        ),
        (
            3e-2, .tooMuch,
            "directions without a gradient shrink to e^-45.0 of their size: they die long before "
                + "the end, and beyond e^-32 decay costs accuracy alone; try --weight-decay 0.013"
        ),
        (
            0, .tooLittle,
            "directions without a gradient shrink to e^-0.0 of their size: without decay on every "
                + "factor none dies; try --weight-decay 1e-3"
        ),
    ])
    func `advice says what happens and what to change`(
        decay: Double, verdict: DecayCheck.Verdict, advice: String
    ) throws {
        let found = try check { $0.weightDecay = decay * (1 + 1e-12) }
        #expect(found.verdict == verdict)
        #expect(found.advice == advice)
        #expect(found.summary == "decay: \(advice) (e^-15 to e^-32 is sought)")
    }

    /// What decay and momentum really do to a number without a gradient.
    @Test(arguments: [0.0, 0.5, 0.9])
    func `a number without a gradient shrinks as the exponent says`(momentum: Double) throws {
        let found = try check(2) {
            $0.momentum = momentum
            $0.weightDecay = 2e-2 * (1 - momentum)
        }
        var (size, velocity) = (1.0, 0.0)
        for _ in 0..<1000 {
            velocity = momentum * velocity + 2e-2 * (1 - momentum) * size
            size -= 0.05 * velocity
        }
        #expect(abs(-2 * log(size) / found.least - 1) < 0.02)
    }
}
