public import Foundation

/// The gzip format, RFC 1952.
public enum Gzip {
    /// The most bytes that readers here inflate a file to unless told otherwise: 4 GiB.
    public static let defaultLimit = 1 << 32

    /// The plain bytes of gzip data of one member or several, at most `limit` of them.
    ///
    /// Throws `truncated` where the data end within a member, `malformed` where they are damaged or
    /// followed by anything but zeros, `tooLarge` past the limit. `file` is what errors name.
    public static func gunzip(
        _ data: Data, limit: Int = defaultLimit, file: String
    ) throws -> Data {
        let view = ByteView(data: data, file: file)
        guard isGzip(data) else {
            throw data.count < 2
                ? view.error(.truncated, "the gzip data end too early; fetch the file again")
                : view.error(.malformed, "it is not gzip data; check which file it is")
        }
        var output = Data()
        var rest = data
        // Zeros after the last member are padding, as on tapes.
        while rest.contains(where: { $0 != 0 }) {
            do {
                let taken = try Inflate.stream(rest, .gzip, limit: limit, into: &output)
                rest = rest.dropFirst(taken)
            } catch {
                throw view.error(error, limit: limit, isFirst: rest.count == data.count)
            }
        }
        return output
    }

    /// Whether data begin as gzip does.
    static func isGzip(_ data: Data) -> Bool { data.starts(with: [0x1F, 0x8B]) }
}

extension ByteView {
    /// The same bytes inflated where they are gzip, else as they are.
    func gunzipped(limit: Int) throws -> ByteView {
        guard Gzip.isGzip(data) else { return self }
        return ByteView(data: try Gzip.gunzip(data, limit: limit, file: file), file: file)
    }

    /// The sentence for a failure within gzip data.
    fileprivate func error(
        _ failure: Inflate.Failure, limit: Int, isFirst: Bool
    ) -> FileFormatError {
        switch failure {
        case .truncated:
            error(.truncated, "the gzip data end too early; fetch the file again")
        case .damaged where isFirst:
            error(.malformed, "the gzip data are damaged; fetch the file again")
        case .damaged:
            error(
                .malformed,
                "the gzip data are damaged or followed by other bytes; fetch the file again")
        case .overLimit:
            error(
                .tooLarge,
                "it inflates to more than \(limit) bytes; raise the limit if the file is trusted")
        case .outOfMemory:
            error(.tooLarge, "there is no memory to inflate it; free some memory")
        }
    }
}
