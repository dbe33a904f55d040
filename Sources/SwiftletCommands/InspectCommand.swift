import ArgumentParser
import Compression
import Interchange
import OrderedCollections
import Programs
import Reports
import Training

/// The verb `swiftlet inspect`.
struct InspectCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "inspect",
        abstract: "Shows what a file holds: layers, spectra, costs, metadata.",
        discussion: """
            Example: swiftlet inspect runs/mnist --program

            Of each weight the singular values are shown as bars, the largest first; the bar of the effective rank \
            is full where all values are equal. A weight that no rewrite factors is named with the reason. For a folder of train \
            the ranks over the epochs are shown too. Of weights without their network (.safetensors, a checkpoint of PyTorch) each \
            tensor of two or more dimensions is read as a matrix.
            """)

    @ArgumentParser.Argument(
        help: "A model file (.pt2, .onnx), a folder with a model.pt2, or a file of weights.")
    var model: String

    @Option(help: "The key of the state dict, where a checkpoint has several.")
    var key: String?

    @Flag(help: "Print the network itself as text too.")
    var program = false

    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    private struct Report: Encodable {
        let file: String
        let parameters: Int
        let bytes: Int
        let fileBytes: Int
        let macs: Int?
        let layers: [LayerReport]
        let dense: [DenseWeight]
        let notFinite: [String]
        let metadata: [String: String]
        let fixedByExport: [String]
        let program: String?
        let training: [EpochMetrics]?
    }

    func run() throws {
        if let weights = try WeightsLocation.find(model) {
            guard !program else {
                throw Failure(
                    .usage, "\(model) holds weights without their network; leave out --program")
            }
            let inspection = try WeightsInspection(of: weights, key: key)
            if json { return try Console.json(inspection) }
            return inspection.report()
        }
        guard key == nil else {
            throw Failure(.usage, "\(model) is no checkpoint and has no keys; leave out --key")
        }
        let file = try Network(at: model)
        let network = file.program
        let cost = network.cost
        let report = Report(
            file: file.path, parameters: cost.parameters, bytes: cost.bytes,
            fileBytes: file.fileBytes, macs: cost.macs, layers: try LayerReport.all(of: network),
            dense: network.denseWeights, notFinite: try network.brokenTensors,
            metadata: network.metadata,
            fixedByExport: network.fixedByExport,
            program: program ? network.description : nil,
            training: try TrainingLog.read(besides: model))
        if json { return try Console.json(report) }
        for name in report.notFinite { Console.note("\(name) has values that are not finite.") }
        Console.result(TextTable.spectra(report.layers).text)
        if let dense = TextTable.kept(dense: report.dense) { Console.result("\n\(dense.text)") }
        Console.result(
            "\n\(Formatting.count(cost.parameters)) parameters, \(Formatting.bytes(cost.bytes)) of tensors, "
                + "\(Formatting.bytes(file.fileBytes)) on disk, "
                + "\(cost.macs.map { Formatting.count($0) + " MACs" } ?? "MACs unknown") an example\n"
        )
        if let history = TrainingLog.table(report.training ?? []) { Console.result(history.text) }
        for sentence in network.fixedByExport { Console.result("Fixed: \(sentence).\n") }
        for (key, text) in network.metadata.sorted(by: { $0.key < $1.key }) {
            Console.result("\(key): \(text.count > 300 ? text.prefix(300) + "…" : text)\n")
        }
        if program { Console.result("\n\(network)") }
    }
}

extension TextTable {
    /// A line for each weight with its singular values.
    static func spectra(_ layers: [LayerReport]) -> TextTable {
        var table = TextTable([
            "weight": .left, "kind": .left, "shape": .left, "parameters": .right, "MACs": .right,
            "σ": .left, "σ max": .right, "stable rank": .right, "effective rank": .right, "": .left,
            "rank at 99 %": .right, "saves up to rank": .right,
        ])
        for layer in layers {
            table.add([
                layer.name, layer.kind, layer.shape.map(String.init).joined(separator: " × "),
                Formatting.count(layer.parameters), layer.macs.map(Formatting.count) ?? "?",
                Bars.heights(layer.singularValues),
                Formatting.decimal(layer.largestSingularValue, places: 3),
                Formatting.decimal(layer.stableRank, places: 1),
                Formatting.decimal(layer.effectiveRank, places: 1),
                Bars.share(layer.effectiveRank / Double(max(layer.singularValues.count, 1))),
                "\(layer.rankAt99Energy)",
                "\(layer.breakEvenRank)",
            ])
        }
        return table
    }
}
