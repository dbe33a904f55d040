import Foundation

extension ExportedProgram {
    /// Reads a program from the JSON text of `models/NAME.json`.
    ///
    /// - Parameters:
    ///   - bytes: the text, in UTF-8.
    ///   - file: what errors call the text.
    /// - Throws: `FileFormatError` that names the path and the key, of kind `malformed`, `missing`
    ///   or `unsupported`.
    public init(json bytes: some Sequence<UInt8>, file: String) throws {
        self = try SchemaJSON.read(Self.self, from: bytes, file: file)
    }

    /// The JSON text of the program, with the keys sorted, as `torch.export.load` reads it.
    ///
    /// - Throws: `FileFormatError` of kind `unwritable` where a value has no JSON form.
    public func json() throws -> [UInt8] {
        try SchemaJSON.write(self, file: "models/model.json")
    }
}

/// JSON as PyTorch writes and reads it: floats that are not finite are texts.
enum SchemaJSON {
    static func read<Value: Decodable>(
        _ type: Value.Type, from bytes: some Sequence<UInt8>, file: String
    ) throws -> Value {
        let decoder = JSONDecoder()
        decoder.nonConformingFloatDecodingStrategy = .convertFromString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        let data = Data(bytes)
        do {
            return try decoder.decode(type, from: data)
        } catch DecodingError.dataCorrupted {
            // NB: Foundation says the same, without a path, of bad JSON and of a bad number.
            let isJSON = (try? decoder.decode(Anything.self, from: data)) != nil
            let reason = isJSON ? "A number does not fit its type." : "The text is not valid JSON."
            throw FileFormatError(.malformed, file: file, reason)
        } catch {
            throw fileFormatError(error, file: file)
        }
    }

    static func write(_ value: some Encodable, file: String) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        encoder.nonConformingFloatEncodingStrategy = .convertToString(
            positiveInfinity: "Infinity", negativeInfinity: "-Infinity", nan: "NaN")
        do {
            return try [UInt8](encoder.encode(value))
        } catch {
            throw FileFormatError(.unwritable, file: file, "A value has no JSON form.")
        }
    }

    private struct Anything: Decodable {
        init(from decoder: any Decoder) {}
    }

    private static func fileFormatError(_ error: any Error, file: String) -> FileFormatError {
        switch error {
        case let error as FileFormatError:
            error
        case let error as SchemaMismatch:
            FileFormatError(error.kind, file: file, sentence(error.path, error.reason))
        case DecodingError.keyNotFound(let key, let context):
            FileFormatError(
                .missing, file: file,
                sentence(context.codingPath, "the key \(quoted(key.stringValue)) is missing"))
        case DecodingError.valueNotFound(let type, let context):
            FileFormatError(
                .malformed, file: file,
                sentence(context.codingPath, "null stands where \(noun(type)) is needed"))
        case DecodingError.typeMismatch(let type, let context):
            FileFormatError(
                .malformed, file: file,
                sentence(context.codingPath, "\(noun(type)) is needed"))
        default:
            FileFormatError(.malformed, file: file, "The text cannot be read.")
        }
    }

    private static func sentence(_ path: [any CodingKey], _ reason: String) -> String {
        var place = ""
        for key in path {
            if let index = key.intValue {
                place += "[\(index)]"
            } else {
                place += (place.isEmpty ? "" : ".") + key.stringValue
            }
        }
        return place.isEmpty
            ? reason.prefix(1).uppercased() + reason.dropFirst() + "."
            : "At \(shortened(place)), \(reason)."
    }

    // NB: a hostile file nests hundreds of keys; the end of the path is what helps.
    private static func shortened(_ place: String, limit: Int = 200) -> String {
        let kept = quoted(place.suffix(limit), limit: limit).dropFirst().dropLast()
        return place.count > limit ? "…" + kept : String(kept)
    }

    private static func noun(_ type: any Any.Type) -> String {
        switch type {
        case is Int.Type: "an integer"
        case is Double.Type: "a number"
        case is Bool.Type: "true or false"
        case is String.Type: "a text"
        case is [Any].Type: "a list"
        default: "an object"
        }
    }
}
