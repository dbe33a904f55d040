import Compression
import FileFormats
import Foundation
import Models
import OrderedCollections
import Programs
import Tensors
import Testing

/// The whole file.
func contents(ofFile path: String) throws -> Data {
    try Data(contentsOf: URL(fileURLWithPath: path))
}

/// Expects two Programs to be the same in every part, their tensors bit for bit.
func expectSame(
    _ one: Program, _ other: Program, sourceLocation: SourceLocation = #_sourceLocation
) throws {
    #expect(one.description == other.description, sourceLocation: sourceLocation)
    #expect(one.inputs == other.inputs, sourceLocation: sourceLocation)
    #expect(one.nodes == other.nodes, sourceLocation: sourceLocation)
    #expect(one.outputs == other.outputs, sourceLocation: sourceLocation)
    #expect(one.types == other.types, sourceLocation: sourceLocation)
    #expect(one.dimensions == other.dimensions, sourceLocation: sourceLocation)
    #expect(one.metadata == other.metadata, sourceLocation: sourceLocation)
    #expect(one.marks == other.marks, sourceLocation: sourceLocation)
    #expect(one.tensors.keys == other.tensors.keys, sourceLocation: sourceLocation)
    for (name, stored) in one.tensors {
        #expect(stored.role == other.tensors[name]?.role, "\(name)", sourceLocation: sourceLocation)
        #expect(stored.type == other.tensors[name]?.type, "\(name)", sourceLocation: sourceLocation)
        #expect(
            try one.tensor(name).bytes() == other.tensor(name).bytes(), "\(name)",
            sourceLocation: sourceLocation)
    }
}

extension ZooModel {
    /// The network, drawn, no larger than a test needs: the one for large images takes smaller ones too.
    var small: Program {
        get throws {
            try program(
                Options(
                    input: naturalInput.map { min($0, 64) }, classes: min(naturalClasses, 256),
                    width: isAdjustable ? 64 : nil)
            ).initialized(seed: 1)
        }
    }
}

extension Program {
    /// What is left of it with half of its parameters, convolutions cut by one of the splits.
    func halved(by split: ConvolutionSplit) throws -> Program {
        let plan = try SplitChoice.fixed(split).plan(
            for: self, by: .relative, from: nil, standard: 0.5
        ) { try Plan(for: self, keeping: .parameters(0.5), from: $0) }
        return try Truncate(plan).apply(to: self).program
    }

    /// The results for inputs, without gradients.
    func outputs(for inputs: [Tensor]) throws -> [Tensor] {
        var generator = Generator(seed: 0)
        return try withoutGradients {
            try Runner(self).run(inputs, mode: .inference, generator: &generator).results
        }
    }

    /// Inputs drawn for a number of examples.
    func inputs(batch: Int, seed: UInt64) throws -> [Tensor] {
        var generator = Generator(seed: seed)
        return try inputs.map { input in
            let type = try #require(type(of: input)?.tensor)
            let shape = try type.sizes.map { try #require($0.evaluated(at: ["batch": batch])) }
            if type.scalarType == .float32 { return try .normal(shape, using: &generator) }
            return try Tensor.uniform(shape, to: 256, using: &generator).converted(
                to: type.scalarType)
        }
    }
}
