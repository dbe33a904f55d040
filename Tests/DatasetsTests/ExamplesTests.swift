import Datasets
import Foundation
import Tensors
import Testing

@Suite struct ExamplesTests {
    let examples = Examples(
        inputs: Tensor((0..<24).map { UInt8($0) }, shape: [6, 1, 2, 2]),
        labels: Tensor([0, 1, 2, 0, 1, 2]),
        preprocessing: Preprocessing(scale: 0.5, mean: [3], deviation: [2]))

    @Test func `a batch is the examples named, as (x · scale − mean) over deviation`() throws {
        let batch = try examples.batch(Tensor([5, 0]))
        #expect(batch.inputs.shape == [2, 1, 2, 2])
        #expect(batch.count == 2)
        #expect(try batch.values == [20, 21, 22, 23, 0, 1, 2, 3].map { ($0 * 0.5 - 3) / 2 })
        #expect(try batch.labelValues == [2, 0])
    }

    @Test func `a range gives what the same indices give`() throws {
        let direct = try examples.batch(2..<5)
        let gathered = try examples.batch(Tensor([2, 3, 4]))
        #expect(try direct.values == gathered.values)
        #expect(try direct.labelValues == gathered.labelValues)
    }

    @Test func `a prefix is no longer than what there is`() throws {
        #expect(try examples.prefix(2).count == 2)
        #expect(try examples.prefix(2).labelValues == [0, 1])
        #expect(try examples.prefix(100).count == 6)
        #expect(examples.exampleShape == [1, 2, 2])
    }

    @Test func `two parts have no example in common`() throws {
        func parts(_ first: Int, _ second: Int) throws -> [[Int64]] {
            let plain = examples.with(Preprocessing(scale: 1, mean: [0], deviation: [1]))
            let parts = try plain.parts(first, second)
            return try [parts.first, parts.second].map { part in
                try (0..<part.count).map {
                    Int64(try part.batch($0..<($0 + 1)).values[0]) / 4
                }
            }
        }
        #expect(try parts(2, 3) == [[0, 1], [2, 3, 4]])
        #expect(try parts(6, 0) == [[0, 1, 2, 3, 4, 5], []])
        // Where there are too few, a third is the second's.
        #expect(try parts(6, 3) == [[0, 1, 2, 3], [4, 5]])
        #expect(try parts(100, 1) == [[0, 1, 2, 3, 4], [5]])
    }

    @Test func `selected examples keep their labels and preprocessing`() throws {
        let some = try examples.selecting(Tensor([4, 4, 1]))
        #expect(try some.labelValues == [1, 1, 1])
        #expect(some.inputs.scalarType == .uint8)
        #expect(some.preprocessing == examples.preprocessing)
    }

    @Test func `another preprocessing leaves inputs and labels as they are`() throws {
        let plain = examples.with(Preprocessing(scale: 1, mean: [0], deviation: [1]))
        #expect(try plain.batch(1..<2).values == [4, 5, 6, 7])
        #expect(try plain.labelValues == examples.labelValues)
    }

    @Test func `examples without labels give batches without labels`() throws {
        let unlabelled = Examples(
            inputs: examples.inputs, labels: nil, preprocessing: examples.preprocessing)
        #expect(try unlabelled.batch(Tensor([1])).labels == nil)
        #expect(try unlabelled.prefix(2).labels == nil)
    }

    @Test(arguments: ScalarType.allCases.filter { ![.complex64, .complex128].contains($0) })
    func `inputs of every real type become float32`(_ type: ScalarType) throws {
        let inputs = try Tensor([0, 1, 1, 0] as [Float], shape: [2, 2]).converted(to: type)
        let batch = try Preprocessing(scale: 2, mean: [1, 0], deviation: [1, 4]).apply(to: inputs)
        #expect(batch.scalarType == .float32)
        #expect(try batch.elements(Float.self) == [-1, 0.5, 1, 0])
    }

    @Test func `large numbers in double precision do not lose what a deviation is made of`() throws
    {
        let inputs = Tensor([1e9 + 1, 1e9 - 1], shape: [2, 1])
        let batch = try Preprocessing(scale: 1, mean: [1e9], deviation: [1]).apply(to: inputs)
        #expect(try batch.elements(Float.self) == [1, -1])
    }

    @Test func `a batch with another number of channels is an error`() throws {
        let sentence = message(.unusable) {
            _ = try Preprocessing(scale: 1, mean: [0, 0, 0], deviation: [1, 1, 1])
                .apply(to: examples.inputs)
        }
        #expect(
            sentence == "a batch of uint8 [6, 1, 2, 2] does not fit a preprocessing of 3 channels; "
                + "use data whose axis 1 has size 3, or give as many means and deviations as it has"
        )
    }

    @Test func `a preprocessing survives JSON`() throws {
        let original = Preprocessing(scale: 1 / 255, mean: [0.1, 0.2], deviation: [0.3, 1 / 3])
        let data = try JSONEncoder().encode(original)
        #expect(try JSONDecoder().decode(Preprocessing.self, from: data) == original)
    }
}
