import Tensors

/// How training examples are changed at random, each by draws of its own.
public enum Augmentation: String, Hashable, Sendable, Codable, CaseIterable {
    /// Not at all.
    case none
    /// Images are cropped at random after a border of four pixels of 0 was put around them, and
    /// half of them are flipped left to right.
    ///
    /// K. He, X. Zhang, S. Ren and J. Sun, “Deep residual learning for image recognition” (2016),
    /// section 4.2. The border is 0 before preprocessing: black, as torchvision's transforms of
    /// images have it.
    case standard

    /// Throws ``DatasetError/Kind/unusable`` where examples are not images
    /// `[channels, height, width]` and images are asked for.
    public func check(_ examples: Examples) throws {
        guard self == .standard, examples.exampleShape.count != 3 else { return }
        throw DatasetError(
            .unusable,
            "examples of \(examples.exampleShape) are not images [channels, height, width], which "
                + "--augment standard flips and crops; leave it out")
    }
}

/// What is drawn for one image.
struct ImageDraw: Equatable {
    /// The pixels of the border.
    static let border = 4

    /// Whether it is flipped left to right.
    let isFlipped: Bool
    /// Where the crop begins in the image with its border, from 0 to 2 · border.
    let top: Int
    /// Where the crop begins from the left, from 0 to 2 · border.
    let left: Int
}

extension ImageDraw {
    /// Draws one.
    init(using generator: inout SplitMix64) {
        isFlipped = generator.next(below: 2) == 1
        top = generator.next(below: 2 * Self.border + 1)
        left = generator.next(below: 2 * Self.border + 1)
    }
}
