public import Tensors

/// What happens to inputs before a network sees them: x ↦ (x · scale − mean) / deviation.
///
/// `mean` and `deviation` have one number for each position along axis 1 of a batch: the channels
/// of images `[batch, channels, height, width]`, the features of rows `[batch, features]`.
public struct Preprocessing: Hashable, Sendable, Codable {
    /// The factor that comes first, 1/255 for images of bytes; not 0.
    public var scale: Double
    /// The means of the scaled inputs.
    public var mean: [Double]
    /// The standard deviations of the scaled inputs; none is 0.
    public var deviation: [Double]

    /// None: inputs pass as they are, in their own type.
    public static let none = Preprocessing(scale: 1, mean: [], deviation: [])

    /// Makes a preprocessing; `mean` and `deviation` are of one length.
    public init(scale: Double, mean: [Double], deviation: [Double]) {
        precondition(mean.count == deviation.count, "a mean and a deviation for each channel")
        precondition(scale != 0 && !deviation.contains(0), "a scale or deviation of 0")
        self.scale = scale
        self.mean = mean
        self.deviation = deviation
    }

    /// The batch as `float32`, or as it is where there is no preprocessing; any real type is taken.
    ///
    /// Whole numbers of more than 16 bits and `float64` are computed in double precision. Throws
    /// ``DatasetError/Kind/unusable`` where axis 1 is not as long as `mean`, and what libtorch
    /// refuses.
    public func apply(to batch: Tensor) throws -> Tensor {
        guard self != .none else { return batch }
        guard batch.rank >= 2, batch.shape[1] == mean.count else {
            throw DatasetError(
                .unusable,
                "a batch of \(batch.summary) does not fit a preprocessing of \(mean.count) "
                    + "channels; use data whose axis 1 has size \(mean.count), or give as many "
                    + "means and deviations as it has")
        }
        let type = batch.scalarType.computed
        let axes = [1, mean.count] + [Int](repeating: 1, count: batch.rank - 2)
        // The same as (x − mean / scale) · (scale / deviation), which passes over the batch twice
        // and not three times.
        let offset = Tensor(mean.map { $0 / scale }, shape: axes)
        let factor = Tensor(deviation.map { scale / $0 }, shape: axes)
        var values = try batch.converted(to: type)
        if mean.contains(where: { $0 != 0 }) { values = try values - offset.converted(to: type) }
        if deviation.contains(where: { $0 != scale }) {
            values = try values * factor.converted(to: type)
        }
        return try values.converted(to: .float32)
    }
}

extension ScalarType {
    /// The type in which values of this one are computed with without losing digits.
    fileprivate var computed: ScalarType {
        switch self {
        case .int32, .int64, .float64: .float64
        default: .float32
        }
    }
}
