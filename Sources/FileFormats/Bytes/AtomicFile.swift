public import Foundation

/// Files that appear whole or not at all.
public enum AtomicFile {
    /// Writes the bytes under a temporary name in the same folder, makes them durable and renames.
    ///
    /// A file that was there stays until the new one is complete. Throws `missing` where the folder
    /// does not exist and `unwritable` where the disk is full or writing is not permitted; nothing
    /// is left behind then.
    public static func write(_ data: Data, to path: String) throws {
        let file = try TemporaryFile(replacing: path)
        try file.write(data)
        try file.commit()
    }

    /// Whether a name is that of a temporary file, which a process that was killed may leave behind.
    public static func isUnfinished(_ name: String) -> Bool {
        name.hasPrefix(".swiftlet-") && name.hasSuffix(".partial")
    }
}
