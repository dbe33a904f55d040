@testable import FileFormats
import Foundation
import TestSupport
import Testing

/// Checkpoints that were cut or damaged, and operations in any order: a value or an error, never a crash.
@Suite struct TorchDamageTests {
    static let sample: TorchBytes = {
        let weight = TorchBytes.Storage("1", floats: 8)
        return TorchBytes(
            .named([
                "epoch": .integer(3), "best": .number(0.5),
                "state_dict": .state([
                    "a": TorchBytes.six.tensor([2, 3]),
                    "b": TorchBytes.six.tensor([3, 2], strides: [1, 3]),
                    "c": .call(
                        "torch._utils", "_rebuild_parameter",
                        [weight.tensor([2, 2], offset: 2), .bool(true), .ordered([])]),
                ]),
                "optimizer": .named([
                    "param_groups": .list([.named(["lr": .number(0.1), "params": .list([])])])
                ]),
            ]), [TorchBytes.six, weight])
    }()

    @Test(arguments: TorchBytes.Form.allCases, [UInt8(2), 4])
    func `Cut or damaged files throw and never crash`(
        form: TorchBytes.Form, version: UInt8
    ) throws {
        var sample = Self.sample
        sample.version = version
        let data = sample.data(form)
        try TorchBytes.read(data)
        expectTruncationsThrow(of: data, every: 3, TorchBytes.read)
        let refused = expectSurvivesDamage(of: data, rounds: 1500, TorchBytes.read)
        #expect((300..<1500).contains(refused))
    }

    @Test func `Any sequence of operations is a value or an error`() {
        var generator = SeededGenerator(state: 11)
        let operations = (0...255).compactMap { PickleOperation(rawValue: UInt8($0)) }
        let names = [
            "collections\nOrderedDict\n", "torch\nFloatStorage\n", "torch\nSize\n",
            "torch._utils\n_rebuild_tensor_v2\n", "torch._utils\n_rebuild_parameter\n",
            "numpy\ndtype\n", "numpy.core.multiarray\nscalar\n", "collections\nCounter\n",
            "torch._tensor\n_rebuild_from_type_v2\n",
        ]
        var (opened, refused) = (0, 0)
        for _ in 0..<4000 {
            var pickle = Data([0x80, 2])
            for _ in 0..<Int.random(in: 1...40, using: &generator) {
                let operation = operations.randomElement(using: &generator) ?? .null
                pickle.append(operation.rawValue)
                if operation == .global {
                    pickle.append(Data((names.randomElement(using: &generator) ?? "").utf8))
                } else if operation != .stop {
                    // What takes a count or an index finds a small one; the rest is a value.
                    pickle.append(UInt8.random(in: 0...3, using: &generator))
                }
            }
            pickle.append(0x2E)
            do {
                try TorchBytes.read(TorchBytes.archive(pickle: pickle, [TorchBytes.six]))
                opened += 1
            } catch is FileFormatError {
                refused += 1
            } catch {
                Issue.record(error)
            }
        }
        #expect(opened > 20 && refused > 1000)
    }
}
