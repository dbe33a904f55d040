import Foundation
import Tensors
import Testing

@testable import Datasets

@Suite struct AugmentationTests {
    /// Images whose pixels are all different as far as 8 bits go, and none of which is 0.
    private func images(_ count: Int, _ shape: [Int] = [3, 8, 8]) -> Examples {
        let size = shape.reduce(1, *)
        let pixels = (0..<count * size).map { UInt8(1 + $0 * 7 % 251) }
        return Examples(
            inputs: Tensor(pixels, shape: [count] + shape), labels: Tensor(Array(0..<count)),
            preprocessing: Preprocessing(
                scale: 1, mean: [Double](repeating: 0, count: shape[0]),
                deviation: [Double](repeating: 1, count: shape[0])))
    }

    private func batches(
        _ examples: Examples, _ augmentation: Augmentation = .standard, batchSize: Int = 16,
        seed: UInt64 = 1, epoch: Int = 0, ahead: Int = 2
    ) throws -> [Batch] {
        let loader = BatchLoader(
            examples, batchSize: batchSize, order: .shuffled(seed: seed, epoch: epoch),
            augmentation: augmentation, ahead: ahead)
        var result: [Batch] = []
        while let batch = try loader.next() { result.append(batch) }
        return result
    }

    /// What a flip and a crop make of an image, written out pixel by pixel.
    private func changed(
        _ image: [UInt8], _ shape: [Int], flipped: Bool, top: Int, left: Int
    ) -> [Float] {
        let (height, width) = (shape[1], shape[2])
        var result: [Float] = []
        for channel in 0..<shape[0] {
            for y in 0..<height {
                for x in 0..<width {
                    let row = y + top - 4
                    let column = (flipped ? width - 1 - x : x) + left - 4
                    let isInside = (0..<height).contains(row) && (0..<width).contains(column)
                    let position = (channel * height + row) * width + column
                    result.append(isInside ? Float(image[position]) : 0)
                }
            }
        }
        return result
    }

    @Test(arguments: [[3, 8, 8], [1, 5, 11], [2, 32, 32], [3, 120, 130]])
    func `every image is a crop of itself with a border, flipped or not`(shape: [Int]) throws {
        let examples = images(12, shape)
        let size = shape.reduce(1, *)
        let pixels = try examples.inputs.elements(UInt8.self)
        var generator = SplitMix64(seed: 3, stream: 5)
        let draws = (0..<12).map { _ in ImageDraw(using: &generator) }
        #expect(Set(draws.map(\.isFlipped)) == [true, false])
        let found = try ImageDraw.apply(draws[...], to: examples.inputs)
        #expect(found.shape == examples.inputs.shape && found.scalarType == .uint8)
        let values = try found.converted(to: .float32).elements(Float.self)
        for (index, draw) in draws.enumerated() {
            let image = Array(pixels[index * size..<(index + 1) * size])
            let expected = changed(
                image, shape, flipped: draw.isFlipped, top: draw.top, left: draw.left)
            #expect(Array(values[index * size..<(index + 1) * size]) == expected)
        }
    }

    @Test func `draws are even`() {
        var generator = SplitMix64(seed: 0, stream: 0)
        let draws = (0..<81_000).map { _ in ImageDraw(using: &generator) }
        #expect(abs(draws.count(where: \.isFlipped) - 40_500) < 4 * 143)
        for offset in 0...8 {
            #expect(abs(draws.count(where: { $0.top == offset }) - 9_000) < 4 * 90)
            #expect(abs(draws.count(where: { $0.left == offset }) - 9_000) < 4 * 90)
        }
        // Each place has its 1000 too: the two are drawn apart.
        let corners = draws.count(where: { $0.top == 0 && $0.left == 8 })
        #expect(abs(corners - 1_000) < 4 * 32)
    }

    @Test func `each example of a batch has a draw of its own, and keeps its label`() throws {
        let examples = images(60)
        let plain = try batches(examples, .none)
        let changed = try batches(examples)
        #expect(plain.count == 4 && changed.map(\.count) == plain.map(\.count))
        var found: Set<String> = []
        for (before, after) in zip(plain, changed) {
            #expect(try before.labelValues == after.labelValues)
            let (old, new) = (try before.inputs.elements(Float.self), try after.values)
            for index in 0..<before.count {
                let image = old[index * 192..<(index + 1) * 192].map { UInt8($0) }
                let result = Array(new[index * 192..<(index + 1) * 192])
                let draw = try #require(
                    draws.first {
                        self.changed(
                            image, [3, 8, 8], flipped: $0.0, top: $0.1, left: $0.2) == result
                    })
                found.insert("\(draw)")
            }
        }
        #expect(found.count > 40)
    }

    /// All of the 162 draws that there are.
    private var draws: [(Bool, Int, Int)] {
        [false, true].flatMap { flip in
            (0...8).flatMap { top in (0...8).map { (flip, top, $0) } }
        }
    }

    @Test func `bits depend on seed, epoch and position, and not on what runs ahead`() throws {
        let examples = images(50, [3, 32, 32])
        func bits(seed: UInt64 = 1, epoch: Int = 0, ahead: Int = 2) throws -> [Data] {
            try batches(examples, seed: seed, epoch: epoch, ahead: ahead).map {
                try $0.inputs.bytes()
            }
        }
        let first = try bits()
        #expect(try bits(ahead: 1) == first && bits(ahead: 50) == first)
        let others = [try bits(seed: 2), try bits(epoch: 1), try bits(epoch: 2)]
        #expect(Set(([first] + others).map { $0[0] }).count == 4)
    }

    @Test func `what an epoch draws does not follow from another epoch's`() throws {
        // One image many times: only draws make a difference.
        let one = try images(1).selecting(Tensor([Int](repeating: 0, count: 64)))
        let epochs = try (0..<4).map { try batches(one, epoch: $0).map { try $0.inputs.bytes() } }
        #expect(Set(epochs.flatMap { $0 }).count == 16)
    }

    @Test func `the border is black: zero before preprocessing`() throws {
        let white = Examples(
            inputs: try .full([40, 1, 6, 6], 192, type: .uint8),
            labels: nil,
            preprocessing: Preprocessing(scale: 1.0 / 256, mean: [0.25], deviation: [0.5]))
        let values = try batches(white, batchSize: 40)[0].values
        #expect(Set(values) == [-0.5, 1])
    }

    @Test func `without augmentation batches are as they were`() throws {
        let examples = images(20)
        let loader = BatchLoader(examples, batchSize: 20, order: .shuffled(seed: 1, epoch: 0))
        let plain = try #require(try loader.next())
        #expect(try batches(examples, .none, batchSize: 20)[0].values == plain.values)
    }

    @Test func `what is no image is refused`() throws {
        let rows = Examples(
            inputs: try .zeros([4, 6]), labels: nil,
            preprocessing: Preprocessing(
                scale: 1, mean: .init(repeating: 0, count: 6),
                deviation: .init(repeating: 1, count: 6)))
        let sentence =
            "examples of [6] are not images [channels, height, width], which --augment standard "
            + "flips and crops; leave it out"
        #expect(message(.unusable) { try Augmentation.standard.check(rows) } == sentence)
        #expect(message(.unusable) { _ = try batches(rows) } == sentence)
        try Augmentation.none.check(rows)
        #expect(try batches(rows, .none)[0].count == 4)
    }

    @Test func `images of other types are augmented too`() throws {
        let floats = try images(8).inputs.converted(to: .float32)
        let draws = [ImageDraw](repeating: .init(isFlipped: true, top: 1, left: 7), count: 8)
        let found = try ImageDraw.apply(draws[...], to: floats)
        #expect(found.scalarType == .float32)
        let bytes = try ImageDraw.apply(draws[...], to: images(8).inputs)
        #expect(
            try found.elements(Float.self) == bytes.converted(to: .float32).elements(Float.self))
    }

    @Test func `the order in memory makes no difference`() throws {
        let images = images(6).inputs
        var generator = SplitMix64(seed: 3, stream: 5)
        let draws = (0..<6).map { _ in ImageDraw(using: &generator) }
        let channelsLast = try images.transposed(1, 3).copied().transposed(1, 3)
        #expect(!channelsLast.isContiguous)
        let found = try ImageDraw.apply(draws[...], to: channelsLast)
        #expect(try found.bytes() == ImageDraw.apply(draws[...], to: images).bytes())
    }

    @Test func `cifar is augmented where nothing is said, and nothing else`() {
        let augmented = Datasets.known.filter { $0.augmentation == .standard }
        #expect(augmented.map(\.name) == ["cifar10", "cifar100"])
        #expect(Datasets.known("Cifar10")?.name == "cifar10" && Datasets.known("cifar") == nil)
    }
}
