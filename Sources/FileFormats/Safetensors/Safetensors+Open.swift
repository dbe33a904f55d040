public import Foundation

extension Safetensors {
    /// What the name of an index ends in, `model.safetensors.index.json` for example.
    static let indexEnding = ".index.json"

    /// Opens the file at `path`, or the shards that an index at `path` names, by mapping.
    ///
    /// A path that ends in `.index.json` is an index: `{"weight_map": {NAME: FILE, …}}`, its shards
    /// beside it. See `init(_:file:)` for what is refused in each file. Of an index is refused
    /// besides: a shard that is not there (`missing`), and as `malformed` one whose path is absolute
    /// or leads out of the index's folder, by a symbolic link too, and one whose tensors are not
    /// those that the index says.
    public init(contentsOf path: String) throws {
        let view = try InputFile.map(path)
        guard path.lowercased().hasSuffix(Self.indexEnding) else {
            self.init(file: path, [try SafetensorsFile(view)])
            return
        }
        self = try SafetensorsIndex(view).open()
    }

    /// Reads a file held in memory; `file` is what errors name.
    ///
    /// Throws `truncated` for an incomplete file, `tooLarge` for a header over `largestHeader`, and
    /// `malformed` where the header is damaged, has a name twice, or where the arrays' bytes leave
    /// holes, overlap, or do not fit their types and shapes. A type that Swiftlet lacks is refused
    /// when its array is asked for.
    public init(_ data: Data, file: String) throws {
        self.init(file: file, [try SafetensorsFile(ByteView(data: data, file: file))])
    }
}
