import FileFormats
import Foundation
import Interchange
import Tensors
import TestSupport
import Testing

/// Checkpoints that PyTorch wrote, in both forms.
@Suite(
    .enabled(
        if: PyTorch.isAvailable,
        "needs Python with torch: .venv, which make test sets up, or SWIFTLET_PYTHON"))
struct CheckpointTests {
    private func withCheckpoints(_ body: (String) throws -> Void) throws {
        try withTemporaryFolder { folder in
            try PyTorch.runScript("write_checkpoints.py", folder)
            try body(folder)
        }
    }

    private func decoded<Contents: Decodable>(_ path: String) throws -> Contents {
        try JSONDecoder().decode(Contents.self, from: contents(ofFile: path))
    }

    @Test func `What PyTorch saves is read bit for bit, and what is no state dict is named`() throws
    {
        try withCheckpoints { folder in
            let cases: [String: String?] = try decoded("\(folder)/cases.json")
            #expect(cases.count == 23)
            for (name, key) in cases { try expectSame("\(folder)/\(name)", key: key) }
            for form in ["zip", "legacy"] { try expectTold("\(folder)/\(form)") }
            let refused: [String: String] = try decoded("\(folder)/refused.json")
            #expect(refused.count >= 14)
            for (name, word) in refused {
                let found = message(.unsupported) {
                    _ = try StateDict(contentsOf: "\(folder)/\(name).pt")
                }
                #expect(found.hasPrefix("\(folder)/\(name).pt"))
                #expect(found.contains(word), "\(name)")
            }
        }
    }

    /// What shares memory, what stands beside the weights, and types that nothing is computed with.
    private func expectTold(_ form: String) throws {
        let views = try StateDict(contentsOf: "\(form)-views.pt")
        #expect(
            views.sharing == [
                ["transposed", "offset", "columns", "scalar", "empty", "tied", "again"]
            ])
        #expect(views.aliases == ["again": "tied"])
        #expect(views.others.isEmpty)
        #expect(views.note == nil)
        let run = try StateDict(contentsOf: "\(form)-SGD.pt")
        #expect(
            run.others == [
                "epoch", "arch", "best_acc1", "loss", "steps", "history", "optimizer", "scheduler",
                "scaler", "rng", "shape", "none", "device", "dtype", "names", "big", "raw",
                "mapping",
            ])
        #expect(
            run.note
                == "\(form)-SGD.pt also holds epoch, arch, best_acc1, loss, steps, history, optimizer, "
                + "scheduler and 10 more, which is left out.")
        #expect(run.sharing.isEmpty)
        let types = try StateDict(contentsOf: "\(form)-types.pt")
        #expect(types.elementType(of: "float8_e4m3fn") == .float8e4m3fn)
        #expect(
            message(.unsupported) { _ = try types.tensor("float8_e4m3fn") }
                == "\(form)-types.pt: tensor float8_e4m3fn has the type float8_e4m3fn, which nothing "
                + "is computed with; convert it to another")
    }

    private func expectSame(_ path: String, key: String?) throws {
        let expected = try Safetensors(contentsOf: "\(path).safetensors")
        let found = try StateDict(contentsOf: "\(path).pt").withoutPrefixes(for: expected.names)
        #expect(found.key == key, "\(path)")
        #expect(Set(found.names) == Set(expected.names), "\(path)")
        let file = try TorchCheckpoint(contentsOf: "\(path).pt")
        for name in expected.names {
            let array = try #require(try expected[name])
            #expect(found.shape(of: name) == array.shape, "\(path), \(name)")
            guard ScalarType(array.elementType) != nil else {
                // A type that tensors lack is compared in the file's own words.
                guard
                    case .tensor(let tensor) = file.contents.entries?.first(where: {
                        $0.name == name
                    })?.value
                else {
                    Issue.record("\(path) has no \(name)")
                    continue
                }
                #expect(try file.array(tensor) == array, "\(path), \(name)")
                continue
            }
            #expect(try RawArray(found.tensor(name)) == array, "\(path), \(name)")
        }
    }
}
