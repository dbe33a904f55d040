import Datasets

/// Names the nearest of several words where one was not found.
enum NearMiss {
    /// As in `trian; did you mean train?`, or with all the words where none is near.
    static func text(_ word: String, among words: [String]) -> String {
        if let nearest = NearestName.of(word, among: words) {
            return "\(word); did you mean \(nearest)?"
        }
        return "\(word); there are \(words.joined(separator: ", "))"
    }
}
