import FileFormats
import Interchange
import Programs
import Tensors
import Testing

/// Programs with numbers that no network has: they are refused or written, and nothing traps.
struct ONNXOddNumberTests {
    private static let numbers = [Int.min, -3, -1, 0, 1 << 40, Int.max]

    @Test(arguments: ONNXCases.all)
    func `no number in a Program traps`(operation: ONNXCase) throws {
        let program = try operation.programs().program
        for (place, node) in program.nodes.enumerated() {
            for (position, argument) in node.arguments.enumerated() {
                for number in Self.numbers {
                    for changed in Self.variants(of: argument.argument, number) {
                        var damaged = program
                        damaged.nodes[place].arguments[position].argument = changed
                        Self.write(damaged)
                    }
                }
            }
        }
    }

    @Test(arguments: ONNXCases.all)
    func `no size in a Program traps`(operation: ONNXCase) throws {
        let program = try operation.programs().program
        for (value, type) in program.types {
            guard case .tensor(let tensor) = type else { continue }
            var damaged = program
            damaged.types[value] = .tensor(TensorType(tensor.scalarType, []))
            Self.write(damaged)
            damaged.types[value] = nil
            Self.write(damaged)
            for number in Self.numbers {
                var sizes = tensor.sizes
                for index in sizes.indices { sizes[index] = .fixed(number) }
                damaged.types[value] = .tensor(
                    TensorType(
                        tensor.scalarType, sizes: sizes, strides: sizes.map { _ in 1 }))
                Self.write(damaged)
            }
        }
    }

    /// Writes what may be written, or expects one of our own sentences.
    private static func write(_ program: Program) {
        do { _ = try program.onnxModel(opset: .v20) } catch {
            let isOurs = error is ProgramError || error is FileFormatError || error is TensorError
            #expect(isOurs && !"\(error)".isEmpty, "\(error)")
        }
    }

    /// The argument with one of its numbers replaced, or left out.
    private static func variants(of argument: Argument, _ number: Int) -> [Argument] {
        switch argument {
        case .int: [.int(number), .none]
        case .list(let items):
            items.indices.compactMap { index in
                guard case .int = items[index] else { return nil }
                var changed = items
                changed[index] = .int(number)
                return .list(changed)
            } + [.list([]), .list(items + [.int(number)])]
        default: []
        }
    }
}
