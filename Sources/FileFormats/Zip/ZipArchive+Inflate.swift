public import Foundation

extension ZipArchive {
    /// The plain bytes of an entry, inflated where it is compressed: at most `limit` bytes then.
    ///
    /// A stored entry is a slice of the file and is given whatever its size. The check sum of an
    /// inflated one is compared. Throws `tooLarge` past the limit, `malformed` for damaged data,
    /// `missing` and `unsupported` as `bytes(of:)` does.
    public func inflated(_ name: String, limit: Int) throws -> Data {
        let entry = try readableEntry(name)
        switch entry.method {
        case ZipEntry.Method.stored: return try stored(entry)
        case ZipEntry.Method.deflated: break
        default:
            throw view.error(
                .unsupported,
                "entry \(name.quoted) is compressed by method \(entry.method); "
                    + "write the archive again without compression")
        }
        guard entry.byteCount <= limit else {
            throw view.error(
                .tooLarge,
                "entry \(name.quoted) inflates to \(entry.byteCount) bytes, more than \(limit); "
                    + "raise the limit if the file is trusted")
        }
        let source = try stored(entry)
        var output = Data()
        // The entry's own size bounds the run, so a false one ends it and not the memory.
        let taken = try? Inflate.stream(source, .raw, limit: entry.byteCount, into: &output)
        guard taken == source.count, output.count == entry.byteCount else {
            throw damaged(name)
        }
        guard crc32(of: output) == entry.checksum else { throw damaged(name) }
        return output
    }

    /// Compares the check sum of a stored entry; throws `malformed` where it is wrong, else as
    /// `bytes(of:)` does.
    public func verify(_ name: String) throws {
        let found = crc32(of: try bytes(of: name))
        guard found == entries[name]?.checksum else { throw damaged(name) }
    }

    /// Compares the check sums of all entries, which must be stored ones; throws as `verify(_:)`
    /// does.
    public func verify() throws {
        for name in names { try verify(name) }
    }

    /// Whether the entry is there and has to be inflated.
    func isCompressed(_ name: String) -> Bool {
        entries[name].map { $0.method != ZipEntry.Method.stored } ?? false
    }

    private func damaged(_ name: String) -> FileFormatError {
        view.error(.malformed, "entry \(name.quoted) is damaged; fetch the file again")
    }
}
