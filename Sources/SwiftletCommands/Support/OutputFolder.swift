import FileFormats
import Foundation

/// A folder that a verb writes, never over another without `--force`.
struct OutputFolder {
    /// The folder.
    let path: String

    /// Checks that the folder is free, before any work.
    init(_ path: String, force: Bool) throws {
        self.path = path
        let kind = PathKind(at: path)
        guard kind != .nothing else { return }
        guard kind == .folder else {
            throw Failure(.output, "\(path) is a file; name a folder for --output")
        }
        let contents = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        guard force || contents.isEmpty else {
            throw Failure(
                .output, "\(path) is there already; pass --force to replace it, or name another")
        }
    }

    /// A folder in one that was checked.
    init(within folder: OutputFolder, _ name: String) { path = folder.file(name) }

    /// Refuses to write over models that the work begins with, `--force` or not: they may not lie in the folder or below it.
    func refuse(ifItHolds models: String...) throws {
        func real(_ path: String) -> String {
            URL(fileURLWithPath: path).resolvingSymlinksInPath().standardizedFileURL.path
        }
        guard models.contains(where: { real($0).hasPrefix(real(path) + "/") }) else { return }
        throw Failure(
            .output, "\(path) holds the model that is read; name another folder for --output")
    }

    /// The path of a file in it.
    func file(_ name: String) -> String { "\(path)/\(name)" }

    /// Makes the folder; with `--force`, without the files of an earlier run.
    func prepare() throws {
        do {
            try FileManager.default.createDirectory(
                atPath: path, withIntermediateDirectories: true)
            let names = try FileManager.default.contentsOfDirectory(atPath: path)
            for name in names where Self.isWritten(name) {
                try FileManager.default.removeItem(atPath: file(name))
            }
        } catch {
            throw Failure(.output, "\(path) cannot be written; name a folder that can be")
        }
        removeUnfinished()
    }

    /// Removes what a process that was killed while it wrote has left.
    func removeUnfinished() {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
        for name in names where AtomicFile.isUnfinished(name) {
            try? FileManager.default.removeItem(atPath: file(name))
        }
    }

    /// Writes a file of JSON, atomically.
    func write(_ value: some Encodable, as name: String) throws {
        try AtomicFile.write(Console.encoded(value) + Data("\n".utf8), to: file(name))
    }

    /// The files that verbs write; others in the folder are left alone.
    private static let names = [
        "model.pt2", "run.json", "metrics.jsonl", "checkpoint.pt2", "map.json", "latency.json",
        "model.safetensors", "model.safetensors.index.json", "merged.pt2",
    ]

    /// Whether verbs write a file or folder of this name; shards and steps are numbered.
    private static func isWritten(_ name: String) -> Bool {
        names.contains(name) || name.wholeMatch(of: /step-[0-9]+/) != nil
            || name.wholeMatch(of: /model-[0-9]{5,}-of-[0-9]{5,}\.safetensors/) != nil
    }
}
