import ArgumentParser
import Datasets
import Foundation
import Interchange
import Models
import OrderedCollections
import Programs
import Reports
import Tensors

/// The verb `swiftlet import`.
struct ImportCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "import",
        abstract:
            "Puts others' weights into a known network, or takes in a whole network, and writes a model file.",
        discussion: """
            Examples:
                swiftlet import mnist.pt --model lenet300 --mean 0.1307 --std 0.3081 --output runs/given
                swiftlet import exported.pt2 --mean 0.485,0.456,0.406 --std 0.229,0.224,0.225 --output runs/given

            A whole network (.pt2, .onnx) is stored with the preprocessing and the class names that are given, which \
            evaluate and compress use then.

            WEIGHTS is a state dict as torch.save writes it (.pt, .pth, .th; any code in the file is \
            refused, not run) or .safetensors. In a checkpoint the state dict is the file's top level, \
            or stands under a key such as state_dict or model. What data parallelism puts before all \
            names (module.) comes off. Weights in half or double precision become float32. All tensors \
            of the network have to be there; num_batches_tracked, which old files lack, becomes 0.
            """)

    @ArgumentParser.Argument(help: "The file of weights, or of a whole network.")
    var weights: String

    @Option(
        help:
            "The network that weights are for: \(ZooModel.all.map(\.name).joined(separator: ", "))."
    )
    var model: String?

    @Option(help: "The key of the state dict, where the file has several.")
    var key: String?

    @Option(help: "An example's sizes, as 3,32,32; the network's own unless given.")
    var input: SizeList?

    @Option(help: "The number of classes; that of the weights unless given.")
    var classCount: Int?

    @Option(help: "The width of the hidden layers; that of the weights unless given.")
    var width: Int?

    @OptionGroup var preprocessing: PreprocessingArguments

    @Option(help: "A text file with the name of a class on each line.")
    var classes: String?

    @Option(help: "The folder to write.")
    var output: String

    @Flag(help: "Replace what the output folder holds.")
    var force = false

    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    func validate() throws {
        let numbers = [("--class-count", classCount), ("--width", width)]
        for (name, number) in numbers where !(number.map(SizeList.range.contains) ?? true) {
            throw ValidationError("\(name) is from 1 to \(SizeList.range.upperBound)")
        }
    }

    func run() throws {
        guard let model else { return try takeNetwork() }
        let isNetwork = [".pt2", ".onnx"].contains { weights.lowercased().hasSuffix($0) }
        guard !isNetwork else {
            throw Failure(.usage, "\(weights) is a whole network; leave out --model")
        }
        guard let zoo = ZooModel.named(model) else {
            throw Failure(
                .usage,
                "there is no network \(NearMiss.text(model, among: ZooModel.all.map(\.name)))")
        }
        guard zoo.isAdjustable || width == nil else {
            throw Failure(.usage, "\(zoo.name) has its own width; leave out --width")
        }
        let folder = try OutputFolder(output, force: force)
        let names = try classes.map(ClassNames.read)
        let given = try StateDict(contentsOf: weights, key: key)
        try folder.refuse(ifItHolds: weights)
        let shape = input?.sizes ?? zoo.naturalInput
        let stored = try preprocessing.value(for: shape)
        let network = try ImportedNetwork(
            zoo, for: given, input: shape, classes: classCount ?? names?.count, width: width,
            otherwise: zoo.naturalClasses)
        try ClassNames.check(names, from: classes ?? "", count: network.options.classes)
        let loaded = try network.program.loading(given)
        try store(
            loaded.program, of: weights,
            ImportRecord.Placement(zoo.name, network.options, from: given, loaded: loaded),
            stored, names, in: folder, note: given.note)
    }

    /// Stores a whole network of others with what is known about it.
    private func takeNetwork() throws {
        guard try WeightsLocation.find(weights) == nil else {
            throw Failure(
                .usage,
                "\(weights) holds weights without their network; name the network with --model")
        }
        let refused = [
            (key != nil, "--key"), (input != nil, "--input"), (classCount != nil, "--class-count"),
            (width != nil, "--width"),
        ]
        if let (_, option) = refused.first(where: \.0) {
            throw Failure(.usage, "\(weights) is a whole network; leave out \(option)")
        }
        let folder = try OutputFolder(output, force: force)
        let names = try classes.map(ClassNames.read)
        let network = try Network(at: weights)
        try folder.refuse(ifItHolds: network.path)
        let program = network.program
        let sizes = program.inputs.first.flatMap { program.type(of: $0)?.tensor?.sizes } ?? []
        let stored = try preprocessing.value(for: sizes.dropFirst().map { $0.fixed ?? 0 })
        let results = program.results.first.flatMap { program.type(of: $0)?.tensor?.sizes.last }
        if let count = results?.fixed {
            try ClassNames.check(names, from: classes ?? "", count: count)
        }
        try store(program, of: network.path, nil, stored, names, in: folder, note: nil)
    }

    /// Writes the folder, with what is known beside the network.
    private func store(
        _ program: Program, of source: String, _ placement: ImportRecord.Placement?,
        _ stored: Preprocessing?, _ names: [String]?, in folder: OutputFolder, note: String?
    ) throws {
        var program = program
        for name in try program.tensors.keys.filter({ try !program.tensor($0).isFinite() }) {
            Console.note("\(name) has values that are not finite.")
        }
        try ModelNotes.add(stored, classNames: names, to: &program)
        ModelNotes.add(provenance: try ImportRecord.provenance(of: source), to: &program)
        try folder.prepare()
        let file = try program.write(to: folder.file("model.pt2"))
        let record = ImportRecord(
            placement: placement,
            result: try ImportRecord.Result(
                of: source, preprocessing: stored, classNames: names, to: file))
        try folder.write(record, as: "run.json")
        if json { return try Console.json(record) }
        if let note { Console.note(note) }
        report(record)
    }

    private func report(_ record: ImportRecord) {
        for (type, count) in (record.placement?.converted ?? [:]).sorted(by: { $0.key < $1.key }) {
            Console.note("\(count) tensors were converted from \(type).")
        }
        let result = record.result
        if result.preprocessing == nil {
            Console.note(
                "No preprocessing is stored, so that of the data will be used; give --mean and --std "
                    + "where it has to be another.")
        }
        Console.note("These weights may have seen any validation split: measure on test.")
        let parameters = "\(Formatting.count(result.parameters)) parameters"
        Console.result(
            (record.placement.map { "\($0.text(for: result.weights)): \(parameters), \($0.ends)" }
                ?? "\(result.weights): \(parameters)") + "\nWrote \(result.file)\n")
    }
}

extension ImportRecord.Placement {
    /// `lenet300 of w.pt (under the key model)`.
    fileprivate func text(for weights: String) -> String {
        var places = key.map { ["under the key \($0)"] } ?? []
        if !prefix.isEmpty { places.append("without the prefix \(prefix)") }
        return "\(model) of \(weights)"
            + (places.isEmpty ? "" : " (\(places.joined(separator: ", ")))")
    }

    fileprivate var ends: String { "examples of \(input), \(classes) classes" }
}
