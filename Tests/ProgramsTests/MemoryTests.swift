import Foundation
import Programs
import Tensors
import Testing

/// In processes of their own: memory is the whole process's.
@Suite(.serialized) struct MemoryTests {
    @Test func `a thousand training steps do not grow memory`() async {
        await #expect(processExitsWith: .success) {
            // More threads than free cores would wait for each other at every small operation.
            try setThreadCount(1)
            let network = try Program(input: [8]) { x in
                x.linear("a", outputs: 16).batchNorm("n").relu().linear("b", outputs: 4)
            }.initialized(seed: 1)
            let runner = try Runner(network)
            let update = try Operator("aten::_fused_sgd_")
            let leaves = try network.trainableParameters()
            let parameters = network.parameterNames.compactMap { leaves[$0] }
            let momenta = try parameters.map { try Tensor.zeros($0.shape) }
            var tensors = leaves
            var generator = Generator(seed: 2)
            let labels = Tensor((0..<32).map { $0 % 4 })
            let inputs = try Tensor.normal([32, 8], using: &generator)
            func step(isFirst: Bool) throws -> Double {
                let run = try runner.run(
                    [inputs], mode: .training, tensors: tensors, generator: &generator)
                let loss = try crossEntropy(run.results[0], labels)
                let found = try gradients(of: loss, with: parameters)
                _ = try withoutGradients { () throws(TensorError) in
                    try update(
                        .tensors(parameters), .tensors(found), .tensors(momenta), .double(1e-3),
                        .double(0.9), .double(0.05), .double(0), .bool(false), .bool(false),
                        .bool(isFirst))
                }
                tensors.merge(run.buffers) { $1 }
                return try loss.item()
            }
            let first = try step(isFirst: true)
            for _ in 0..<200 { _ = try step(isFirst: false) }
            let before = try memory("VmRSS")
            for _ in 0..<999 { _ = try step(isFirst: false) }
            #expect(try memory("VmRSS") - before < 3_000)
            #expect(try step(isFirst: false) < 0.5 * first)
            let count = try tensors["n.num_batches_tracked"]?.elements(Int.self)
            #expect(count == [1_201])
        }
    }

    @Test func `a deep chain frees its values as it runs`() async {
        await #expect(processExitsWith: .success) {
            try setThreadCount(1)
            let chain = try Program(input: [1_000_000]) { x in
                (0..<100).reduce(x) { value, _ in value.relu() }
            }
            let runner = try Runner(chain)
            let x = try Tensor.ones([1, 1_000_000])
            let before = try memory("VmRSS")
            _ = try runner(x)
            // 100 values of 4 MB each would be 400 MB.
            #expect(try memory("VmHWM") - before < 100_000)
        }
    }
}

/// A number of kilobytes from `/proc/self/status`: what is in memory (VmRSS), and its peak (VmHWM).
private func memory(_ name: String) throws -> Int {
    let text = try String(contentsOfFile: "/proc/self/status", encoding: .utf8)
    let line = text.split(separator: "\n").first { $0.hasPrefix(name + ":") }
    let number = line?.split { !$0.isNumber }.first.flatMap { Int($0) }
    return try #require(number)
}
