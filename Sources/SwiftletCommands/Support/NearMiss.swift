/// Names the nearest of several words where one was not found.
enum NearMiss {
    /// As in `trian; did you mean train?`, or with all the words where none is near.
    static func text(_ word: String, among words: [String]) -> String {
        let ranked = words.map { (word: $0, distance: distance(word, $0)) }.min {
            $0.distance < $1.distance
        }
        if let nearest = ranked, nearest.distance <= max(2, word.count / 3) {
            return "\(word); did you mean \(nearest.word)?"
        }
        return "\(word); there are \(words.joined(separator: ", "))"
    }

    /// The insertions, deletions and replacements between two words (Levenshtein, 1966).
    static func distance(_ first: String, _ second: String) -> Int {
        let letters = Array(second)
        var row = Array(0...letters.count)
        for (line, letter) in first.enumerated() {
            var diagonal = row[0]
            row[0] = line + 1
            for (column, other) in letters.enumerated() {
                let replaced = diagonal + (letter == other ? 0 : 1)
                diagonal = row[column + 1]
                row[column + 1] = min(replaced, diagonal + 1, row[column] + 1)
            }
        }
        return row[letters.count]
    }
}
