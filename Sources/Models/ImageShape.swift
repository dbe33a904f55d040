import Programs

/// Checks that examples are images of a size that a network takes.
///
/// - Parameters:
///   - shape: an example's sizes.
///   - size: the smallest height and width.
///   - step: what height and width are multiples of.
///   - model: the network's name.
func checkImage(_ shape: [Int], atLeast size: Int, multipleOf step: Int = 1, for model: String)
    throws
{
    let text = shape.map(String.init).joined(separator: " x ")
    guard shape.count == 3, shape[0] > 0 else {
        throw ProgramError(
            .input,
            "\(model) takes images [channels, height, width], and the examples are \(text)")
    }
    guard shape[1] >= size, shape[2] >= size, shape[1] % step == 0, shape[2] % step == 0 else {
        let multiples = step > 1 ? ", in multiples of \(step)" : ""
        throw ProgramError(
            .input,
            "\(model) takes images of at least \(size) x \(size)\(multiples), and the examples are "
                + "\(shape[1]) x \(shape[2]); choose another network or scale the images")
    }
}
