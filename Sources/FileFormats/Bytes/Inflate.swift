import CZlib
import Foundation

/// One run of zlib's decompressor, bounded.
enum Inflate {
    /// The wrapping around the compressed bytes.
    enum Wrapping: Int32 {
        /// None, as in zip archives.
        case raw = -15
        /// gzip's header and check sum.
        case gzip = 31
    }

    /// How a run ended where it did not end well.
    enum Failure: Error {
        case truncated, damaged, overLimit, outOfMemory
    }

    /// The plain bytes of one stream that begins at `data`'s start, and how many bytes it took.
    ///
    /// Memory grows with what comes out, never beyond `limit`.
    static func stream(
        _ data: Data, _ wrapping: Wrapping, limit: Int, into output: inout Data
    ) throws(Failure) -> Int {
        var stream = unsafe z_stream()
        // inflateInit2 is a macro, which Swift does not see.
        let opened = unsafe inflateInit2_(
            &stream, wrapping.rawValue, ZLIB_VERSION, Int32(MemoryLayout<z_stream>.size))
        guard opened == Z_OK else { throw .outOfMemory }
        defer { unsafe inflateEnd(&stream) }
        var room = [UInt8](repeating: 0, count: 1 << 16)
        var consumed = 0
        while true {
            let piece = data.dropFirst(consumed).prefix(1 << 26)
            let (status, taken, made) = unsafe step(&stream, piece, &room)
            consumed += taken
            guard made <= limit - output.count else { throw .overLimit }
            output.append(contentsOf: room.prefix(made))
            switch status {
            case Z_STREAM_END: return consumed
            case Z_OK, Z_BUF_ERROR:
                // Nothing went in and nothing came out: the input is used up.
                guard taken > 0 || made > 0 else { throw .truncated }
            case Z_MEM_ERROR: throw .outOfMemory
            default: throw .damaged
            }
        }
    }

    /// One call of zlib; returns its status, the bytes taken from `piece` and those put into
    /// `room`.
    private static func step(
        _ stream: inout z_stream, _ piece: Data, _ room: inout [UInt8]
    ) -> (status: Int32, taken: Int, made: Int) {
        unsafe piece.withUnsafeBytes { input in
            unsafe room.withUnsafeMutableBufferPointer { output in
                let source = unsafe input.bindMemory(to: UInt8.self)
                unsafe stream.next_in = UnsafeMutablePointer(mutating: source.baseAddress)
                unsafe stream.avail_in = UInt32(source.count)
                unsafe stream.next_out = output.baseAddress
                unsafe stream.avail_out = UInt32(output.count)
                let status = unsafe inflate(&stream, Z_NO_FLUSH)
                return (
                    status, source.count - Int(unsafe stream.avail_in),
                    output.count - Int(unsafe stream.avail_out)
                )
            }
        }
    }
}

/// The check sum of zip and gzip.
func crc32(of data: Data) -> UInt32 {
    unsafe data.withUnsafeBytes { bytes in
        UInt32(unsafe crc32_z(0, bytes.bindMemory(to: UInt8.self).baseAddress, bytes.count))
    }
}
