import FileFormats
import Foundation

/// A reader of files from outside; what it gives is looked at as callers do.
enum Reader: String, CaseIterable {
    case zip, pt2, onnx, safetensors, index, checkpoint, npy, npz, idx, cifar, csv, gzip
    case size, tree

    /// The most bytes that compressed data may inflate to here.
    private static let limit = 1 << 20

    func read(_ data: Data) throws {
        switch self {
        case .zip:
            let archive = try ZipArchive(data, file: "f")
            for name in archive.names { _ = try? archive.inflated(name, limit: Self.limit) }
        case .pt2:
            _ = try ExportedProgram(json: data, file: "f").json()
        case .onnx:
            let model = try ONNXModel(data, file: "f")
            for tensor in model.graph.initializers { _ = try? tensor.array.floats() }
        case .safetensors:
            let file = try Safetensors(data, file: "f")
            for name in file.names { _ = try? file[name]?.floats() }
        case .index: try readIndex(data)
        case .checkpoint:
            let file = try TorchCheckpoint(data, file: "f")
            var left = 100
            try file.visit(file.contents, &left)
        case .npy: _ = try NumPy.read(data, file: "f").floats()
        case .npz: _ = try NumPy.readArchive(data, file: "f", limit: Self.limit)
        case .idx: _ = try IDX.read(data, file: "f", limit: Self.limit)
        case .cifar: _ = try CIFAR.read(data, file: "f", as: .cifar10)
        case .csv: _ = try CSVTable(data, file: "f")
        case .gzip: _ = try Gzip.gunzip(data, limit: Self.limit, file: "f")
        case .size: try readSize(String(decoding: data, as: UTF8.self))
        case .tree:
            let tree = try TreeSpecification(
                parsing: String(decoding: data, as: UTF8.self), file: "f")
            _ = (tree.leafCount, tree.keys, try tree.text())
        }
    }

    private func readSize(_ text: String) throws {
        let size = try SizeExpression(parsing: text)
        _ = (size.affine, size.constant, size.sympyText, size.description)
        _ = try? size.evaluate(symbols: ["s0": 3, "s1": .max])
    }

    /// The index up to the first zero byte, and the shard `a` after it.
    private func readIndex(_ data: Data) throws {
        let end = data.firstIndex(of: 0) ?? data.endIndex
        try Self.put(data[..<end], "m.index.json")
        try Self.put(data[end...].dropFirst(), "a")
        let file = try Safetensors(contentsOf: "\(Self.folder)/m.index.json")
        for name in file.names { _ = try? file[name]?.floats() }
    }

    /// Writes a file without waiting for the disk.
    private static func put(_ data: Data, _ name: String) throws {
        let path = "\(folder)/\(name)"
        if unsafe access(path, F_OK) != 0 {
            _ = FileManager.default.createFile(atPath: path, contents: nil)
        }
        let file = try FileHandle(forWritingTo: URL(fileURLWithPath: path))
        try file.truncate(atOffset: 0)
        try file.write(contentsOf: data)
        try file.close()
    }

    private static let folder: String = {
        let folder = FileManager.default.temporaryDirectory
            .appendingPathComponent("swiftlet-fuzz-\(ProcessInfo.processInfo.processIdentifier)")
        try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
        return folder.path
    }()
}

extension TorchCheckpoint {
    /// Reads some of the tensors that a value holds.
    fileprivate func visit(_ value: TorchValue, _ left: inout Int) throws {
        guard left > 0 else { return }
        left -= 1
        switch value {
        case .tensor(let tensor):
            _ = tensor.view
            // What repeats its elements may unfold to the reader's own limit, which is too much here.
            if tensor.shape.reduce(1, { $0.multipliedReportingOverflow(by: $1).partialValue }) < 1
                << 16
            {
                _ = try? array(tensor)
            }
        case .list(let items): for item in items { try visit(item, &left) }
        case .dictionary(let entries): for entry in entries { try visit(entry.value, &left) }
        default: break
        }
    }
}
