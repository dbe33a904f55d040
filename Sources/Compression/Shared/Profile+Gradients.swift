public import Datasets
public import Programs
import Tensors
import Training

extension Profile {
    /// The profile with each layer's squared gradients, as criteria read them that weigh rows by what the loss feels.
    ///
    /// The gradients are those of the mean cross entropy of small batches of labelled examples, the network inferring.
    ///
    /// - Parameters:
    ///   - program: the network that the profile is of.
    ///   - examples: labelled ones.
    ///   - batchSize: how many at once; the smaller, the nearer to the Fisher information, and the slower.
    /// - Throws: where the examples have no labels, or a gradient is not finite.
    public func addingGradients(
        of program: Program, on examples: Examples, batchSize: Int = 16
    ) throws -> Profile {
        let sites = program.weightSites
        let runner = try Runner(program)
        var generator = Generator(seed: 0)
        let names = Array(Set(sites.map(\.parameter)))
        let leaves = try names.map { try program.tensor($0).copied().trainable() }
        let tensors = Dictionary(uniqueKeysWithValues: zip(names, leaves))
        var sums: [String: Tensor] = [:]
        var batches = 0
        let size = try examples.batchSize(batchSize, for: program)
        for start in stride(from: 0, to: examples.count, by: size) {
            let batch = try examples.batch(start..<min(start + size, examples.count))
            guard let labels = batch.labels else {
                throw CompressionError(
                    .data, "gradients need labels, and the examples have none: use whitened")
            }
            let logits = try runner.run(
                batch.all, mode: .inference, tensors: tensors, generator: &generator
            ).results[0]
            let loss = try crossEntropy(
                logits.reshaped(to: [-1, logits.shape.last ?? 1]), labels.flattened())
            let found = try gradients(of: loss, with: leaves)
            for (name, gradient) in zip(names, found) {
                guard let squared = try gradient?.converted(to: .float64).power(2) else { continue }
                sums[name] = try sums[name].map { try $0 + squared } ?? squared
            }
            batches += 1
        }
        let means = try sums.mapValues { try $0 * (1 / Double(max(batches, 1))) }
        var layers = self.layers
        for site in sites {
            guard let mean = means[site.parameter], let layer = layers[site.name] else { continue }
            let part = try site.part.map { try mean.sliced($0, along: site.partAxis) } ?? mean
            let rows = try site.layout.matrices(of: part.contiguous()).sum(along: [2])
            guard try rows.isFinite() else {
                throw CompressionError(
                    .data,
                    "the gradients of \(site.name) are not finite on the calibration examples; look at "
                        + "the network with swiftlet verify")
            }
            layers[site.name] = layer.with(squaredGradients: rows)
        }
        return Profile(layers: layers, examples: self.examples)
    }
}
