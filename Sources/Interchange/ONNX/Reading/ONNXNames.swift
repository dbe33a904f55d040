import FileFormats
import Programs

/// Names of a Program for the names of a file, which may be any text.
struct ONNXNames {
    private var taken: Set<String> = []
    /// Everything before a dot in a name that is taken.
    private var prefixes: Set<String> = []
    private var counts: [String: Int] = [:]

    /// Words that cannot name a value in the Python code that PyTorch makes of a graph.
    private static let reserved: Set<String> = [
        "and", "as", "assert", "async", "await", "break", "class", "continue", "def", "del", "elif",
        "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda",
        "nonlocal", "not", "or", "pass", "raise", "return", "try", "while", "with", "yield", "None",
        "True", "False", "self",
    ]
    private static let longest = 200

    /// A name for a value: letters, digits and underscores.
    mutating func value(_ text: String) -> Value {
        let name = Self.plain(text)
        let isNumber = name.first.map(\.isNumber) ?? false
        return Value(unique(isNumber ? "v\(name)" : name))
    }

    /// A name for a stored tensor: as for a value, in parts with dots between.
    mutating func tensor(_ text: String) -> String {
        let parts = text.split { $0 == "." || $0 == "/" }.map { Self.plain(String($0)) }
        let name = parts.isEmpty ? "tensor" : parts.joined(separator: ".")
        // Between dots numbers are usual; alone they would name a value.
        return parts.count == 1 ? value(name).name : unique(name)
    }

    /// A text as a name, not necessarily a free one.
    static func plain(_ text: String) -> String {
        var name = ""
        for scalar in text.unicodeScalars.prefix(longest) {
            let fits = scalar.isASCII && (scalar.properties.isAlphabetic || "0"..."9" ~= scalar)
            name.append(fits ? String(scalar) : "_")
        }
        name = String(name.drop { $0 == "_" })
        if name.isEmpty { return "value" }
        return reserved.contains(name) ? name + "_" : name
    }

    private mutating func unique(_ text: String) -> String {
        let isBelowAnother = Self.prefixes(of: text).contains(where: taken.contains)
        let stem = isBelowAnother ? String(text.map { $0 == "." ? "_" : $0 }) : text
        var name = stem
        while !isFree(name) {
            counts[stem, default: 0] += 1
            name = "\(stem)_\(counts[stem, default: 0])"
        }
        taken.insert(name)
        prefixes.formUnion(Self.prefixes(of: name))
        return name
    }

    private func isFree(_ name: String) -> Bool {
        !taken.contains(name) && !prefixes.contains(name)
    }

    private static func prefixes(of name: String) -> [String] {
        name.indices.filter { name[$0] == "." }.map { String(name[..<$0]) }
    }
}

extension String {
    /// The text between quotation marks on one line, cut where it is long: names in files may be anything.
    var shownName: String {
        let longest = 80
        let shown = unicodeScalars.prefix(longest).map { scalar in
            scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value) ? "?" : String(scalar)
        }
        return "“\(shown.joined())\(unicodeScalars.count > longest ? "…" : "")”"
    }
}
