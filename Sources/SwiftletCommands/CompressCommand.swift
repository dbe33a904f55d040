import ArgumentParser
import Compression
import Datasets
import FileFormats
import Foundation
import Interchange
import Programs
import Reports
import Tensors
import Training

/// The verb `swiftlet compress`.
struct CompressCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compress",
        abstract: "Cuts a network's weights to low ranks and writes a smaller model file.",
        discussion: """
            Example: swiftlet compress runs/mnist --keep parameters:0.1 --data mnist --output runs/small

            --keep is rank:R (at most R everywhere), energy:E (the smallest ranks that keep a share E of \
            each layer's energy), parameters:F or macs:F (at most a share F of the parameters or \
            multiply-accumulates), bytes:4MB (on disk), latency:3ms (for a batch on this machine) or drop:P (as \
            small as P points of accuracy on validation allow). --allocator says how a budget is shared out \
            between the layers; docs/allocation.md tells of each. A layer is factored only where that saves \
            parameters.

            Weights without their network, .safetensors (or the .index.json of several) or a checkpoint of \
            PyTorch, are compressed tensor by tensor: into model.safetensors, with two factors for a matrix, \
            and map.json, which says what became of each tensor and how to multiply it back.
            """)

    @ArgumentParser.Argument(
        help: "A model file or a folder with a model.pt2, or a file of weights.")
    var model: String

    @Option(
        help:
            "How much may stay: rank:R, energy:E, parameters:F, macs:F, bytes:4MB, latency:3ms or drop:P."
    )
    var keep: String

    @Option(help: "Data to look at while choosing; its test split is not read.")
    var data: String?

    @Option(
        help:
            "\(Criteria.known.map(\.name).joined(separator: ", ")) or best (the default with --data)."
    )
    var criterion: String?

    @Flag(help: "Leave layers dense whose factors measure slower at batch 128.")
    var neverSlower = false

    @Flag(help: "Measure batch norm's statistics anew on training examples after truncating.")
    var recalibrate = false

    @Flag(help: "Put the mean error of each layer that was cut into its bias.")
    var correctBias = false

    @Option(help: "The key of the state dict, where a checkpoint has several.")
    var key: String?

    @Option(help: "The folder to write.")
    var output: String

    @Option(help: "Training examples that a criterion and --correct-bias look at.")
    var examples = standardExamples

    @Option(
        help: ArgumentHelp(
            "A file to keep what --examples show in, and to read it from where it is there: the next budget then takes seconds.",
            valueName: "file"))
    var profile: String?

    @OptionGroup(title: "Allocation") var allocation: AllocationArguments

    @Option(help: "The seed of a search.")
    var seed: UInt64 = 0

    @OptionGroup var source: DataArguments

    @OptionGroup var threads: ThreadArguments

    @Flag(help: "Replace what the output folder holds.")
    var force = false

    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    /// How many training examples are looked at unless told.
    private static let standardExamples = 2_048

    /// How many training examples batch norm is measured on.
    private static let recalibrationExamples = 5_000

    func validate() throws {
        guard examples >= 2 else { throw ValidationError("--examples is 2 or more") }
    }

    func run() throws {
        try threads.apply()
        let budget = try Budget(keep)
        let named = try criterion.flatMap {
            $0 == "best" ? nil : try Criteria.required($0, or: ["best"])
        }
        let weights = try WeightsLocation.find(model)
        if weights == nil, data == nil, criterion == "best" || named?.needsProfile == true {
            throw Failure(
                .usage, "the criterion \(criterion ?? "") needs examples: name them with --data")
        }
        let needing = [
            (recalibrate, "--recalibrate"), (correctBias, "--correct-bias"),
            (profile != nil, "--profile"),
        ]
        if weights == nil, data == nil, let (_, flag) = needing.first(where: \.0) {
            throw Failure(.usage, "\(flag) needs examples: name them with --data")
        }
        let ofData = [
            (examples != Self.standardExamples, "--examples"),
            (source.splitSeed != 0, "--split-seed"),
        ]
        if data == nil, let (_, flag) = ofData.first(where: \.0) {
            throw Failure(.usage, "\(flag) goes with --data")
        }
        if seed != 0, allocation.allocator != AllocatorChoice.evolutionary.rawValue, weights == nil
        {
            throw Failure(.usage, "--seed goes with --allocator evolutionary")
        }
        if let profile {
            guard named?.needsProfile != false else {
                throw Failure(
                    .usage, "\(named?.name ?? "") looks at no examples; leave out --profile")
            }
            let parent = URL(fileURLWithPath: profile).deletingLastPathComponent().path
            guard PathKind(at: profile) != .folder, PathKind(at: parent) == .folder else {
                throw Failure(
                    .output, "\(profile) cannot be written: name a file in a folder that is there")
            }
        }
        let folder = try OutputFolder(output, force: force)
        if let weights { return try compress(weights, budget, named, to: folder) }
        guard key == nil else {
            throw Failure(.usage, "\(model) is no checkpoint and has no keys; leave out --key")
        }
        let file = try ModelLocation.open(model)
        try folder.refuse(ifItHolds: file.path)
        let program = try Merge().apply(to: file.program).program
        if recalibrate, !program.nodes.contains(where: { $0.value("running_mean") != nil }) {
            throw Failure(
                .usage, "the network has no batch norm to measure anew; leave out --recalibrate")
        }
        let dataset = try data.map { try source.load($0, for: program) }
        var planning = try Planning(
            program, budget, named, dataset, examples: examples,
            saving: try profile.map {
                (
                    $0,
                    "\(try Checksum.crc32(ofFile: file.path)) on \(data ?? ""), split seed "
                        + "\(source.splitSeed)"
                )
            }, allocation.record(seed: seed))
        var plan = try planning.plan()
        let timings = try LayerTiming.measured(
            plan, of: program, batch: 128,
            reading: dataset?.training.batch(filling: program.batchSize(128)).all)
        if neverSlower { plan = try plan.leavingDense(timings.filter(\.isSlower), in: program) }
        var small = try Truncate(plan).apply(to: program).program
        if correctBias, let dataset {
            small = try CorrectBias(towards: program, on: dataset.training.prefix(examples))
                .apply(to: small).program
        }
        if recalibrate, let dataset {
            let examples = try dataset.training.prefix(Self.recalibrationExamples)
            small = try Recalibrate(on: examples).apply(to: small).program
        }
        small.metadata["compression"] =
            "\(plan.budget) by \(planning.allocation.summary(of: plan.criterion, for: budget))"
            + (correctBias ? ", biases corrected" : "")
            + (recalibrate ? ", batch norm measured anew" : "")
        try folder.prepare()
        let written = try small.write(to: folder.file("model.pt2"))
        let validation = dataset?.validation
        let verdict = try validation.flatMap { examples in
            try examples.labels == nil
                ? nil : Verdict(comparing: program, with: written, on: examples)
        }
        let record = try CompressionRecord(
            plan, by: planning, from: file, to: written, timings: timings, verdict: verdict,
            asked: CompressionRecord.Request(
                keep: keep, data: data, dataDirectory: source.dataDir, splitSeed: source.splitSeed,
                criterion: criterion, examples: examples, allocation: allocation.record(seed: seed),
                neverSlower: neverSlower, correctBias: correctBias, recalibrate: recalibrate,
                threads: threadCount))
        try folder.write(record, as: "run.json")
        if let latencies = planning.latencies { try folder.write(latencies, as: "latency.json") }
        if json { return try Console.json(record) }
        Console.result(Self.table(plan).text)
        if let dense = TextTable.kept(dense: plan.dense) { Console.result("\n\(dense.text)") }
        if let line = Self.shortfall(plan) { Console.result("\n\(line)") }
        Console.result(
            "\n\(plan.budget) by \(plan.criterion): \(Formatting.count(plan.parametersBefore)) → "
                + "\(Formatting.count(plan.parametersAfter)) parameters "
                + "(\(Formatting.percent(plan.keptFraction)) kept), "
                + "\(Formatting.bytes(file.fileBytes)) → \(Formatting.bytes(written.fileBytes)) on disk\n"
        )
        let slower = neverSlower ? [] : timings.filter(\.isSlower).map(\.weight)
        if !slower.isEmpty {
            Console.result(
                "Slower than dense at batch 128: \(slower.joined(separator: ", ")) "
                    + "(--never-slower leaves them dense)\n")
        }
        let found =
            try verdict?.description
            ?? validation.map { try Agreement(between: program, and: written.program, on: $0).text }
        if let found {
            let seen = ModelNotes.mayHaveSeenValidation(program)
            Console.result(
                "On validation\(seen ? ", which these weights may have seen," : "") it \(found).\n"
            )
        }
        Console.result("Wrote \(written.path)\n")
    }

    /// Compresses weights without their network.
    private func compress(
        _ weights: String, _ budget: Budget, _ criterion: (any Criterion)?, to folder: OutputFolder
    ) throws {
        let refused = [
            (data != nil, "--data"), (neverSlower, "--never-slower"),
            (recalibrate, "--recalibrate"), (correctBias, "--correct-bias"),
            (criterion == nil && self.criterion != nil, "--criterion best"),
            (profile != nil, "--profile"), (seed != 0, "--seed"),
        ]
        if let option = refused.first(where: \.0)?.1 ?? allocation.given {
            throw Failure(
                .usage,
                "\(weights) holds weights without their network, which cannot run: leave out "
                    + "\(option), or name a model file (.pt2)")
        }
        let record = try WeightCompression(
            file: weights, key: key, budget: budget, criterion: criterion ?? RelativeCriterion(),
            folder: folder
        ).run()
        if json { return try Console.json(record) }
        record.report()
    }

    /// How much random directions may have missed; nil where none were used.
    private static func shortfall(_ plan: Plan) -> String? {
        let layers = plan.layers.filter { $0.energyShortfall > 0 }
        guard let most = layers.map(\.energyShortfall).max() else { return nil }
        return
            "\(layers.count) weights were decomposed with random directions: the best components would keep at "
            + "most \(Formatting.percent(most, places: most < 1e-3 ? 4 : 2)) more of a layer's energy.\n"
    }

    private static func table(_ plan: Plan) -> TextTable {
        var table = TextTable([
            "weight": .left, "shape": .left, "rank": .right, "energy kept": .right, "why": .left,
        ])
        for layer in plan.layers {
            table.add([
                layer.weight, "\(layer.matrices)",
                layer.rank.map(String.init) ?? "dense", Formatting.percent(layer.energy),
                layer.reason,
            ])
        }
        return table
    }
}
