import Tensors

private enum Operators {
    static let pad = Result { try Operator("aten::constant_pad_nd") }
    static let window = Result { try Operator("aten::as_strided") }
}

extension ImageDraw {
    /// Images `[batch, channels, height, width]` of any type, each changed as its draw says.
    static func apply(_ draws: ArraySlice<ImageDraw>, to images: Tensor) throws -> Tensor {
        let image = Array(images.shape.dropFirst())
        let (height, width) = (image[1] + 2 * border, image[2] + 2 * border)
        let strides = [height * width, width, 1]
        let pad = [Int](repeating: border, count: 4)
        guard
            let padded = try Operators.pad.get()(.tensor(images), .ints(pad), .double(0))[0].tensor
        else { return images }
        let flipped = try padded.flipped(along: [3])
        let window = try Operators.window.get()
        // A crop is a window on an image with its border: nothing is copied before they are joined.
        let crops = try draws.enumerated().map { index, draw in
            let left = draw.isFlipped ? 2 * border - draw.left : draw.left
            let start = index * image[0] * strides[0] + draw.top * width + left
            return try window(
                .tensor(draw.isFlipped ? flipped : padded), .ints(image), .ints(strides),
                .int(start))[0].tensor ?? images
        }
        return try .stacked(crops)
    }
}
