import FileFormats

/// Names the nearest of several words where one was not found.
enum NearMiss {
    /// As in `trian; did you mean train?`, or with all the words where none is near.
    static func text(_ word: String, among words: [String]) -> String {
        NearestName.text(word, among: words, limit: .max)
    }
}
