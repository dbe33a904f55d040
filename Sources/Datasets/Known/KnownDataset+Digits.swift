import FileFormats
import Foundation
import Tensors

extension KnownDataset {
    /// Optical recognition of handwritten digits, built in.
    ///
    /// There are 1,797 examples `[1, 8, 8]` of whole numbers from 0 to 16, split once for all.
    ///
    /// E. Alpaydin and C. Kaynak, “Optical recognition of handwritten digits”, UCI machine learning
    /// repository (1998), the test part, under CC BY 4.0. Each row of the table is an
    /// example: 64 pixels, then the label.
    static let digits = KnownDataset(
        name: "digits",
        summary: "1797 handwritten digits of 8 x 8 pixels, built in (E. Alpaydin, C. Kaynak)",
        folder: nil, files: [],
        address: "https://archive.ics.uci.edu/dataset/80/optical+recognition+of+handwritten+digits",
        licence: "CC BY 4.0", exampleShape: [1, 8, 8], classNames: (0...9).map(String.init)
    ) { known, _ in
        let file = "the built-in digits.csv.gz"
        let bytes = Data(base64Encoded: DigitsData.base64, options: .ignoreUnknownCharacters)
        let table = try CSVTable(
            bytes ?? Data(), file: file, options: CSVOptions(header: .absent))
        let rows = Tensor(table.numbers, shape: [table.rowCount, 65])
        let pixels = try rows.sliced(0..<64, along: 1).converted(to: .uint8)
        let images = try pixels.reshaped(to: [table.rowCount] + known.exampleShape)
        let labels = try rows.sliced(64..<65, along: 1).converted(to: .int64).elements(Int.self)
        let given = GivenData(
            name: known.name, parts: .whole(Part(inputs: images, labels: labels)),
            classNames: known.classNames, scale: 1 / 16)
        return try Dataset(given, seed: 0)
    }
}
