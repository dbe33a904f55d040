import Datasets
import Foundation
import OrderedCollections
import Programs
import Tensors

/// A training run between two steps: the trainer's own tensors and what goes with them.
struct RunningTraining {
    private(set) var epoch = 0
    private var step = 0
    private var program: Program
    private var runner: Runner
    private var schedule: ProductSchedule
    private var parameters: [String: Tensor] = [:]
    private var buffers: [String: Tensor] = [:]
    private var optimizer: any Optimizer
    private var groups: [ParameterGroup]
    private var generator: Generator
    private var hooks: [any TrainingHook]
    private var history: [EpochMetrics] = []
    private var best: Checkpoint.Best?
    private let group: any ProcessGroup
    private let options: TrainingOptions
    private let stepsPerEpoch: Int

    init(
        _ program: Program, _ options: TrainingOptions, _ training: Examples,
        _ hooks: [any TrainingHook], _ group: any ProcessGroup, from checkpoint: Checkpoint?
    ) throws {
        self.program = checkpoint?.program ?? program
        self.options = options
        self.hooks = hooks
        self.group = group
        try options.augmentation.check(training)
        (runner, schedule) = try Self.runner(
            self.program, options, checkpoint?.schedule ?? ProductSchedule())
        optimizer = options.newOptimizer
        groups = try Self.groups(self.program, options, &self.hooks)
        generator = Generator(seed: options.seed)
        stepsPerEpoch = options.stepsPerEpoch(on: training)
        guard stepsPerEpoch > 0 else {
            throw TrainingError(
                .unusable, "\(training.count) training examples are too few to train on")
        }
        try takeTensors()
        guard let checkpoint else { return }
        guard checkpoint.options == options else {
            throw TrainingError(.checkpoint, "the checkpoint is of a run with other options")
        }
        (epoch, step, history) = (checkpoint.epoch, checkpoint.step, checkpoint.history)
        best = checkpoint.best
        generator = try Generator(state: checkpoint.generatorState)
        optimizer.state = try checkpoint.optimizerState.mapValues {
            try $0.mapValues { try $0.copied() }
        }
    }

    /// Trains for one epoch.
    mutating func epoch(
        on training: Examples, validating validation: Examples?, _ shouldStop: () -> Bool
    ) throws -> EpochMetrics {
        let start = Date()
        let loader = BatchLoader(
            training, batchSize: options.batchSize,
            order: .shuffled(seed: options.seed, epoch: epoch),
            augmentation: options.augmentation)
        var loss = 0.0
        var correct = 0.0
        var seen = 0
        while let batch = try loader.next() {
            guard !shouldStop() else {
                throw TrainingError(.interrupted, "stopped in epoch \(epoch + 1), step \(step + 1)")
            }
            let result = try self.step(batch)
            loss += result.loss * Double(batch.count)
            correct += result.correct
            seen += batch.count
        }
        let evaluation = try validation.map {
            try Evaluation(
                of: runner, on: $0, tensors: parameters.merging(buffers) { first, _ in first })
        }
        if let loss = evaluation?.loss, !loss.isFinite {
            throw diverged("the loss on validation", loss, after: step, progress(at: step - 1))
        }
        // The last step's loss was that of the parameters before it.
        if let broken = try parameters.first(where: { try !$0.value.isFinite() }) {
            throw diverged(broken.key, .nan, after: step, progress(at: step - 1))
        }
        epoch += 1
        let metrics = EpochMetrics(
            epoch: epoch, step: step, learningRate: progress(at: step - 1).learningRate,
            trainingLoss: loss / Double(max(seen, 1)),
            trainingAccuracy: correct / Double(max(seen, 1)),
            validationLoss: evaluation?.loss, validationAccuracy: evaluation?.accuracy,
            seconds: Date().timeIntervalSince(start), waitSeconds: loader.waitSeconds,
            layers: try measurements())
        history.append(metrics)
        try keepBest(evaluation)
        try callHooksAtEpochEnd()
        return metrics
    }

    /// The Program with copies of the tensors as they stand, or as they were at the best epoch.
    func finished() throws -> TrainingRun {
        if options.keepsBest, let best {
            return TrainingRun(program: best.program, history: history, epoch: best.epoch)
        }
        return TrainingRun(program: try current(), history: history, epoch: epoch)
    }

    func checkpoint() throws -> Checkpoint {
        Checkpoint(
            program: try current(), options: options, epoch: epoch, step: step, history: history,
            optimizerState: try optimizer.state.mapValues { try $0.mapValues { try $0.copied() } },
            generatorState: try generator.state(), best: best, schedule: schedule)
    }

    // MARK: One step

    private mutating func step(_ batch: Batch) throws -> (loss: Double, correct: Double) {
        guard let labels = batch.labels else {
            throw TrainingError(.unusable, "the training examples have no labels")
        }
        let progress = progress(at: step)
        let inputs = try self.inputs(batch, progress)
        let run = try runner.run(
            inputs, mode: .training, tensors: parameters.merging(buffers) { first, _ in first },
            generator: &generator)
        let predictions = try Predictions(run.results[0], labels)
        var loss = try predictions.loss(labelSmoothing: options.labelSmoothing)
        for index in hooks.indices {
            loss = try hooks[index].loss(loss, of: run.results[0], on: inputs, progress)
        }
        let value = try loss.item()
        guard value.isFinite else {
            throw diverged("the loss", value, after: step + 1, progress)
        }
        let names = Array(parameters.keys)
        let found = try gradients(of: loss, with: names.compactMap { parameters[$0] })
        var byName: [String: Tensor] = [:]
        for (name, gradient) in zip(names, found) { byName[name] = gradient }
        try withoutGradients { try update(byName, progress) }
        buffers.merge(run.buffers) { _, new in new }
        step += 1
        // As a number of examples: each counts as much as its positions together.
        let correct = try withoutGradients { try predictions.correct }
        return (value, correct * Double(batch.count) / Double(predictions.count))
    }

    private mutating func update(
        _ found: [String: Tensor], _ progress: TrainingProgress
    ) throws {
        var gradients = try group.averaged(found)
        if let limit = options.largestGradientNorm { gradients = try clipped(gradients, to: limit) }
        for index in hooks.indices {
            gradients = try hooks[index].beforeStep(
                progress, parameters: parameters, gradients: gradients)
        }
        let decay = options.decayFactor(step: progress.step, stepsPerEpoch: stepsPerEpoch)
        for var group in groups {
            group.weightDecay *= decay
            try optimizer.step(parameters, gradients, group, learningRate: progress.learningRate)
        }
        for index in hooks.indices {
            let replaced = try hooks[index].afterStep(progress, parameters: parameters)
            for (name, tensor) in replaced { parameters[name] = try tensor.copied().trainable() }
        }
    }

    /// The gradients scaled so that the norm of all together is at most `limit`.
    private func clipped(_ gradients: [String: Tensor], to limit: Double) throws -> [String: Tensor]
    {
        let squares = try gradients.keys.sorted().map { name in
            try gradients[name].map { try $0.norm().item() * $0.norm().item() } ?? 0
        }
        let norm = squares.reduce(0, +).squareRoot()
        guard norm > limit else { return gradients }
        return try gradients.mapValues { try $0 * (limit / (norm + 1e-6)) }
    }

    private mutating func inputs(_ batch: Batch, _ progress: TrainingProgress) throws -> [Tensor] {
        let given = batch.all
        guard program.inputs.count > given.count else { return given }
        var named: [String: Tensor] = [:]
        for index in hooks.indices {
            named.merge(try hooks[index].inputs(progress)) { _, new in new }
        }
        return try program.inputs.enumerated().map { index, value in
            if index < given.count { return given[index] }
            guard let tensor = named[value.name] else {
                throw TrainingError(.unusable, "no hook supplies the input \(value)")
            }
            return tensor
        }
    }

    private func progress(at step: Int) -> TrainingProgress {
        let epoch = step / stepsPerEpoch
        let losses = history.prefix(epoch).map { $0.validationLoss ?? $0.trainingLoss }
        return TrainingProgress(
            epoch: epoch, step: step, steps: options.epochs * stepsPerEpoch,
            learningRate: options.learningRate(
                step: step, stepsPerEpoch: stepsPerEpoch, after: losses))
    }

    private func diverged(
        _ what: String, _ loss: Double, after step: Int, _ progress: TrainingProgress
    ) -> TrainingError {
        let advised = String(format: "%.3g", options.learningRate / 5)
        let decay = max(options.weightDecay, options.decayRules.map(\.weightDecay).max() ?? 0)
        let isDecay = decay > 1 && decay * options.learningRate > 1
        // NB: x86 computes NaN with its sign set, and "-nan" says nothing to people.
        return TrainingError(
            .diverged,
            "\(what) became \(loss.isNaN ? "NaN" : "infinite") in epoch \(epoch + 1), step \(step): "
                + (isDecay
                    ? "try less than --weight-decay \(decay)"
                    : "try --learning-rate \(advised), --clip 1 or --warm-up 2"))
    }

    // MARK: The Program

    private static func runner(
        _ program: Program, _ options: TrainingOptions, _ schedule: ProductSchedule
    ) throws -> (Runner, ProductSchedule) {
        let order = ProductOrder(
            batch: options.batchSize, choosing: options.productChoice, replaying: schedule)
        let (rewritten, schedule) = try order.applied(to: program)
        return (try Runner(rewritten.program), schedule)
    }

    /// Weights and factors decay, but for those that hooks see to; norms and biases, of one dimension, only where asked.
    private static func groups(
        _ program: Program, _ options: TrainingOptions, _ hooks: inout [any TrainingHook]
    ) throws -> [ParameterGroup] {
        var apart: Set<String> = []
        for index in hooks.indices { apart.formUnion(try hooks[index].ownDecay(in: program)) }
        return try options.groups(of: program, apart: apart)
    }

    /// Copies of the Program's tensors, so that the caller's never change.
    private mutating func takeTensors() throws {
        parameters = [:]
        buffers = [:]
        for (name, stored) in program.tensors {
            let copy = try program.tensor(name).copied()
            switch stored.role {
            case .parameter: parameters[name] = try copy.trainable()
            case .buffer: buffers[name] = copy
            case .constant: break
            }
        }
    }

    private func current() throws -> Program {
        var elements: [String: Tensor] = [:]
        for (name, tensor) in parameters { elements[name] = try tensor.detached().copied() }
        for (name, tensor) in buffers { elements[name] = try tensor.copied() }
        return try program.replacing(elements)
    }

    private mutating func keepBest(_ evaluation: Evaluation?) throws {
        guard options.keepsBest, let accuracy = evaluation?.accuracy,
            accuracy > best?.accuracy ?? -1
        else { return }
        best = Checkpoint.Best(program: try current(), epoch: epoch, accuracy: accuracy)
    }

    /// What the hooks measure at an epoch's end; nil where they measure nothing.
    private mutating func measurements() throws -> [String: [String: Double]]? {
        guard !hooks.isEmpty else { return nil }
        let progress = progress(at: max(step - 1, 0))
        let program = try current()
        var layers: [String: [String: Double]] = [:]
        for index in hooks.indices {
            layers.merge(try hooks[index].measurements(progress, program: program)) { old, new in
                old.merging(new) { $1 }
            }
        }
        return layers.isEmpty ? nil : layers
    }

    private mutating func callHooksAtEpochEnd() throws {
        let progress = progress(at: max(step - 1, 0))
        for index in hooks.indices {
            guard let rewritten = try hooks[index].epochEnded(progress, program: current()) else {
                continue
            }
            program = rewritten.program
            if !rewritten.keepsFunction { best = nil }
            (runner, schedule) = try Self.runner(program, options, schedule)
            groups = try Self.groups(program, options, &hooks)
            try takeTensors()
            optimizer.state = try optimizer.carried(over: rewritten)
        }
    }
}
