import FileFormats

/// Labels as a file gives them, with the way to name one in an error.
struct ClassLabels {
    let values: [Int]
    /// Names the label at a position, `y[3]` for example.
    let place: (Int) -> String

    /// Reads an array of labels, one for each of `count` inputs: whole numbers of any type,
    /// `[count]` or `[count, 1]`.
    init(_ array: RawArray, name: String, inputs: (name: String, count: Int), file: String) throws {
        guard array.shape.first == inputs.count else {
            throw DatasetError(
                .malformed,
                "\(file): \(inputs.name) has \(inputs.count) examples and \(name) is "
                    + "\(array.shape); give one label for each example")
        }
        guard array.count == inputs.count else {
            throw DatasetError(
                .malformed,
                "\(file): \(name) is \(array.elementType) \(array.shape), and one label for each "
                    + "example is expected; store class numbers, for one-hot rows the position of "
                    + "the 1")
        }
        place = { "\(name)[\($0)]" }
        if let whole = try? array.integers() {
            values = whole
            return
        }
        guard let numbers = try? array.floats() else {
            throw DatasetError(
                .unusable, "\(file): \(name) is \(array.elementType); store it as int64")
        }
        values = try Self.whole(numbers.map(Double.init), place: place, file: file)
    }

    /// Makes labels of numbers that have to be whole.
    init(numbers: [Double], file: String, place: @escaping (Int) -> String) throws {
        values = try Self.whole(numbers, place: place, file: file)
        self.place = place
    }

    private static func whole(
        _ numbers: [Double], place: (Int) -> String, file: String
    ) throws -> [Int] {
        try numbers.enumerated().map { position, number in
            guard let whole = Int(exactly: number) else {
                throw DatasetError(
                    .malformed,
                    "\(file): \(place(position)) is \(number), and labels are whole numbers; "
                        + "number the classes from 0")
            }
            return whole
        }
    }

    /// The number of classes that labels count; throws where one is negative or a number is left
    /// out.
    static func classCount(of parts: [ClassLabels], file: String) throws -> Int {
        var largest: (value: Int, place: String)?
        var seen: Set<Int> = []
        for part in parts {
            for (position, label) in part.values.enumerated() {
                guard label >= 0 else {
                    throw DatasetError(
                        .malformed,
                        "\(file): \(part.place(position)) is \(label); number the classes from 0")
                }
                guard seen.insert(label).inserted else { continue }
                if label > largest?.value ?? -1 { largest = (label, part.place(position)) }
            }
        }
        if let largest, let gap = (0..<largest.value).first(where: { !seen.contains($0) }) {
            throw DatasetError(
                .malformed,
                "\(file): \(largest.place) is \(largest.value), but no example has label \(gap); "
                    + "number the classes from 0 without gaps")
        }
        return seen.count
    }
}
