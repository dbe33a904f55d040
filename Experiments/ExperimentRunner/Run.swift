/// One network to train and to truncate.
struct Run {
    let variant: Recipe.Variant
    let decay: Double
    let seed: Int
    let epochs: Int
    /// Whether it only chooses a decay: its test accuracy is not looked at.
    let isSweep: Bool

    /// A name for files.
    var name: String {
        let slug = variant.name.lowercased().filter { $0.isLetter || $0.isNumber }
        return "\(slug)-decay\(decay)-epochs\(epochs)-seed\(seed)\(isSweep ? "-sweep" : "")"
    }
}
