import Compression
import FileFormats
import Foundation
import Interchange
import Reports
import Tensors

/// What `inspect` tells of a file of weights without their network.
struct WeightsInspection: Encodable {
    /// One tensor.
    struct Entry: Encodable {
        let name: String
        let type: String
        let shape: [Int]
        /// The tensor that it shares its elements with.
        let sharedWith: String?
    }

    let file: String
    let fileBytes: Int
    /// Floating-point elements, each once.
    let parameters: Int
    let tensors: [Entry]
    /// The tensors of two or more dimensions, read as matrices.
    let layers: [LayerReport]
    let metadata: [String: String]
    /// What else the file holds.
    let note: String?

    init(of path: String, key: String?) throws {
        let weights = try StateDict(contentsOf: path, key: key)
        let aliases = weights.aliases
        file = path
        fileBytes = weights.files.reduce(0) { sum, file in
            let attributes = try? FileManager.default.attributesOfItem(atPath: file)
            return sum + ((attributes?[.size] as? Int) ?? 0)
        }
        metadata = weights.metadata
        note = weights.note
        var (tensors, layers, parameters) = ([Entry](), [LayerReport](), 0)
        for name in weights.names {
            let shape = weights.shape(of: name) ?? []
            let type = weights.elementType(of: name)
            tensors.append(
                Entry(
                    name: name, type: type.map { "\($0)" } ?? "unknown", shape: shape,
                    sharedWith: aliases[name]))
            guard aliases[name] == nil, let type, let scalar = ScalarType(type),
                scalar.isFloatingPoint
            else { continue }
            parameters += shape.reduce(1, *)
            guard shape.count >= 2, !shape.contains(0) else { continue }
            if let report = try LayerReport.tensor(name, weights.tensor(name)) {
                layers.append(report)
            }
        }
        (self.tensors, self.layers, self.parameters) = (tensors, layers, parameters)
    }

    /// Prints it for people.
    func report() {
        Console.result(TextTable.spectra(layers).text)
        let known = Set(layers.map(\.name))
        var others = TextTable(["other tensor": .left, "type": .left, "shape": .left, "": .left])
        let left = tensors.filter { !known.contains($0.name) }
        for tensor in left {
            others.add([
                tensor.name, tensor.type, tensor.shape.map(String.init).joined(separator: " × "),
                tensor.sharedWith.map { "shared with \($0)" } ?? "",
            ])
        }
        if !left.isEmpty { Console.result("\n\(others.text)") }
        Console.result(
            "\n\(Formatting.count(parameters)) parameters in \(Formatting.count(tensors.count)) tensors, "
                + "\(Formatting.bytes(fileBytes)) on disk\n")
        if let note { Console.result("\(note)\n") }
        for (key, text) in metadata.sorted(by: { $0.key < $1.key }) {
            Console.result("\(key): \(text.count > 300 ? text.prefix(300) + "…" : text)\n")
        }
    }
}
