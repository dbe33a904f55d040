/// Finds what a user may have meant.
public enum NearestName {
    /// The name that is fewest changes away from a word; nil where none is near.
    public static func of(_ word: String, among names: [String]) -> String? {
        names.map { (name: $0, changes: changes(from: $0, to: word.lowercased())) }
            .filter { $0.changes <= max(2, $0.name.count / 3) }
            .min { $0.changes < $1.changes }?.name
    }

    /// As in `trian; did you mean train?`, or with the first names where none is near.
    ///
    /// - Parameter limit: how many names are told at most.
    public static func text(_ word: String, among names: [String], limit: Int) -> String {
        if let nearest = of(word, among: names) { return "\(word); did you mean \(nearest)?" }
        let told = names.prefix(limit).joined(separator: ", ")
        let rest = names.count - min(limit, names.count)
        return "\(word); there are \(told)" + (rest > 0 ? " and \(rest) more" : "")
    }

    /// How many characters have to be put in, left out or replaced (Levenshtein, 1966).
    static func changes(from first: String, to second: String) -> Int {
        let letters = Array(second)
        var row = Array(0...letters.count)
        for (index, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = index + 1
            for column in letters.indices {
                let replaced = diagonal + (letters[column] == letter ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, row[column] + 1, diagonal + 1)
            }
        }
        return row[letters.count]
    }
}
