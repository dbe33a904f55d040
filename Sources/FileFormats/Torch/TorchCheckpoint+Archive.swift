import Foundation

extension TorchCheckpoint {
    /// Reads the zip form: `NAME/data.pkl`, `NAME/data/KEY` for each storage, `NAME/byteorder`.
    static func openArchive(_ archive: ZipArchive) throws -> (TorchValue, TorchStorages) {
        let record = "data.pkl"
        guard let name = archive.names.first(where: { $0.isBelowOneFolder(record) }),
            !archive.names.contains(where: { $0.isBelowOneFolder("constants.pkl") })
        else { throw otherArchive(archive) }
        let root = String(name.dropLast(record.count))
        if archive.contains(root + "byteorder") {
            let order = try archive.bytes(of: root + "byteorder")
            guard order.elementsEqual("little".utf8) else {
                throw archive.view.error(
                    .unsupported,
                    "its numbers are not little endian; save it again on another machine")
            }
        }
        if archive.entries[name]?.checksum != 0 { try archive.verify(name) }
        let view = ByteView(
            data: try archive.bytes(of: name), file: "\(archive.file), entry \(name.quoted)")
        let graph = try PickleMachine.read(view).graph
        let contents = try TorchInterpreter.contents(of: graph, in: view)
        return (contents, .records(archive, folder: root + "data/"))
    }

    /// The sentence for an archive that is no checkpoint.
    private static func otherArchive(_ archive: ZipArchive) -> FileFormatError {
        let names = archive.names
        if names.contains(where: { $0.isBelowOneFolder("constants.pkl") }) {
            return archive.view.error(
                .unsupported,
                "it is a TorchScript archive, not a checkpoint; open it with torch.jit.load and "
                    + "save its state_dict() with torch.save")
        }
        let layout = ProgramRecords()
        if names.contains(where: { $0.hasSuffix(layout.model) }) {
            return archive.view.error(
                .unsupported,
                "it is an exported program, not a checkpoint; it needs no import: name it where a "
                    + "model is asked for")
        }
        if !names.isEmpty, names.allSatisfy({ $0.hasSuffix(".npy") }) {
            return archive.view.error(
                .unsupported,
                "it is a NumPy archive, not a checkpoint; save the arrays as tensors with "
                    + "torch.save")
        }
        return archive.view.error(
            .malformed,
            "it is a zip archive, but not one that torch.save wrote; check which file "
                + "it is")
    }
}

extension String {
    /// Whether it is this name, alone or below one folder.
    fileprivate func isBelowOneFolder(_ name: String) -> Bool {
        guard hasSuffix(name) else { return false }
        let folder = dropLast(name.count)
        return folder.isEmpty || folder.hasSuffix("/") && folder.dropLast().allSatisfy { $0 != "/" }
    }
}
