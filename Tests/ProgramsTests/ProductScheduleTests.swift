import Foundation
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct ProductScheduleTests {
    /// `linear(x, w)` with w a product of factors of these widths, from the input to the output.
    private func composed(_ widths: [Int]) throws -> Program {
        var tensors: OrderedDictionary<String, StoredTensor> = [:]
        var nodes: [Node] = []
        var value = "f0"
        for (index, size) in zip(widths, widths.dropFirst()).enumerated() {
            tensors["f\(index)"] = StoredTensor(
                .parameter, try random([size.1, size.0], seed: UInt64(index + 1)))
            guard index > 0 else { continue }
            let next = index == widths.count - 2 ? "w" : "product_\(index)"
            nodes.append(
                Node(
                    "aten.matmul.default",
                    ["self": .value(Value("f\(index)")), "other": .value(Value(value))],
                    outputs: [Value(next)]))
            value = next
        }
        tensors["b"] = StoredTensor(.parameter, try random([widths.last ?? 1], seed: 8))
        nodes.append(
            Node(
                "aten.linear.default",
                ["input": .value("x"), "weight": .value("w"), "bias": .value("b")], outputs: ["y"]))
        return try program(
            [.dimension("batch"), .fixed(widths[0])], tensors: tensors, nodes, results: ["y"])
    }

    private func schedule(_ widths: [Int], _ runs: [Int]) throws -> ProductSchedule {
        let json = ["ways": ["w": ["widths": widths, "runs": runs]]]
        let data = try JSONSerialization.data(withJSONObject: json)
        return try JSONDecoder().decode(ProductSchedule.self, from: data)
    }

    /// All ways to write a number as a sum.
    private func sums(_ number: Int) -> [[Int]] {
        number == 0
            ? [[]] : (1...number).flatMap { first in sums(number - first).map { [first] + $0 } }
    }

    @Test(arguments: 2...6)
    func `every way gives the same outputs and gradients, and is replayed`(factors: Int) throws {
        let widths = [9, 4, 7, 3, 8, 5, 6].prefix(factors) + [6]
        let source = try composed(Array(widths))
        let x = try random([5, 9], seed: 9)
        func run(_ program: Program) throws -> [Tensor?] {
            try program.outputAndGradients(for: x, of: source.parameterNames)
        }
        let wanted = try run(source)
        for runs in sums(factors) {
            let asked = try schedule(Array(widths), runs)
            let (rewritten, chosen) = try ProductOrder(batch: 3, replaying: asked)
                .applied(to: source)
            #expect(chosen == asked)
            #expect(rewritten.program.operatorNames.count { $0 == "linear" } == runs.count)
            for (found, expected) in try zip(run(rewritten.program), wanted) {
                try expectClose(found, #require(expected), within: 1e-5)
            }
        }
    }

    @Test func `a way of other widths, or that is none, is chosen anew`() throws {
        let source = try composed([8, 8, 8, 8])
        let standard = try ProductOrder(batch: 1).applied(to: source).schedule
        #expect(standard.ways["w"]?.runs == [1, 1, 1])
        for (widths, runs) in [
            ([8, 8, 4, 8], [3]), ([8, 8, 8, 8], [2]), ([8, 8, 8, 8], [2, 2]),
            ([8, 8, 8, 8], [4, -1]), ([8, 8, 8, 8], [Int.max, 3]), ([8, 8, 8, 8], []),
        ] {
            let odd = try schedule(widths, runs)
            #expect(
                try ProductOrder(batch: 1, replaying: odd).applied(to: source).schedule == standard)
        }
    }

    @Test func `when widths fall the factors are applied one after the other`() throws {
        func runs(_ widths: [Int], batch: Int) throws -> [Int]? {
            try ProductOrder(batch: batch).applied(to: composed(widths)).schedule.ways["w"]?.runs
        }
        #expect(try runs([32, 32, 32, 32], batch: 128) == [3])
        // 2 · 32 · 4 and 4 · 4 a row: the two small factors are best multiplied first.
        let cut = try runs([32, 4, 4, 32], batch: 128)
        #expect(cut == [1, 2] || cut == [2, 1])
        #expect(try runs([32, 4, 4, 32], batch: 2) == [1, 1, 1])
    }

    @Test(arguments: [[16, 16, 16, 16], [40, 8, 8, 8, 40], [30, 30, 30]])
    func `what is measured is a way of the same function, and is stored`(widths: [Int]) throws {
        let source = try composed(widths)
        let (rewritten, schedule) = try ProductOrder(batch: 16, choosing: .measured)
            .applied(to: source)
        let way = try #require(schedule.ways["w"])
        #expect(way.widths == widths && way.runs.reduce(0, +) == widths.count - 1)
        let x = try random([4, widths[0]])
        try expectClose(Runner(rewritten.program)(x), Runner(source)(x), within: 1e-5)
        let data = try JSONEncoder().encode(schedule)
        let back = try JSONDecoder().decode(ProductSchedule.self, from: data)
        #expect(back == schedule)
        let again = try ProductOrder(batch: 16, choosing: .measured, replaying: back)
            .applied(to: source)
        #expect(again.schedule == schedule)
        #expect(again.rewritten.program.nodes == rewritten.program.nodes)
    }

    @Test func `a plain network has no ways`() throws {
        let plain = try Program(input: [3]) { $0.linear("a", outputs: 2) }
        #expect(try ProductOrder(batch: 4).applied(to: plain).schedule == ProductSchedule())
    }
}
