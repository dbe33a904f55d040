import Foundation

extension TorchCheckpoint {
    /// The number that PyTorch begins such files with, 0x1950A86A20F9469CFC6C.
    private static let magic = Data([
        0x6C, 0xFC, 0x9C, 0x46, 0xF9, 0x20, 0x6A, 0xA8, 0x50, 0x19,
    ])

    /// Reads the form before PyTorch 1.6: five pickles (a magic number, the version of the form, the
    /// machine, the object, the storages' keys), then for each key the number of elements and the
    /// elements themselves.
    static func openSequence(_ view: ByteView) throws -> (TorchValue, TorchStorages) {
        var position = try skipMagic(view)
        func next() throws -> PickleGraph {
            let (graph, end) = try PickleMachine.read(view, at: position)
            position = end
            return graph
        }
        guard try next().root.integer == 1001 else {
            throw view.error(
                .unsupported,
                "it is a checkpoint of an unknown version; save it again with torch.save")
        }
        try checkMachine(try next(), view)
        let object = try next()
        let contents = try TorchInterpreter.contents(of: object, in: view)
        let keys = try next()
        guard let items = keys.object(keys.root)?.items else {
            throw view.error(
                .malformed, "its list of storages is damaged; fetch the file again")
        }
        let sizes = try TorchInterpreter.elementSizes(in: object, view)
        return (contents, .slices(try slices(items, sizes, view, from: position)))
    }

    /// Where the first pickle ends, which is the magic number.
    private static func skipMagic(_ view: ByteView) throws -> Int {
        let other = view.error(
            .malformed,
            "it is a pickle, but not one that torch.save wrote; save model.state_dict() with "
                + "torch.save")
        do {
            let (graph, end) = try PickleMachine.read(view)
            guard case .wideInteger(magic) = graph.root else { throw other }
            return end
        } catch let error as FileFormatError where error.kind == .truncated {
            throw view.count < 32 ? error : other
        } catch {
            throw other
        }
    }

    private static func checkMachine(_ graph: PickleGraph, _ view: ByteView) throws {
        let entries = graph.object(graph.root)?.entries ?? []
        let isLittle = entries.indices.contains { index in
            index.isMultiple(of: 2) && entries[index].text == "little_endian"
                && entries[index + 1].bool == true
        }
        guard isLittle else {
            throw view.error(
                .unsupported, "its numbers are not little endian; save it again on another machine")
        }
    }

    /// The bytes of the storages, which follow one another behind their counts.
    private static func slices(
        _ keys: [PickleGraph.Item], _ sizes: [String: Int], _ view: ByteView, from start: Int
    ) throws -> [String: Data] {
        var slices: [String: Data] = [:]
        var position = start
        for key in keys {
            guard let name = key.text, let size = sizes[name] else {
                throw view.error(
                    .malformed,
                    "its list of storages names one that no tensor looks into; fetch the file again"
                )
            }
            let count = view.little(UInt64.self, at: position).flatMap { Int(exactly: $0) }
            let (byteCount, overflow) = (count ?? .max).multipliedReportingOverflow(by: size)
            guard count != nil, !overflow,
                let bytes = view.slice(at: position + 8, count: byteCount)
            else {
                throw view.error(
                    .truncated,
                    "its storage \(name.quoted) at byte \(position) is cut off by the end at byte "
                        + "\(view.count); the download is incomplete, fetch it again")
            }
            slices[name] = bytes
            position += 8 + byteCount
        }
        return slices
    }
}
