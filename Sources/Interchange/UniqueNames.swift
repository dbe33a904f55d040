extension Set<String> {
    /// Takes a name that is not among these yet: `stem`, or `stem_1`, `stem_2` and so on.
    mutating func takeUnique(_ stem: String) -> String {
        var name = stem
        var number = 1
        while !insert(name).inserted {
            name = "\(stem)_\(number)"
            number += 1
        }
        return name
    }
}
