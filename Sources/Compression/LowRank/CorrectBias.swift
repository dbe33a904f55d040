public import Datasets
import OrderedCollections
public import Programs
import Tensors
import Training

/// Puts the mean error that a truncation made of each layer's result into the layer's bias.
///
/// M. Nagel, M. van Baalen, T. Blankevoort and M. Welling, Data-Free Quantization Through Weight Equalization and Bias
/// Correction, ICCV 2019, section 4.2 and appendix D, there after quantising. Layers are corrected in their order, each where
/// those before it are already: afterwards the mean of each result over the examples is what it was. A layer without a bias is
/// given none; where batch norm follows, ``Recalibrate`` does the same for it and more.
public struct CorrectBias: Rewrite {
    /// The network before it was cut, merged.
    public let original: Program
    /// What the means are taken over: training examples, without augmentation.
    public let examples: Examples
    /// The examples in a batch.
    public let batchSize: Int

    /// Makes the rewrite.
    public init(towards original: Program, on examples: Examples, batchSize: Int = 256) {
        self.original = original
        self.examples = examples
        self.batchSize = batchSize
    }

    /// A layer that was cut: its result, and the bias in it.
    private struct Layer {
        let result: Value
        let axis: Int
        let bias: String
    }

    /// Adds to the biases of the layers that were cut.
    ///
    /// - Throws: where none of them has a bias.
    public func apply(to program: Program) throws -> Rewritten {
        let found = self.layers(of: program)
        let layers = found.compactMap(\.layer)
        guard !layers.isEmpty else {
            throw CompressionError(
                .program,
                "none of the layers that were cut has a bias to correct; where batch norm follows, its "
                    + "statistics can be measured anew")
        }
        let wanted = try means(of: layers, in: original)
        var result = program
        var changes: [Change] = []
        for (layer, mean) in zip(layers, wanted) {
            let now = try means(of: [layer], in: result)[0]
            let bias = try result.tensor(layer.bias)
            let corrected = try (bias.converted(to: .float64) + (mean - now))
                .converted(to: bias.scalarType)
            result = try result.replacing([layer.bias: corrected])
            changes.append(
                Change(
                    layer.bias, .replaced(by: [layer.bias]),
                    reason: "the mean error of \(layer.result) on \(examples.count) examples"))
        }
        changes += found.compactMap(\.refusal).map { Change($0.name, .kept, reason: $0.reason) }
        return Rewritten(result, from: program, changes: changes)
    }

    private typealias Found = (layer: Layer?, refusal: (name: String, reason: String)?)

    /// The layers whose weights the Program no longer has, in the order of the Program.
    private func layers(of program: Program) -> [Found] {
        let (producers, readers) = (program.producers, program.readers)
        var seen: Set<Value> = []
        let uses = original.weightSites.filter { program.tensors[$0.parameter] == nil }
            .flatMap(\.uses)
        return uses.compactMap { use -> (Int, Found)? in
            guard let value = original.nodes[use.node].output, seen.insert(value).inserted,
                let index = producers[value]
            else { return nil }
            let node = program.nodes[index]
            if let axis = use.axis, let bias = node.addedParameter(in: program, readers) {
                return (index, (Layer(result: value, axis: axis, bias: bias), nil))
            }
            let next = (readers[value] ?? []).map { program.nodes[$0].operation.name }
            let weight = node.value("weight")?.name ?? node.inputs.last?.name ?? ""
            let isNormed = !next.isEmpty && next.allSatisfy { $0.contains("batch_norm") }
            let reason = "no bias to correct" + (isNormed ? ": batch norm follows" : "")
            return (index, (nil, (weight, reason)))
        }.sorted { $0.0 < $1.0 }.map(\.1)
    }

    /// The mean of each layer's result over the examples and all positions, `[channels]`, in double precision.
    private func means(of layers: [Layer], in program: Program) throws -> [Tensor] {
        // Nothing is run that comes after the last of them.
        var part = program
        part.outputs = layers.map { .result($0.result) }
        let runner = try Runner(part.withoutUnused())
        var sums: [Tensor?] = layers.map { _ in nil }
        var counts = layers.map { _ in 0 }
        var generator = Generator(seed: 0)
        let size = try examples.batchSize(batchSize, for: program)
        for start in stride(from: 0, to: examples.count, by: size) {
            let batch = try examples.batch(start..<min(start + size, examples.count))
            try withoutGradients {
                let run = try runner.run(batch.all, mode: .inference, generator: &generator)
                for (index, (layer, result)) in zip(layers, run.results).enumerated() {
                    let axis = layer.axis < 0 ? result.rank + layer.axis : layer.axis
                    let others = (0..<result.rank).filter { $0 != axis }
                    let sum = try result.converted(to: .float64).sum(along: others)
                    sums[index] = try sums[index].map { try $0 + sum } ?? sum
                    counts[index] += result.count / max(result.shape[axis], 1)
                }
            }
        }
        return try zip(sums, counts).compactMap { sum, count in
            try sum.map { try $0 * (1 / Double(max(count, 1))) }
        }
    }
}

extension WeightUse {
    /// The dimension of the result that is the layer's outputs, from the end where below 0; nil where it is none alone.
    fileprivate var axis: Int? {
        if form.putsRowsLast(reading) { return -1 }
        return form is ConvolutionForm || form is TransposedConvolutionForm ? 1 : nil
    }
}

extension Node {
    /// The parameter of one dimension that the node adds to its result and no other node reads.
    fileprivate func addedParameter(in program: Program, _ readers: [Value: [Int]]) -> String? {
        let isSum = operation == "aten.add.Tensor"
        let names = isSum ? ["other"] : operation.name == "addmm" ? ["self"] : ["bias"]
        return names.compactMap { value($0)?.name }.first { name in
            program.tensors[name]?.role == .parameter && program.tensors[name]?.shape.count == 1
                && readers[Value(name)]?.count == 1
        }
    }
}
