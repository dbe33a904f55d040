import Tensors

extension ImageDraw {
    /// Images `[batch, channels, height, width]` of any type, each changed as its draw says.
    ///
    /// Crops are windows on the images with their borders, or on the same flipped: all of them are
    /// gathered at once, by the elements at which they begin.
    static func apply(_ draws: ArraySlice<ImageDraw>, to images: Tensor) throws -> Tensor {
        let framed = try images.contiguous()
            .paddedWithZeros([Int](repeating: border, count: 4))
        let both = try Tensor.concatenated([framed, framed.flipped(along: [3])])
        let (image, strides) = (Array(images.shape.dropFirst()), framed.strides)
        let reach = zip(image, strides.dropFirst()).reduce(0) { $0 + ($1.0 - 1) * $1.1 }
        let windows = try both.viewed(
            as: [both.count - reach] + image, strides: [1] + strides.dropFirst())
        let starts = draws.enumerated().map { index, draw in
            let left = draw.isFlipped ? 2 * border - draw.left : draw.left
            let place = draw.isFlipped ? draws.count + index : index
            return place * strides[0] + draw.top * strides[2] + left
        }
        return try windows.selecting(Tensor(starts))
    }
}
