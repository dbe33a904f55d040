import Foundation

/// An index of shards, as `model.safetensors.index.json` holds it: which file has which array.
struct SafetensorsIndex {
    /// The index's path.
    let file: String
    /// The shard of each array, a path below the index's folder.
    private(set) var shards: [String: String] = [:]

    /// Reads `{"metadata": …, "weight_map": {NAME: FILE, …}}`; what else there is says nothing here.
    init(_ view: ByteView) throws {
        file = view.file
        if let impostor = view.impostor(expected: "the index of safetensors files") {
            throw impostor
        }
        guard view.count <= Safetensors.largestHeader else {
            throw view.error(
                .tooLarge,
                "the index takes \(view.count) bytes, more than \(Safetensors.largestHeader); check "
                    + "which file it is")
        }
        var scanner = try HeaderScanner(view.data, file: file)
        var map: [String: String]?
        var seen: Set<String> = []
        try scanner.expect("{")
        try scanner.items(until: "}") { scanner in
            if try scanner.newKey(among: &seen) == "weight_map" {
                map = try scanner.texts()
            } else {
                try scanner.skipValue()
            }
        }
        scanner.skipBlanks()
        guard scanner.next == nil else { throw scanner.failure("the end") }
        guard let map else {
            throw view.error(
                .malformed,
                "it has no weight_map, so it is no index of safetensors files; check "
                    + "which file it is")
        }
        shards = map
    }

    /// Opens the shards and checks that they hold what the index says.
    func open() throws -> Safetensors {
        let files = Set(shards.values).sorted()
        for name in files {
            guard let fault = ZipName.fault(of: name) else { continue }
            throw failure(.malformed, "the shard \(name.quoted) \(fault); do not trust this index")
        }
        let folder = file.lastIndex(of: "/").map { String(file[...$0]) } ?? ""
        let absent = files.filter { unsafe access(folder + $0, F_OK) != 0 }
        guard absent.isEmpty else {
            throw failure(
                .missing,
                "\(absent.count) of its \(files.count) shards are not there, "
                    + "\(absent.prefix(8).map(\.quoted).joined(separator: ", "))"
                    + "\(absent.count > 8 ? ", …" : ""); fetch them into the folder of the index")
        }
        let opened = try files.map { name in
            try refuseLink(folder, name)
            return try SafetensorsFile(InputFile.map(folder + name))
        }
        try checkNames(zip(files, opened).map { ($0, $1.entries) })
        return Safetensors(file: file, opened)
    }

    /// Refuses a shard that a symbolic link takes out of the folder.
    private func refuseLink(_ folder: String, _ name: String) throws {
        let root = URL(fileURLWithPath: folder.isEmpty ? "." : folder).resolvedPath
        let target = URL(fileURLWithPath: folder + name).resolvedPath
        guard let root, let target, !target.hasPrefix(root == "/" ? root : root + "/") else {
            return
        }
        throw failure(
            .malformed,
            "the shard \(name.quoted) is a link out of the folder; put a copy there (cp -L)")
    }

    /// Every array has to stand where the index says, and nowhere else.
    private func checkNames(_ files: [(name: String, entries: [SafetensorsEntry])]) throws {
        let remedy = "fetch index and shards of one version"
        var found = 0
        for (name, entries) in files {
            for entry in entries {
                guard let said = shards[entry.name] else {
                    throw failure(
                        .malformed,
                        "the shard \(name.quoted) has the tensor \(entry.name.quoted), which the "
                            + "index lacks; \(remedy)")
                }
                guard said == name else {
                    throw failure(
                        .malformed,
                        "the tensor \(entry.name.quoted) is in the shard \(name.quoted), and the "
                            + "index says \(said.quoted); \(remedy)")
                }
                found += 1
            }
        }
        guard found < shards.count else { return }
        let held = Set(files.flatMap { $0.entries.map(\.name) })
        let lost = shards.filter { !held.contains($0.key) }.min { $0.key < $1.key }
        guard let lost else { return }
        throw failure(
            .malformed,
            "the index says that the shard \(lost.value.quoted) has the tensor \(lost.key.quoted), "
                + "which it lacks; \(remedy)")
    }

    private func failure(_ kind: FileFormatError.Kind, _ message: String) -> FileFormatError {
        FileFormatError(kind, file: file, message)
    }
}

extension URL {
    /// The path that all symbolic links lead to; nil where there is none.
    fileprivate var resolvedPath: String? {
        guard let path = unsafe realpath(path, nil) else { return nil }
        defer { unsafe free(path) }
        return unsafe String(validatingCString: path)
    }
}
