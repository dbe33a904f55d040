import Compression
import Datasets
import FileFormats
import Foundation
import Interchange
import Programs
import Reports
import Tensors
import Training

/// One run of `iterate`, new or resumed, in its folder.
///
/// Each step has a folder of its own, `step-1` and so on, with what `tune` writes and, until the next step is made, `merged.pt2`:
/// the network with its factors multiplied out, which that step cuts.
struct IterationSession {
    private(set) var record: IterationRecord
    /// The network as it came, merged.
    private let program: Program
    private let material: TuningMaterial
    private let folder: OutputFolder
    private let budget: Budget
    private let loop: Iterate

    /// Makes a new session.
    ///
    /// - Throws: where the budget is no share that steps can go to.
    init(
        _ record: IterationRecord, of program: Program, with material: TuningMaterial,
        in folder: OutputFolder
    ) throws {
        self.record = record
        self.program = try Merge().apply(to: program).program
        self.material = material
        self.folder = folder
        budget = try Self.budget(record.budget)
        let criterion = try Criteria.required(record.criterion)
        let (budget, dataset) = (budget, material.dataset)
        loop = Iterate(
            to: budget.share ?? 1, steps: record.stepCount,
            losing: (record.largestDrop ?? 100) / 100,
            tuner: Tuner(
                record.training, hooks: try material.hooks(productDecay: record.productDecay))
        ) { program, share, _ in
            var planning = try Planning(
                program, budget.at(share), criterion, dataset, examples: record.examples,
                record.allocation, shouldStop: { Interruption.isRequested })
            return try planning.plan()
        }
        try check(criterion)
    }

    /// Looks for what would stop the run in a later step, before anything is written.
    private func check(_ criterion: any Criterion) throws {
        let allocation = record.allocation
        _ = try Planning(
            program, budget, criterion, material.dataset, examples: record.examples, allocation)
        guard try allocation.timings != nil || !allocation.needsTimings(for: budget) else {
            throw Failure(
                .usage,
                "times differ from one measurement to the next, and a run that goes on must choose the same ranks: "
                    + "name a latency.json of compress with --timings")
        }
        // What can be reached depends on sizes alone.
        _ = try allocation.split.plan(
            for: program, by: .raw, from: nil, counting: budget.measure ?? .parameters,
            standard: budget.share
        ) { try Plan(for: program, keeping: budget, from: $0) }
    }

    /// Picks up a run that was cut off.
    init(resuming path: String) throws {
        let run = try UnfinishedRun<IterationRecord>(in: path, of: "iterate")
        let program = try run.record.model.open().program
        var source = DataArguments()
        (source.dataDir, source.splitSeed) = (run.record.dataDirectory, run.record.splitSeed)
        try self.init(
            run.record, of: program,
            with: TuningMaterial(
                run.record.data, from: source, for: program, of: run.record.model,
                run.record.distillation), in: run.folder)
        try setThreadCount(record.threads)
    }

    /// A budget that steps can go to.
    private static func budget(_ text: String) throws -> Budget {
        let budget = try Budget(text)
        switch budget {
        case .parameters(let share) where share < 1: return budget
        case .macs(let share) where share < 1: return budget
        default:
            throw Failure(
                .usage,
                "steps go to a share below 1: --keep is parameters:F or macs:F, not \(budget)")
        }
    }

    /// The examples by which steps are accepted.
    var validation: Examples { material.dataset.validation }

    /// Makes the steps that are left, and writes what is to be kept.
    mutating func run() throws -> ModelFile {
        if record.accuracyBefore == nil { try folder.prepare() }
        announce()
        var state = try state()
        record.accuracyBefore = state.accuracyBefore
        try folder.write(record, as: "run.json")
        while !loop.isDone(state) {
            do { state = try step(after: state) } catch let error as CompressionError
                where error.kind == .budget && !state.steps.isEmpty
            {
                throw Failure(
                    .budget,
                    "step \(state.steps.count + 1): \(error); \(try finish(state).path) holds that of step "
                        + "\(state.steps.count)")
            }
            record.steps = state.steps
            try folder.write(record, as: "run.json")
            try tidy(after: state.steps.count)
        }
        return try finish(state)
    }

    /// Where the run stands.
    private func state() throws -> Iterate.State {
        guard let before = record.accuracyBefore else {
            return try Iterate.State(before: program, validating: validation)
        }
        let last = record.steps.lastIndex(where: \.isAccepted).map { stepFolder($0 + 1) }
        func read(_ name: String) throws -> Program {
            try last.map { try ModelFile(contentsOf: $0.file(name)).program } ?? program
        }
        return Iterate.State(
            program: try read("model.pt2"), merged: try read("merged.pt2"), steps: record.steps,
            accuracyBefore: before)
    }

    private func step(after state: Iterate.State) throws -> Iterate.State {
        let number = state.steps.count + 1
        let own = stepFolder(number)
        let name = own.file("checkpoint.pt2")
        let isCutOff = FileManager.default.fileExists(atPath: name)
        if !isCutOff { try own.prepare() }
        own.removeUnfinished()
        let share = Formatting.percent(loop.share(ofStep: number))
        do {
            let next = try loop.step(
                after: state, training: material.dataset.training, validating: validation,
                from: isCutOff ? Checkpoint(contentsOf: name) : nil,
                willTune: {
                    Console.note(
                        "step \(number)/\(loop.steps): cut to \(share), \(Formatting.count($0.cost.parameters)) parameters"
                    )
                }, observer: Trainer.Observer(writing: own, epochs: record.training.epochs))
            if let step = next.steps.last {
                Console.note(
                    "step \(number)/\(loop.steps): \(Formatting.percent(step.accuracyCut)) on validation, "
                        + "\(Formatting.percent(step.accuracyTuned)) tuned")
                guard step.isAccepted else { return next }
            }
            try next.merged.write(to: own.file("merged.pt2"))
            try next.program.write(to: own.file("model.pt2"))
            return next
        } catch let error as TrainingError where error.kind == .interrupted {
            throw Failure(
                .interrupted,
                "\(error) of step \(number); go on with swiftlet iterate --resume \(folder.path)")
        }
    }

    /// Removes what no later step needs.
    private func tidy(after number: Int) throws {
        var files = [stepFolder(number).file("checkpoint.pt2")]
        if record.steps.last?.isAccepted == true, number > 1 {
            files.append(stepFolder(number - 1).file("merged.pt2"))
        }
        for file in files where FileManager.default.fileExists(atPath: file) {
            try FileManager.default.removeItem(atPath: file)
        }
    }

    private mutating func finish(_ state: Iterate.State) throws -> ModelFile {
        var result = state.program
        if let reached = state.steps.last(where: \.isAccepted) {
            result.metadata["compression"] =
                "\(budget.at(reached.share)) in \(state.steps.count(where: \.isAccepted)) steps by "
                + record.allocation.summary(of: record.criterion, for: budget)
            result.metadata["tuning"] = String(
                decoding: try Console.encoded(record), as: UTF8.self)
        }
        let file = try result.write(to: folder.file("model.pt2"))
        record.checksums["model.pt2"] = try Checksum.crc32(ofFile: file.path)
        try folder.write(record, as: "run.json")
        for number in state.steps.indices {
            for name in ["merged.pt2", "checkpoint.pt2"] {
                let path = stepFolder(number + 1).file(name)
                try? FileManager.default.removeItem(atPath: path)
            }
        }
        Console.note("wrote \(file.path) (\(Formatting.bytes(file.fileBytes)))")
        return file
    }

    private func stepFolder(_ number: Int) -> OutputFolder {
        OutputFolder(within: folder, "step-\(number)")
    }

    private func announce() {
        Console.note(
            "\(record.model.path) on \(material.dataset.name): "
                + "\(Formatting.count(program.cost.parameters)) parameters, to \(budget) in "
                + "\(record.stepCount) steps by \(record.criterion)")
        var parts = ["each step: \(record.training.summary)"]
        if let decay = record.productDecay { parts.append("decay \(decay) of products") }
        if let distillation = record.distillation { parts.append(distillation.summary) }
        Console.note("\(parts.joined(separator: ", ")), \(record.threads) threads")
        material.announce(for: program)
        if let last = record.steps.indices.last {
            Console.note("going on after step \(last + 1) of \(record.stepCount)")
        }
    }
}

extension Budget {
    /// The budget of the same kind of another share.
    fileprivate func at(_ share: Double) -> Budget {
        if case .macs = self { return .macs(share) }
        return .parameters(share)
    }
}
