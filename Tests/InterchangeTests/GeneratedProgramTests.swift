import Compression
import Foundation
import Interchange
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// What is written is what is read, for networks drawn at random.
@Suite struct GeneratedProgramTests {
    @Test(arguments: 0..<40)
    func `a generated Program, written and read, is the same and computes the same`(
        seed: UInt64
    ) throws {
        var drawing = ProgramDrawing(seed: seed)
        let program = try drawing.program()
        try withTemporaryFolder { folder in
            let file = try program.write(to: "\(folder)/a.pt2")
            try expectSame(file.program, program)
            #expect(file.program.interface == program.interface)
            try file.program.write(to: "\(folder)/b.pt2")
            #expect(
                try contents(ofFile: "\(folder)/a.pt2") == contents(ofFile: "\(folder)/b.pt2"))
            let inputs = try program.inputs(batch: 3, seed: seed)
            let before = try program.outputs(for: inputs).map { try $0.bytes() }
            #expect(try file.program.outputs(for: inputs).map { try $0.bytes() } == before)
        }
    }

    @Test func `generated Programs are not all alike`() throws {
        let programs = try (0..<40).map { (seed: UInt64) -> Program in
            var drawing = ProgramDrawing(seed: seed)
            return try drawing.program()
        }
        #expect(Set(programs.map(\.description)).count == 40)
        let operations = Set(programs.flatMap { $0.nodes.map(\.operation) })
        #expect(operations.count >= 19)
        #expect(programs.contains { !$0.marks.isEmpty })
        #expect(programs.contains { $0.tensors.values.contains { $0.tied != nil } })
    }
}

/// Draws networks: a few operators one after the other, each fit for what came before.
struct ProgramDrawing {
    private var random: SeededGenerator

    init(seed: UInt64) { random = SeededGenerator(state: seed &* 0x9E37_79B9) }

    mutating func program() throws -> Program {
        let channels = 2 * Int.random(in: 1...3, using: &random)
        let size = Int.random(in: 5...9, using: &random)
        let isImage = Bool.random(using: &random)
        var drawing = self
        var program = try Program(input: isImage ? [channels, size, size] : [channels * 4]) { x in
            var h = x
            if isImage {
                for _ in 0..<Int.random(in: 1...3, using: &drawing.random) {
                    h = drawing.onImages(h)
                }
                h = h.flattened()
            }
            for _ in 0..<Int.random(in: 2...6, using: &drawing.random) { h = drawing.onRows(h) }
            return h
        }.initialized(seed: drawing.random.next())
        self = drawing
        try decorate(&program)
        guard !program.weightSites.isEmpty else { return program }
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return try Compose(factors: 2).apply(to: program).program
        case 1:
            let plan = try Plan(for: program, keeping: .rank(2), by: .raw)
            return try Truncate(plan).apply(to: program).program
        default: return program
        }
    }

    private var layers = 0

    private mutating func name() -> String {
        layers += 1
        return ["fc", "block.\(layers)", "über-\(layers)"].randomElement(using: &random).map {
            "\($0)\(layers)"
        } ?? ""
    }

    private mutating func onImages(_ x: SymbolicTensor) -> SymbolicTensor {
        switch Int.random(in: 0..<6, using: &random) {
        case 0:
            let groups = Bool.random(using: &random) ? 2 : 1
            return x.convolution(
                name(), outputs: 2 * Int.random(in: 1...4, using: &random), kernel: 3, padding: 1,
                groups: groups, bias: Bool.random(using: &random))
        case 1: return x.batchNorm(name())
        case 2: return x.maxPooled(2)
        case 3: return call(x, "aten.hardtanh.default", ["min_val": .double(-0.5)])
        case 4:
            return call(
                x, "aten.constant_pad_nd.default",
                ["pad": .ints([1, 0, 0, 2]), "value": .double(.infinity)])
        default: return call(x, "aten.flip.default", ["dims": .ints([2, 3])])
        }
    }

    private mutating func onRows(_ x: SymbolicTensor) -> SymbolicTensor {
        switch Int.random(in: 0..<11, using: &random) {
        case 0, 1:
            return x.linear(
                name(), outputs: Int.random(in: 2...20, using: &random),
                bias: Bool.random(using: &random))
        case 2: return x.layerNorm(name())
        case 3: return x.batchNorm(name())
        case 4: return x.gelu() + x
        case 5:
            return call(
                x, "aten.clamp.default", ["min": .double(Double.random(in: -2...0, using: &random))]
            )
        case 6:
            return x.builder.call(
                "aten.cat.default",
                ["tensors": .list([.value(x.value), .value(x.relu().value)]), "dim": .int(-1)])
        case 7: return call(x, "aten.mul.Scalar", ["other": .double(0.1)])
        case 8: return call(x, "aten.leaky_relu.default", ["negative_slope": .double(1e-3)])
        case 9: return call(x, "aten.softmax.int", ["dim": .int(-1)])
        default:
            return x.adding(Tensor([Float.random(in: -1...1, using: &random)]), named: name())
        }
    }

    private func call(
        _ x: SymbolicTensor, _ operation: OperatorName, _ rest: KeyValuePairs<String, Argument>
    ) -> SymbolicTensor {
        // A literal of pairs cannot be joined, and every call here has one more argument.
        x.builder.call(operation, ["self": .value(x.value), rest[0].key: rest[0].value])
    }

    /// Adds what no node reads: texts, ties, tensors of any type, a narrower batch.
    private mutating func decorate(_ program: inout Program) throws {
        for _ in 0..<Int.random(in: 0...3, using: &random) {
            let scalars = (0..<8).compactMap { _ in
                Unicode.Scalar(UInt32.random(in: 1...0x2FFFF, using: &random))
            }
            var text = String.UnicodeScalarView()
            text.append(contentsOf: scalars)
            program.metadata["note \(random.next())"] = String(text)
        }
        let type = ScalarType.allCases.randomElement(using: &random) ?? .float32
        let shape = (0..<Int.random(in: 0...3, using: &random)).map { _ in
            Int.random(in: 0...3, using: &random)
        }
        let count = shape.reduce(1, *) * type.byteCount
        program.tensors["extra"] = StoredTensor(
            Bool.random(using: &random) ? .buffer : .constant,
            Tensor(bytes: Data((0..<count).map { UInt8($0 % 2) }), type: type, shape: shape))
        if Bool.random(using: &random), let owner = program.parameterNames.first {
            var tied = program.tensors[owner]
            tied?.tied = owner
            program.tensors["another.name"] = tied
        }
        if Bool.random(using: &random) { program.dimensions["batch"] = 2...4_096 }
    }
}
