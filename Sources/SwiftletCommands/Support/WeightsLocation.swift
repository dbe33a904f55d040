import FileFormats
import Foundation

/// Weights without their network that a verb was given: a file, or a folder of safetensors.
enum WeightsLocation {
    /// The endings of files that hold weights, and maybe a network.
    private static let checkpoints = [".pt", ".pth", ".th", ".bin", ".ckpt"]

    /// The file to read; nil for a model file, and for what is neither.
    ///
    /// An archive that ends in `.pt` may be an exported network: then it is a model.
    static func find(_ path: String) throws -> String? {
        switch PathKind(at: path) {
        case .nothing: return nil
        case .folder:
            guard PathKind(at: "\(path)/model.pt2") == .nothing else { return nil }
            let names = ["model.safetensors.index.json", "model.safetensors"]
            return names.map { "\(path)/\($0)" }.first { PathKind(at: $0) == .file }
        case .file: break
        }
        let name = path.lowercased()
        if name.hasSuffix(".safetensors") || name.hasSuffix(".index.json") { return path }
        guard checkpoints.contains(where: { name.hasSuffix($0) }) else { return nil }
        guard let archive = try? ZipArchive(contentsOf: path) else { return path }
        return archive.names.contains { $0.hasSuffix("models/model.json") } ? nil : path
    }
}
