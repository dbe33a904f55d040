import Compression
import Interchange
import Programs
import Reports
import Training

/// What was measured of a model file, as `--json` prints it.
struct Measurement: Encodable {
    let file: String
    let parameters: Int
    let bytes: Int
    let fileBytes: Int
    let macs: Int?
    var evaluation: Evaluation?
    var agreement: Agreement?
    var originalAccuracy: Double?
    var secondsBatch1: Double?
    var secondsBatch128: Double?
    var originalSecondsBatch1: Double?
    var originalSecondsBatch128: Double?

    /// Begins with what a file costs; `name` stands for its path where given.
    init(_ file: ModelFile, name: String? = nil) {
        let cost = file.program.cost
        self.file = name ?? file.path
        parameters = cost.parameters
        bytes = cost.bytes
        fileBytes = file.fileBytes
        macs = cost.macs
    }

    private enum Keys: String, CodingKey {
        case file, parameters, bytes, fileBytes, macs
        case accuracy, accuracyLow, accuracyHigh, loss, examples
        case agreement, divergence, meanSquaredError, relativeError, cosine, originalAccuracy
        case secondsBatch1, secondsBatch128, originalSecondsBatch1, originalSecondsBatch128
    }

    func encode(to encoder: any Encoder) throws {
        var keyed = encoder.container(keyedBy: Keys.self)
        try keyed.encode(file, forKey: .file)
        try keyed.encode(parameters, forKey: .parameters)
        try keyed.encode(bytes, forKey: .bytes)
        try keyed.encode(fileBytes, forKey: .fileBytes)
        try keyed.encode(macs, forKey: .macs)
        try keyed.encodeIfPresent(evaluation?.accuracy, forKey: .accuracy)
        try keyed.encodeIfPresent(evaluation?.accuracyLow, forKey: .accuracyLow)
        try keyed.encodeIfPresent(evaluation?.accuracyHigh, forKey: .accuracyHigh)
        try keyed.encodeIfPresent(evaluation?.loss, forKey: .loss)
        try keyed.encodeIfPresent(evaluation?.examples ?? agreement?.examples, forKey: .examples)
        try keyed.encodeIfPresent(agreement?.sameClass, forKey: .agreement)
        try keyed.encodeIfPresent(agreement?.divergence, forKey: .divergence)
        try keyed.encodeIfPresent(agreement?.meanSquaredError, forKey: .meanSquaredError)
        try keyed.encodeIfPresent(agreement?.relativeError, forKey: .relativeError)
        try keyed.encodeIfPresent(agreement?.cosine, forKey: .cosine)
        try keyed.encodeIfPresent(originalAccuracy, forKey: .originalAccuracy)
        try keyed.encodeIfPresent(secondsBatch1, forKey: .secondsBatch1)
        try keyed.encodeIfPresent(secondsBatch128, forKey: .secondsBatch128)
        try keyed.encodeIfPresent(originalSecondsBatch1, forKey: .originalSecondsBatch1)
        try keyed.encodeIfPresent(originalSecondsBatch128, forKey: .originalSecondsBatch128)
    }

    /// A line for each thing that was measured.
    func text(split: String, data: String) -> String {
        var lines: [String] = []
        if let evaluation {
            lines.append(
                "accuracy    \(Formatting.percent(evaluation.accuracy)) "
                    + "(95 % interval \(Formatting.decimal(evaluation.accuracyLow * 100, places: 2)) to "
                    + "\(Formatting.decimal(evaluation.accuracyHigh * 100, places: 2))) on "
                    + "\(Formatting.count(evaluation.examples)) \(split) examples of \(data)")
            lines.append(
                "loss        \(Formatting.decimal(evaluation.loss, places: 4)) nats, "
                    + "\(Formatting.decimal(evaluation.bits, places: 4)) bits")
        }
        if let evaluation, let originalAccuracy {
            lines.append(
                "difference  \(Formatting.points(evaluation.accuracy - originalAccuracy)) points to the "
                    + "original's \(Formatting.percent(originalAccuracy))")
        }
        if let agreement {
            lines.append(
                "agreement   \(Formatting.percent(agreement.sameClass)) same class as the original, "
                    + "divergence \(Formatting.decimal(agreement.divergence, places: 5)) nats, mean squared "
                    + "error \(Formatting.decimal(agreement.meanSquaredError, places: 5))")
            lines.append(
                "difference  \(Formatting.percent(agreement.relativeError)) of the norm of the original's "
                    + "results, mean cosine \(Formatting.decimal(agreement.cosine, places: 5))")
        }
        lines.append(
            "size        \(Formatting.count(parameters)) parameters, \(Formatting.bytes(bytes)) of tensors, "
                + "\(Formatting.bytes(fileBytes)) on disk, "
                + "\(macs.map { Formatting.count($0) } ?? "unknown") MACs an example")
        for (batch, seconds, before) in [
            (1, secondsBatch1, originalSecondsBatch1),
            (128, secondsBatch128, originalSecondsBatch128),
        ] {
            guard let seconds else { continue }
            let compared = before.map {
                ", \(Formatting.decimal($0 / seconds, places: 2)) times as fast as the original's "
                    + Formatting.duration($0)
            }
            lines.append(
                "time        \(Formatting.duration(seconds)) for a batch of \(batch)\(compared ?? "")"
            )
        }
        return lines.joined(separator: "\n") + "\n"
    }
}

extension Agreement {
    /// A sentence's end: what a compressed network does beside the one before.
    var text: String {
        "gives results that differ by \(Formatting.percent(relativeError)) of their norm (mean cosine "
            + "\(Formatting.decimal(cosine, places: 4))), the same top class in "
            + "\(Formatting.percent(sameClass)) of \(Formatting.count(examples)) examples"
    }
}
