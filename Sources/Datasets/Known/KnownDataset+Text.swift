import FileFormats
import Foundation
import Tensors

/// Texts whose bytes are predicted one after the other.
extension KnownDataset {
    /// The bytes that a network sees at once, and of which it predicts each next one.
    static let context = 128

    /// Shakespeare's plays in one file, put together by Andrej Karpathy (2015).
    ///
    /// The last tenth tests; of the rest the last tenth validates.
    static let tinyShakespeare = text(
        "tinyshakespeare", "Shakespeare's plays, 1115394 bytes (A. Karpathy)",
        files: ["tinyshakespeare.txt"], address: "https://github.com/karpathy/char-rnn",
        licence: "public domain"
    ) { texts in
        let (rest, test) = texts[0].withoutLastTenth
        let (training, validation) = rest.withoutLastTenth
        return TextParts(
            training: training, validation: validation, test: test,
            note: "the last tenth of the text tests, the last tenth of the rest validates")
    }

    /// The validation and test texts of WikiText-2: good articles of Wikipedia.
    ///
    /// The training text is not used: the validation text less its last tenth trains, and that tenth validates.
    ///
    /// S. Merity et al., “Pointer sentinel mixture models” (2016).
    static let wikiText2 = text(
        "wikitext2",
        "articles of Wikipedia, the validation and test texts of WikiText-2 (S. Merity et al.)",
        files: ["wikitext-2-valid.txt", "wikitext-2-test.txt"],
        address: "https://arxiv.org/abs/1609.07843", licence: "CC BY-SA 3.0"
    ) { texts in
        let (training, validation) = texts[0].withoutLastTenth
        return TextParts(
            training: training, validation: validation, test: texts[1],
            note:
                "the validation text trains, less its last tenth, which validates; the training text is "
                + "not used, and the test text tests")
    }

    private static func text(
        _ name: String, _ summary: String, files: [String], address: String, licence: String,
        parts: @escaping @Sendable ([Data]) -> TextParts
    ) -> KnownDataset {
        KnownDataset(
            name: name, summary: summary, folder: "text", files: files, address: address,
            licence: licence, exampleShape: [context],
            classNames: (0...255).map { "byte \($0)" }
        ) { known, options in
            let paths = try known.paths(options)
            let parts = parts(try paths.map { try InputFile.read($0) })
            return Dataset(
                name: name, training: try known.examples(parts.training, paths[0]),
                validation: try known.examples(parts.validation, paths[0]),
                test: try known.examples(parts.test, paths[paths.count - 1]),
                classNames: known.classNames, splitNote: parts.note)
        }
    }

    /// Windows that follow one another: each byte but the first is predicted once.
    private func examples(_ text: Data, _ path: String) throws -> Examples {
        let count = (text.count - 1) / Self.context
        guard count > 0 else {
            throw DatasetError(
                .malformed,
                "\(path): it has too few bytes for windows of \(Self.context); put the file from "
                    + "\(address) in its place")
        }
        let bytes = Tensor(bytes: text, type: .uint8, shape: [text.count])
        func windows(from start: Int) throws -> Tensor {
            try bytes.sliced(start..<(start + count * Self.context)).converted(to: .int64)
                .reshaped(to: [count, Self.context])
        }
        return Examples(
            inputs: try windows(from: 0), labels: try windows(from: 1), preprocessing: .none)
    }
}

/// A text in three.
private struct TextParts {
    let training: Data
    let validation: Data
    let test: Data
    let note: String
}

extension Data {
    fileprivate var withoutLastTenth: (rest: Data, tenth: Data) {
        let end = count - count / 10
        return (Data(prefix(end)), Data(dropFirst(end)))
    }
}
