public import Foundation

/// The “binary version” of the CIFAR files: records of label bytes and then an image.
///
/// A. Krizhevsky, “Learning multiple layers of features from tiny images” (2009). There is no
/// header: what a file holds is told by its length and its labels alone.
public enum CIFAR {
    /// Which of the two data sets a file is of: they differ in their labels.
    public enum Variant: Sendable, CaseIterable {
        /// One label, 0 to 9.
        case cifar10
        /// A coarse label, 0 to 19, and then a fine one, 0 to 99.
        case cifar100

        /// How many values each label byte of a record may have.
        var labelCounts: [Int] {
            switch self {
            case .cifar10: [10]
            case .cifar100: [20, 100]
            }
        }
    }

    /// What a file holds.
    public struct Contents: Sendable {
        /// `uint8` `[count, 3, 32, 32]`, the channels red, green and blue.
        public let images: RawArray
        /// For each image its label, the fine one where there are two.
        public let labels: [Int]
        /// For each image its coarse label, 0 to 19; nil for CIFAR-10.
        public let coarseLabels: [Int]?
    }

    /// The sizes of an image, `[channels, height, width]`.
    public static let imageShape = [3, 32, 32]

    /// Reads the records at `path`; see `read(_:file:as:)` for what is refused.
    public static func read(contentsOf path: String, as variant: Variant) throws -> Contents {
        try read(InputFile.map(path), as: variant)
    }

    /// Reads records held in memory; `file` is what errors name.
    ///
    /// Throws `truncated` for no bytes and for a last record that is cut, and `malformed` for a
    /// label that is out of range or a file that is plainly something else.
    public static func read(
        _ data: Data, file: String, as variant: Variant
    ) throws -> Contents {
        try read(ByteView(data: data, file: file), as: variant)
    }

    private static func read(_ view: ByteView, as variant: Variant) throws -> Contents {
        if let impostor = view.impostor(expected: "the CIFAR file") { throw impostor }
        let labelCounts = variant.labelCounts
        let imageBytes = imageShape.reduce(1, *)
        let recordBytes = labelCounts.count + imageBytes
        let (count, rest) = view.count.quotientAndRemainder(dividingBy: recordBytes)
        guard view.count > 0 else {
            throw view.error(.truncated, "it is empty; fetch the file again")
        }
        guard rest == 0 else {
            throw view.error(
                .truncated,
                "its records take \(recordBytes) bytes each, and the last, at byte "
                    + "\(count * recordBytes), has \(rest); fetch the file again")
        }
        let labels = try labelCounts.enumerated().map { position, limit in
            try Self.labels(
                of: view, at: position, every: recordBytes, below: limit)
        }
        var images = Data(capacity: count * imageBytes)
        for start in stride(from: labelCounts.count, to: view.count, by: recordBytes) {
            if let image = view.slice(at: start, count: imageBytes) { images.append(image) }
        }
        return Contents(
            images: try RawArray(
                .uint8, shape: [count] + imageShape, bytes: images, file: view.file),
            labels: labels[labels.count - 1], coarseLabels: labels.count > 1 ? labels[0] : nil)
    }

    /// The label bytes that stand at one position of each record.
    private static func labels(
        of view: ByteView, at position: Int, every step: Int, below limit: Int
    ) throws -> [Int] {
        try stride(from: position, to: view.count, by: step).map { offset in
            let label = view.byte(at: offset).map { Int($0) } ?? 0
            guard label < limit else {
                throw view.error(
                    .malformed,
                    "record \(offset / step) has the label \(label) at byte \(offset), and labels "
                        + "there are 0 to \(limit - 1); check that the file is of the binary version"
                )
            }
            return label
        }
    }
}
