import Compression
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// What `torch.export` makes of the archives that are written here, and the other way round.
@Suite(
    .enabled(
        if: PyTorch.isAvailable,
        "needs Python with torch: .venv, which make test sets up, or SWIFTLET_PYTHON"))
struct PyTorchTests {
    private func expect(
        _ check: String, of network: Network, sourceLocation: SourceLocation = #_sourceLocation
    ) throws {
        let report = try PyTorch.run.get().report
        #expect(report[network.rawValue]?[check] == "ok", sourceLocation: sourceLocation)
    }

    @Test(arguments: Network.allCases)
    func `PyTorch opens an archive and gives the same at every batch`(network: Network) throws {
        try expect("outputs", of: network)
    }

    @Test(arguments: Network.allCases)
    func `PyTorch decomposes an archive and it still gives the same`(network: Network) throws {
        try expect("decomposed", of: network)
    }

    @Test(arguments: Network.allCases)
    func `Loading and saving in PyTorch changes nothing`(network: Network) throws {
        try expect("again", of: network)
    }

    @Test(arguments: Network.allCases)
    func `The nodes are those of the network written in PyTorch`(network: Network) throws {
        try expect("graph", of: network)
    }

    @Test(arguments: Network.allCases)
    func `Sizes and strides are those of PyTorch's own export`(network: Network) throws {
        try expect("sizes", of: network)
    }

    @Test(arguments: Network.allCases)
    func `The state dict is that of the network written in PyTorch`(network: Network) throws {
        try expect("state", of: network)
    }

    @Test(arguments: Network.allCases)
    func `Every parameter can be trained in PyTorch`(network: Network) throws {
        try expect("trainable", of: network)
    }

    @Test(arguments: Network.allCases)
    func `PyTorch finds the notes among the extra files`(network: Network) throws {
        try expect("extra", of: network)
    }

    @Test(arguments: Network.allCases)
    func `The safetensors library reads the same weights`(network: Network) throws {
        try expect("weights", of: network)
    }

    @Test(arguments: Network.allCases)
    func `What PyTorch saved is read here and gives the same`(network: Network) throws {
        let run = try PyTorch.run.get()
        let program = try network.program()
        for other in [run.again[network.rawValue], run.native[network.rawValue]] {
            let other = try #require(other)
            #expect(Set(other.tensors.keys) == Set(program.tensors.keys))
            for batch in PyTorch.batches {
                let inputs = try program.inputs(batch: batch, seed: UInt64(batch))
                let expected = try program.outputs(for: inputs)
                let found = try other.outputs(for: inputs)
                #expect(found.count == expected.count)
                for (one, other) in zip(found, expected) {
                    try expectClose(one, other, within: 1e-5)
                }
            }
        }
    }

    @Test func `A composed network that PyTorch saved is merged without its marks`() throws {
        let again = try #require(try PyTorch.run.get().again[Network.composed.rawValue])
        #expect(again.marks.isEmpty)
        let merged = try Merge().apply(to: again).program
        let expected = try Network.merged.program()
        #expect(merged.parameterNames == expected.parameterNames)
        #expect(merged.nodes.map(\.operation) == expected.nodes.map(\.operation))
        let inputs = try expected.inputs(batch: 7, seed: 3)
        try expectClose(
            merged.outputs(for: inputs)[0], expected.outputs(for: inputs)[0], within: 1e-5)
    }
}
