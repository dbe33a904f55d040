import Foundation

/// Where the bytes of a checkpoint's storages are.
enum TorchStorages: Sendable {
    /// Records of a zip archive, below this folder.
    case records(ZipArchive, folder: String)
    /// Slices of the file by key.
    case slices([String: Data])

    /// The bytes of a storage.
    func bytes(of key: String, file: String) throws -> Data {
        switch self {
        case .records(let archive, let folder):
            let name = folder + key
            // NB: torch.serialization.set_crc32_options(False) leaves 0 for the check sum.
            if archive.entries[name]?.checksum != 0 { try archive.verify(name) }
            return try archive.bytes(of: name)
        case .slices(let slices):
            guard let bytes = slices[key] else {
                throw FileFormatError(
                    .missing, file: file,
                    "it has no storage \(key.quoted), which a tensor looks into; fetch the file "
                        + "again")
            }
            return bytes
        }
    }
}
