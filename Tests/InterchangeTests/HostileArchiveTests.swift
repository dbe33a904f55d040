import Compression
import FileFormats
import Foundation
import Interchange
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// Archives that hold anything: each is refused in a sentence or read, and none ends the process.
@Suite struct HostileArchiveTests {
    /// Reads an archive and does with it what the commands do; only the modules' errors may come out.
    private func exercise(_ archive: Data, sourceLocation: SourceLocation = #_sourceLocation)
        -> Bool
    {
        do {
            let program = try read(archive)
            _ = (
                program.description, program.cost, program.weightSites.map(\.matrices.breakEvenRank)
            )
            do {
                _ = try program.propagated()
                _ = try program.outputs(for: [.zeros([2, 4])])
                _ = try Merge().apply(to: program)
            } catch is ProgramError {} catch is TensorError {}
            return true
        } catch is FileFormatError {
            return false
        } catch {
            Issue.record(error, sourceLocation: sourceLocation)
            return false
        }
    }

    @Test func `A file that is no archive is refused with its path and what it is`() throws {
        try withTemporaryFolder { folder in
            func refusal(_ kind: FileFormatError.Kind, _ name: String, _ bytes: Data?) throws
                -> String
            {
                let path = "\(folder)/\(name)"
                try bytes?.write(to: URL(fileURLWithPath: path))
                let sentence = message(kind) { _ = try ModelFile(contentsOf: path) }
                #expect(sentence.hasPrefix("\(path): "))
                return String(sentence.dropFirst(path.count + 2))
            }
            #expect(try refusal(.missing, "no.pt2", nil) == "there is no such file; check the path")
            #expect(
                try refusal(.unreadable, "", nil) == "it is a folder; give the path of a file in it"
            )
            #expect(
                try refusal(.truncated, "empty.pt2", Data())
                    == "the zip archive has no end record; it is incomplete, fetch it again")
            #expect(
                try refusal(.malformed, "text.pt2", Data("import torch\n".utf8))
                    == "it is not a zip archive; check which file it is")
            #expect(
                try refusal(
                    .malformed, "pointer.pt2",
                    Data("version https://git-lfs.github.com/spec/v1\n".utf8))
                    == "it is a Git LFS pointer, not the zip archive itself; run `git lfs pull`")
            try Records.network().writeWeights(to: "\(folder)/x.safetensors")
            #expect(
                try refusal(.malformed, "x.safetensors", nil)
                    == "it is not a zip archive; check which file it is")
        }
    }

    @Test func `An archive that is cut short is refused wherever it ends`() throws {
        let whole = try Records(of: Records.network()).archive()
        for length in stride(from: 0, to: whole.count, by: 13) {
            #expect(throws: FileFormatError.self, "cut to \(length) bytes") {
                try read(whole.prefix(length))
            }
        }
        let half = whole.prefix(whole.count / 2)
        #expect(
            message(.truncated) { try read(half) }
                == "x.pt2: the zip archive has no end record; it is incomplete, fetch it again")
    }

    @Test func `Flipped bytes are refused or read and never end the process`() throws {
        let whole = try Records(of: Records.network()).archive()
        var generator = SeededGenerator(state: 7)
        var read = 0
        for _ in 0..<500 {
            var bytes = whole
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let position = Int.random(in: bytes.indices, using: &generator)
                bytes[position] = .random(in: .min ... .max, using: &generator)
            }
            read += exercise(bytes) ? 1 : 0
        }
        #expect((1..<500).contains(read))
    }

    @Test(arguments: [Records.model, Records.weights, Records.notes])
    func `Texts with changed numbers and signs are refused or read`(record: String) throws {
        var records = try Records(of: Compose(factors: 2).apply(to: Records.network()).program)
        let text = [UInt8](try #require(records[record]))
        let interesting = [UInt8]("0129-.e{}[]\",: sx_".utf8)
        var generator = SeededGenerator(state: 8)
        for _ in 0..<150 {
            var bytes = text
            for _ in 0..<Int.random(in: 1...3, using: &generator) {
                let position = Int.random(in: bytes.indices, using: &generator)
                bytes[position] = try #require(interesting.randomElement(using: &generator))
            }
            records[record] = Data(bytes)
            _ = exercise(try records.archive())
        }
    }

    @Test func `An archive without one of its records is refused, or does not need it`() throws {
        let program = try Records.network()
        let whole = try Records(of: program)
        for name in whole.records.map(\.name) {
            var records = whole
            records[name] = nil
            let weight = name.contains("/weight_") ? Damage.absent(name) : nil
            guard let sentence = Damage.missing[name] ?? weight else {
                try expectSame(try records.program(), program)
                continue
            }
            let found = message(name == Records.model ? .malformed : .missing) {
                _ = try records.program()
            }
            #expect(found == sentence)
        }
    }

    @Test(arguments: Damage.weights + Damage.graph + Damage.notes)
    func `Damage is refused in a sentence with the file and the reason`(damage: Damage) throws {
        var records = try Records(of: Records.network())
        try records.replace(damage.old, with: damage.new, in: damage.record)
        let archive = try records.archive()
        #expect(message(damage.kind) { try read(archive) } == damage.sentence)
    }

    @Test func `A compressed record is refused before it is inflated`() throws {
        var bytes = try Records(of: Records.network()).archive()
        let name = Data("model/models/model.json".utf8)
        let local = try #require(bytes.range(of: name)).lowerBound - 30
        let central = try #require(bytes.range(of: name, options: .backwards)).lowerBound - 46
        bytes[local + 8] = 8
        bytes[central + 10] = 8
        #expect(
            message(.unsupported) { try read(bytes) }
                == "x.pt2: entry \u{201C}model/models/model.json\u{201D} is compressed; write the archive "
                + "again without compression")
    }

    @Test func `A weight's record may be longer than needed and not shorter`() throws {
        let program = try Records.network()
        var records = try Records(of: program)
        let bytes = try #require(records["data/weights/weight_0"])
        records["data/weights/weight_0"] = bytes + Data(count: 5)
        try expectSame(try records.program(), program)
        for count in [0, 47] {
            records["data/weights/weight_0"] = bytes.prefix(count)
            #expect(
                message(.truncated) { _ = try records.program() }
                    == "x.pt2: the tensor fc.weight, float32 [3, 4] from element 0 on, needs 48 bytes and "
                    + "its record has \(count); fetch the file again")
        }
    }

    @Test func `An archive of a machine with another byte order is refused`() throws {
        var records = try Records(of: Records.network())
        records["byteorder"] = Data("big".utf8)
        #expect(
            message(.unsupported) { _ = try records.program() }
                == "x.pt2: its numbers are not little endian; save it again on another machine")
    }

    @Test func `A JSON text that is nested without end is refused`() throws {
        var records = try Records(of: Records.network())
        records[Records.model] = Data(String(repeating: "[", count: 200_000).utf8)
        #expect(
            message(.malformed) { _ = try records.program() }
                == "x.pt2, models/model.json: The text is not valid JSON.")
    }

    @Test func `An unknown operator is refused by name, number and place`() throws {
        var records = try Records(of: Records.network())
        try records.replace(
            "torch.ops.aten.relu.default", with: "torch.ops.my.op.fast", in: Records.model)
        #expect(
            message(.unsupported) { _ = try records.program() }
                == "x.pt2: operators that are not supported: my.op.fast (1 times, first at relu); replace "
                + "them in the model, or export it with run_decompositions()")
    }

    @Test func `An unknown argument is read, and running names it`() throws {
        var records = try Records(of: Records.network())
        try records.replace("\"name\":\"eps\"", with: "\"name\":\"epsilon\"", in: Records.model)
        let program = try records.program()
        let error = #expect(throws: ProgramError.self) { try Runner(program) }
        #expect(
            error?.description.hasPrefix("argument eps is missing: batch_norm = aten.batch_norm")
                == true)
    }

    @Test func `Norms and dropout that were exported while training infer here`() throws {
        // Wide enough that the statistics are mapped from the file and cannot be written to.
        let program = try Program(input: [40]) { x in
            let dropped = x.builder.call(
                "aten.dropout.default",
                ["input": .value(x.value), "p": .double(0.5), "train": .bool(false)])
            return dropped.batchNorm("norm")
        }.initialized(seed: 1)
        var records = try Records(of: program)
        try records.replace("\"as_bool\":false", with: "\"as_bool\":true", in: Records.model)
        try withTemporaryFolder { folder in
            try records.archive().write(to: URL(fileURLWithPath: "\(folder)/x.pt2"))
            let read = try ModelFile(contentsOf: "\(folder)/x.pt2").program
            let inputs = try program.inputs(batch: 5, seed: 2)
            try expectClose(
                read.outputs(for: inputs)[0], program.outputs(for: inputs)[0], within: 1e-5)
        }
    }

    @Test(arguments: [
        "9223372036854775807*s77", "s77*4611686018427387904 - 9223372036854775807",
        "s77 + -9223372036854775808", "-9223372036854775808*s77 + -9223372036854775808",
    ])
    func `Sizes beyond all numbers are read, counted as unknown, and written again`(text: String)
        throws
    {
        var records = try Records(of: Records.network())
        let model = String(decoding: try #require(records[Records.model]), as: UTF8.self)
        try records.replace(
            "Symbol('s77', positive=True, integer=True)", with: text, in: Records.model)
        #expect(model != String(decoding: try #require(records[Records.model]), as: UTF8.self))
        #expect(exercise(try records.archive()))
        let program = try records.program()
        #expect(program.cost.macs == nil)
        try expectSame(try Records(of: program).program(), program)
    }

    @Test(arguments: [
        "\"min_val\":9223372036854775806", "\"max_val\":-9,\"min_val\":-9223372036854775808",
        "\"max_val\":0,\"min_val\":0",
    ])
    func `Ranges at the ends of all numbers are read`(range: String) throws {
        var records = try Records(of: Records.network())
        try records.replace(
            "\"max_val\":null,\"min_val\":1", with: range + ",\"x\":1", in: Records.model)
        _ = exercise(try records.archive())
        #expect(try records.program().dimensions.count == 1)
    }

    @Test func `A weight without elements is not compressed`() throws {
        var program = try Records.network()
        program.tensors["fc.weight"] = StoredTensor(.parameter, try .zeros([0, 0]))
        let sites = try Records(of: program).program().weightSites
        #expect(sites.map(\.parameter) == ["head.weight"])
    }
}
