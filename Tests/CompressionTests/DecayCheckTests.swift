import Compression
import Foundation
import Models
import Programs
import Tensors
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
    func
        `with little decay the exponent is factors times rate times decay times steps, by 1 less momentum`(
            factors: Int
        ) throws
    {
        let found = try check(factors) { $0.momentum = 0.75 }
        let wanted = Double(factors) * 0.05 * 1e-3 * 1000 / 0.25
        // The velocity has to gather first.
        #expect(abs(found.least - wanted) < 4e-3 * wanted && found.least == found.greatest)
    }

    @Test func `the reference's run of ResNet-20 is found as the notes of its logs have it`() throws
    {
        // Rate .01, decay 1e-3, momentum .9, 181 epochs of 391 steps, N = 3: e^-21.
        let found = try check(steps: 391) {
            $0.learningRate = 0.01
            $0.epochs = 181
        }
        #expect(abs(found.least - 21.2) < 0.3 && found.verdict == .enough)
    }

    @Test func `the sum is over the real schedule`() throws {
        let constant = try check()
        let cosine = try check { $0.schedule = .cosine }
        #expect(abs(cosine.least / constant.least - 0.5) < 6e-3)
        let stepped = try check { $0.schedule = .step }
        #expect(abs(stepped.least / constant.least - (0.5 + 0.025 + 0.0025)) < 6e-3)
        let warm = try check {
            $0.warmUpEpochs = 2
            $0.decayWarmUpEpochs = 2
        }
        // Over the first fifth rate and decay rise together: a third of it counts.
        #expect(abs(warm.least / constant.least - (0.8 + 0.2 / 3)) < 1e-2)
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
        #expect(abs(found.least / wanted - 1) < 3e-2)
    }

    @Test func `AdamW has no momentum in it, and Adam no such number`() throws {
        let adamw = try check { $0.optimizer = .adamw }
        #expect(abs(adamw.least + 3 * 1000 * log(1 - 0.05 * 1e-3)) < 1e-9)
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
        #expect(abs(found.least / (2 * 0.5) - 1) < 0.02 && abs(found.greatest / (3 * 5) - 1) < 0.05)
        #expect(found.verdict == .tooLittle)
    }

    @Test func `a plain network has nothing to check`() throws {
        #expect(try DecayCheck(TrainingOptions(), of: network(1), stepsPerEpoch: 10) == nil)
    }

    @Test(arguments: [
        (
            1e-3, DecayCheck.Verdict.tooLittle,
            "directions without a gradient shrink to e^-1.5 of their size: too little to die, which "
                + "takes e^-15; try --weight-decay 0.013, or 133 epochs"
        ),
        (
            1e-2, .enough,
            "directions without a gradient shrink to e^-15.6 of their size: they die, and decay "
                + "costs little beyond that"
        ),
        (
            3e-2, .tooMuch,
            "directions without a gradient shrink to e^-53.7 of their size: they die long before "
                + "the end, and beyond e^-32 decay costs accuracy alone; try --weight-decay 0.013"
        ),
        (
            0, .tooLittle,
            "directions without a gradient shrink to e^-0.0 of their size: without decay on every "
                + "factor none dies; try --weight-decay 0.013"
        ),
    ])
    func `advice says what happens and what to change`(
        decay: Double, verdict: DecayCheck.Verdict, advice: String
    ) throws {
        let found = try check { $0.weightDecay = decay }
        #expect(found.verdict == verdict)
        #expect(found.advice == advice)
        #expect(found.summary == "decay: \(advice) (e^-15 to e^-32 is sought)")
    }

    /// What the optimizers really do to parameters without a gradient, also where decay makes momentum swing.
    @Test(arguments: [
        (OptimizerChoice.sgd, 0.0, 2e-2), (.sgd, 0.5, 1e-2), (.sgd, 0.9, 2e-3), (.sgd, 0.9, 1.0),
        (.sgd, 0.9, 20.0), (.adamw, 0.9, 2e-2),
    ])
    func `a number without a gradient shrinks as the exponent says`(
        kind: OptimizerChoice, momentum: Double, decay: Double
    ) throws {
        let steps = 100
        let options = options {
            $0.optimizer = kind
            $0.momentum = momentum
            $0.weightDecay = decay
            $0.epochs = 1
        }
        let found = try #require(
            try DecayCheck(options, of: network(2), stepsPerEpoch: steps))
        var optimizer = options.newOptimizer
        let parameters = ["w": Tensor([1.0] as [Double])]
        let group = ParameterGroup(names: ["w"], weightDecay: decay)
        var sizes: [Double] = []
        for step in 0..<steps {
            try optimizer.step(
                parameters, ["w": try .zeros([1], type: .float64)], group,
                learningRate: options.learningRate(step: step, stepsPerEpoch: steps, after: []))
            sizes.append(abs(try #require(parameters["w"]).item()))
        }
        // A number that swings has passed its largest within its last swing.
        let size = try #require(sizes.suffix(decay > 0.1 ? 12 : 1).max())
        #expect(abs(-2 * log(size) - found.least) < 0.02 * found.least + (decay > 0.1 ? 2 : 0))
    }

    @Test func `advice, where it is followed, makes decay enough`() throws {
        let changes: [(inout TrainingOptions) throws -> Void] = [
            { $0.weightDecay = 0 }, { $0.weightDecay = 1e-5 }, { $0.weightDecay = 3 },
            { $0.weightDecay = 1e4 },
            { $0.decayWarmUpEpochs = 10 }, { $0.schedule = .cosine }, { $0.optimizer = .adamw },
            { $0.decayRules = [try DecayRule(parsing: "head=1.5e-2")] },
        ]
        for (index, change) in changes.enumerated() {
            let found = try check { try change(&$0) }
            #expect(found.verdict != .enough, "\(index)")
            let decay = try #require(
                found.advice.firstMatch(of: /--weight-decay ([0-9.e+-]+)/)?.1, "\(found.advice)")
            let followed = try check {
                try change(&$0)
                $0.weightDecay = try #require(Double(decay))
            }
            #expect(followed.verdict == .enough, "\(found.advice): \(followed.advice)")
            guard let epochs = found.advice.firstMatch(of: /or ([0-9]+) epochs/)?.1 else {
                continue
            }
            let longer = try check {
                try change(&$0)
                $0.epochs = try #require(Int(epochs))
            }
            #expect(longer.verdict == .enough, "\(found.advice): \(longer.advice)")
        }
    }

    @Test func `what no weight decay can mend is said otherwise`() throws {
        // In thirty steps momentum lets nothing die; more epochs do.
        let short = try check(2, steps: 3)
        #expect(
            short.advice.contains(/too little to die, which takes e\^-15; try [0-9]+ epochs$/),
            "\(short.advice)")
        let without = try check(2, steps: 3) { $0.weightDecay = 0 }
        #expect(
            without.advice.hasSuffix(
                "none dies; no decay is enough in so short a run, train for more epochs"),
            "\(without.advice)")
        let ruled = try check {
            $0.weightDecay = 1e-2
            $0.decayRules = [try DecayRule(parsing: "head=1e-5")]
        }
        #expect(
            ruled.advice.hasSuffix("try more decay for head with --decay-for"), "\(ruled.advice)")
        let grown = try check { $0.weightDecay = 1e300 }
        #expect(grown.verdict == .tooMuch)
        #expect(
            grown.advice.hasPrefix(
                "parameters without a gradient grow under so much decay; try --weight-decay 0.01"),
            "\(grown.advice)")
    }
}
