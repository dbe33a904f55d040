import Datasets
import Foundation
import Tensors
import Testing

@Suite struct BatchLoaderTests {
    /// Examples that are their own numbers.
    private func examples(_ count: Int, width: Int = 2) -> Examples {
        Examples(
            inputs: Tensor((0..<count * width).map { Float($0 / width) }, shape: [count, width]),
            labels: Tensor((0..<count).map { $0 % 7 }),
            preprocessing: Preprocessing(
                scale: 1, mean: .init(repeating: 0, count: width),
                deviation: .init(repeating: 1, count: width)))
    }

    /// The numbers of the examples in each batch.
    private func batches(of loader: BatchLoader, width: Int = 2) throws -> [[Int]] {
        var result: [[Int]] = []
        while let batch = try loader.next() {
            let values = try batch.values
            let numbers = stride(from: 0, to: values.count, by: width).map { Int(values[$0]) }
            #expect(try batch.labelValues == numbers.map { $0 % 7 })
            result.append(numbers)
        }
        #expect(result.count == loader.batchCount)
        #expect(try loader.next() == nil)
        return result
    }

    @Test func `in order, batches are the examples one after the other`() throws {
        let loader = BatchLoader(examples(10), batchSize: 4, order: .inOrder)
        #expect(try batches(of: loader) == [[0, 1, 2, 3], [4, 5, 6, 7], [8, 9]])
    }

    @Test(arguments: [1, 2, 3, 50])
    func `shuffled, batches are a permutation of all, however far ahead`(_ ahead: Int) throws {
        let loader = BatchLoader(
            examples(100), batchSize: 8, order: .shuffled(seed: 5, epoch: 2), ahead: ahead)
        let found = try batches(of: loader)
        #expect(found.map(\.count) == [Int](repeating: 8, count: 12) + [4])
        #expect(found.flatMap { $0 }.sorted() == Array(0..<100))
        let again = BatchLoader(examples(100), batchSize: 8, order: .shuffled(seed: 5, epoch: 2))
        #expect(try batches(of: again) == found)
    }

    @Test func `epochs and seeds differ in their order`() throws {
        let orders: [BatchLoader.Order] = [
            .shuffled(seed: 0, epoch: 0), .shuffled(seed: 0, epoch: 1),
            .shuffled(seed: 1, epoch: 0),
            .shuffled(seed: 1, epoch: 1), .inOrder,
        ]
        let found = try orders.map {
            try batches(of: BatchLoader(examples(50), batchSize: 50, order: $0))[0]
        }
        #expect(Set(found).count == orders.count)
    }

    @Test func `an order is the same on every machine`() throws {
        let loader = BatchLoader(examples(8), batchSize: 8, order: .shuffled(seed: 0, epoch: 0))
        #expect(try batches(of: loader) == [[3, 5, 0, 2, 4, 7, 6, 1]])
    }

    @Test func `a last batch of one example is left out when shuffled, and only then`() throws {
        let shuffled = BatchLoader(examples(9), batchSize: 4, order: .shuffled(seed: 0, epoch: 0))
        #expect(try batches(of: shuffled).map(\.count) == [4, 4])
        let inOrder = BatchLoader(examples(9), batchSize: 4, order: .inOrder)
        #expect(try batches(of: inOrder).map(\.count) == [4, 4, 1])
        let single = BatchLoader(examples(1), batchSize: 4, order: .shuffled(seed: 0, epoch: 0))
        #expect(try batches(of: single) == [[0]])
        let ones = BatchLoader(examples(3), batchSize: 1, order: .shuffled(seed: 0, epoch: 0))
        #expect(try batches(of: ones).map(\.count) == [1, 1, 1])
    }

    @Test func `what is prepared in pieces equals what is computed at once, bit by bit`() throws {
        let width = 1000
        let examples = examples(200, width: width).with(
            Preprocessing(
                scale: 1.0 / 3, mean: (0..<width).map { Double($0) / 7 },
                deviation: (0..<width).map { 1 + Double($0) / 11 }))
        let loader = BatchLoader(examples, batchSize: 128, order: .inOrder)
        for range in [0..<128, 128..<200] {
            let batch = try #require(try loader.next())
            let direct = try examples.batch(range)
            #expect(batch.inputs.shape == direct.inputs.shape)
            #expect(try batch.inputs.bytes() == direct.inputs.bytes())
            #expect(try batch.labelValues == direct.labelValues)
        }
    }

    @Test func `only what is not ready is waited for`() throws {
        let loader = BatchLoader(
            examples(200, width: 1000), batchSize: 50, order: .inOrder, ahead: 4)
        #expect(loader.waitSeconds == 0)
        let start = Date()
        _ = try loader.next()
        let first = loader.waitSeconds
        #expect(first > 0 && first <= Date().timeIntervalSince(start))
        // By the end of this sleep the others are ready.
        Thread.sleep(forTimeInterval: 1)
        for _ in 1..<4 { _ = try loader.next() }
        #expect(loader.waitSeconds - first < 0.2)
        let before = loader.waitSeconds
        #expect(try loader.next() == nil)
        #expect(loader.waitSeconds == before)
    }

    @Test func `an error while preparing comes out of next, and no batch after it`() throws {
        let wrong = examples(10).with(Preprocessing(scale: 1, mean: [0], deviation: [1]))
        let loader = BatchLoader(wrong, batchSize: 4, order: .inOrder)
        let sentence = message(.unusable) { _ = try loader.next() }
        #expect(sentence.hasPrefix("a batch of float32 [4, 2] does not fit"))
        #expect(try loader.next() == nil)
    }

    @Test func `a loader that is dropped early stops, and lets its examples go`() throws {
        weak var inputs: Tensor?
        do {
            let examples = examples(1000)
            inputs = examples.inputs
            let loader = BatchLoader(examples, batchSize: 1, order: .inOrder, ahead: 500)
            _ = try loader.next()
        }
        let end = Date(timeIntervalSinceNow: 10)
        while inputs != nil, Date() < end { Thread.sleep(forTimeInterval: 0.005) }
        #expect(inputs == nil)
    }

    @Test func `many loaders at once give each their own batches`() throws {
        let loaders = (0..<20).map {
            BatchLoader(examples(40), batchSize: 8, order: .shuffled(seed: UInt64($0), epoch: 0))
        }
        var seen = [[Int]](repeating: [], count: loaders.count)
        for _ in 0..<5 {
            for (index, loader) in loaders.enumerated() {
                let batch = try #require(try loader.next())
                seen[index] += try batch.values.enumerated().filter { $0.offset % 2 == 0 }
                    .map { Int($0.element) }
            }
        }
        #expect(seen.allSatisfy { $0.sorted() == Array(0..<40) })
    }
}
