import FileFormats
import Foundation
import Interchange
import Programs
import Tensors

extension Profile {
    /// What a tensor of the file is of its layer.
    private enum Part: String, CaseIterable {
        case moments, diagonal, transposedMoments, transposedDiagonal, squaredGradients
    }

    private static let describing = "profile"
    private static let examples = "examples"
    private static let applications = "applications"

    /// Writes what calibration saw as a safetensors file, to be read in place of calibrating again.
    ///
    /// - Parameters:
    ///   - path: where; a file of that name is replaced.
    ///   - description: of what network, data and examples it is; reading asks for the same.
    public func write(to path: String, describing description: String) throws {
        var arrays: [(name: String, array: RawArray)] = []
        for (name, layer) in layers.sorted(by: { $0.key < $1.key }) {
            func add(_ part: Part, _ tensor: Tensor) throws {
                arrays.append(("\(part.rawValue)/\(name)", try RawArray(tensor.contiguous())))
            }
            func addMoments(_ moments: Moments, full: Part, diagonal: Part) throws {
                switch moments {
                case .full(let tensor): try add(full, tensor)
                case .diagonal(let tensor): try add(diagonal, tensor)
                }
            }
            try addMoments(layer.moments, full: .moments, diagonal: .diagonal)
            if let moments = layer.transposedMoments {
                try addMoments(moments, full: .transposedMoments, diagonal: .transposedDiagonal)
            }
            if let gradients = layer.squaredGradients { try add(.squaredGradients, gradients) }
        }
        let counts = try JSONEncoder().encode(layers.mapValues(\.applications))
        try Safetensors.write(
            arrays,
            metadata: [
                Self.describing: description, Self.examples: "\(examples)",
                Self.applications: String(decoding: counts, as: UTF8.self),
            ], to: path)
    }

    /// Reads what ``write(to:describing:)`` wrote.
    ///
    /// - Throws: where the file is no profile, or one of something else.
    public init(contentsOf path: String, describing description: String) throws {
        let file = try Safetensors(contentsOf: path)
        guard let found = file.metadata[Self.describing],
            let examples = file.metadata[Self.examples].flatMap({ Int($0) }),
            let counts = file.metadata[Self.applications].flatMap({
                try? JSONDecoder().decode([String: Int].self, from: Data($0.utf8))
            })
        else {
            throw FileFormatError(.malformed, file: path, "no profile; name another file")
        }
        guard found == description else {
            throw CompressionError(
                .data,
                "\(path) is a profile of \(found), not of \(description); name another file, or remove it"
            )
        }
        var layers: [String: LayerProfile] = [:]
        for (name, count) in counts {
            func tensor(_ part: Part) throws -> Tensor? {
                try file["\(part.rawValue)/\(name)"].map { try Tensor($0) }
            }
            func moments(full: Part, diagonal: Part) throws -> Moments? {
                if let tensor = try tensor(full) { return .full(tensor) }
                return try tensor(diagonal).map { .diagonal($0) }
            }
            guard let plain = try moments(full: .moments, diagonal: .diagonal) else {
                throw FileFormatError(
                    .malformed, file: path,
                    "the profile is damaged, it has no moments of \(name); remove the file")
            }
            layers[name] = LayerProfile(
                moments: plain, applications: count,
                transposedMoments: try moments(
                    full: .transposedMoments, diagonal: .transposedDiagonal),
                squaredGradients: try tensor(.squaredGradients))
        }
        self.init(layers: layers, examples: examples)
    }

    /// Whether it has what criteria that read gradients need.
    public var hasGradients: Bool { layers.values.contains { $0.squaredGradients != nil } }
}
