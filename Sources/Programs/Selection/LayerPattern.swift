import FileFormats

/// Names layers, in a text that is the same on the command line and in files.
///
/// - `head`, `head.weight`, `layers.*.linear`: a parameter, or all of a layer or block; `*` stands for any characters,
///   dots too, and `?` for one.
/// - `/regex/`: the parameters in whose names the regular expression is found.
/// - `kind:linear`: those of a kind, as ``LayerNames/kinds`` lists them.
///
/// A weight that is a product of factors is found by its own name, and so are its factors.
public enum LayerPattern: Hashable, Sendable, CustomStringConvertible {
    /// A name, with `*` and `?`.
    case name(String)
    /// A regular expression.
    case expression(String)
    /// A kind of layer.
    case kind(String)

    /// Reads a pattern.
    ///
    /// - Throws: where it is empty, a regular expression cannot be read, or there is no such kind.
    public init(parsing text: String) throws {
        if text.hasPrefix("kind:") {
            let kind = String(text.dropFirst("kind:".count))
            guard LayerNames.kinds.contains(kind) else {
                throw ProgramError(
                    .selection,
                    "there is no kind of layer "
                        + NearestName.text(kind, among: LayerNames.kinds, limit: .max))
            }
            self = .kind(kind)
        } else if text.count > 2, text.hasPrefix("/"), text.hasSuffix("/") {
            let expression = String(text.dropFirst().dropLast())
            guard (try? Regex(expression)) != nil else {
                throw ProgramError(.selection, "\(text) is not a regular expression")
            }
            self = .expression(expression)
        } else {
            guard !text.isEmpty else {
                throw ProgramError(
                    .selection, "an empty pattern names no layer; write * for all of them")
            }
            self = .name(text)
        }
    }

    /// As it is read.
    public var description: String {
        switch self {
        case .name(let name): name
        case .expression(let expression): "/\(expression)/"
        case .kind(let kind): "kind:\(kind)"
        }
    }

    /// Whether it names a parameter.
    func matches(_ entry: LayerNames.Entry) -> Bool {
        switch self {
        case .name(let glob): return entry.names.contains { Self.matches(glob, $0) }
        case .kind(let kind): return entry.kinds.contains(kind)
        case .expression(let expression):
            guard let regex = try? Regex(expression) else { return false }
            return entry.names.contains { $0.firstMatch(of: regex) != nil }
        }
    }

    /// Whether the whole of a name fits a text with `*` and `?`.
    private static func matches(_ glob: String, _ name: String) -> Bool {
        let (glob, name) = (Array(glob), Array(name))
        var (g, n) = (0, 0)
        // The last star, and where what it stands for ends at present.
        var star: (glob: Int, name: Int)?
        while n < name.count {
            if g < glob.count, glob[g] == "*" {
                star = (g, n)
                g += 1
            } else if g < glob.count, glob[g] == "?" || glob[g] == name[n] {
                g += 1
                n += 1
            } else if let last = star {
                star = (last.glob, last.name + 1)
                (g, n) = (last.glob + 1, last.name + 1)
            } else {
                return false
            }
        }
        return glob[g...].allSatisfy { $0 == "*" }
    }
}

extension LayerPattern: Codable {
    /// Reads its text.
    public init(from decoder: any Decoder) throws {
        self = try LayerPattern(parsing: decoder.singleValueContainer().decode(String.self))
    }

    /// Writes its text.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}
