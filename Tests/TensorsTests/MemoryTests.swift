import Foundation
import Tensors
import Testing

/// In processes of their own: resident memory is the whole process's.
@Suite(.serialized) struct MemoryTests {
    @Test func `a million small operations do not grow memory`() async {
        await #expect(processExitsWith: .success) {
            try setThreadCount(1)
            let (matrix, four) = (try Tensor.ones([2, 2]), Tensor([1, 2, 3, 4] as [Float]))
            let split = try Operator("aten::split", "Tensor")
            let relu = try Operator("aten::relu")
            var generator = Generator(seed: 1)
            // Ten operations: lists, views, several results, a generator, gradients, a refusal.
            func round() throws {
                _ = try (matrix + four.reshaped(to: [2, 2])) * 2
                _ = try split(.tensor(four), .int(2))
                _ = try Tensor.concatenated([four, four])
                _ = Tensor([1, 2] as [Float])
                _ = try Tensor.normal([2], using: &generator)
                let leaf = try four.trainable()
                _ = try gradients(of: leaf.sum(), with: [leaf])
                do { _ = try relu() } catch {}
            }
            for _ in 0..<2_000 { try round() }
            let before = residentBytes()
            for _ in 0..<20_000 { try round() }
            for _ in 0..<800_000 { _ = try relu(.tensor(four)) }
            #expect(residentBytes() - before < 4_000_000)
        }
    }
}

/// What the process holds in memory, from the second number of `/proc/self/statm`, in pages.
private func residentBytes() -> Int {
    let text = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8)
    let pages = text?.split(separator: " ").dropFirst().first.flatMap { Int($0) } ?? 0
    return pages * sysconf(Int32(_SC_PAGESIZE))
}
