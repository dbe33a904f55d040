import Compression
import Datasets
import FileFormats
import Interchange
import Models
import Programs
import Tensors
import TestSupport
import Testing

/// What calibration saw, kept in a file.
@Suite struct ProfileFileTests {
    /// Convolutions, a batch norm and a head, and a table that is read from both sides.
    private func networks() throws -> [(Program, Tensor)] {
        let images = try Program(input: [2, 6, 6]) {
            $0.convolution("conv", outputs: 4, kernel: 3, groups: 2).batchNorm("norm").relu()
                .flattened().linear("head", outputs: 3)
        }.initialized(seed: 1)
        let tied = try #require(WeightCase.shared.first { $0.name == "tied" })
        return [
            (images, try random([12, 2, 6, 6])), (try tied.program(), try tied.inputs(batch: 6)),
        ]
    }

    /// Examples that reach a network as they are.
    private func unlabelled(_ inputs: Tensor) -> Examples {
        Examples(inputs: inputs, labels: nil, preprocessing: .none)
    }

    @Test func `a profile that is read gives the spectra of the one that was written`() throws {
        try withTemporaryFolder { folder in
            for (index, (network, inputs)) in try networks().enumerated() {
                let path = "\(folder)/\(index).safetensors"
                var profile = try Profile(of: network, on: unlabelled(inputs))
                if index == 0 {
                    let labelled = examples(inputs, labels: (0..<12).map { $0 % 3 })
                    profile = try profile.addingGradients(of: network, on: labelled)
                }
                try profile.write(to: path, describing: "a network")
                let read = try Profile(contentsOf: path, describing: "a network")
                #expect(read.examples == profile.examples && read.hasGradients == (index == 0))
                #expect(read.layers.keys.sorted() == profile.layers.keys.sorted())
                for (name, layer) in profile.layers {
                    #expect(read.layers[name]?.applications == layer.applications)
                }
                for criterion in Criteria.known where index == 0 || !criterion.needsGradients {
                    let plans = try [profile, read].map {
                        try Plan(for: network, keeping: .parameters(0.8), by: criterion, from: $0)
                    }
                    #expect(plans[0].ranks == plans[1].ranks)
                    #expect(plans[0].layers.map(\.energy) == plans[1].layers.map(\.energy))
                }
            }
        }
    }

    @Test func `a profile of something else is refused`() throws {
        try withTemporaryFolder { folder in
            let (network, inputs) = try networks()[0]
            let path = "\(folder)/p.safetensors"
            try Profile(of: network, on: examples(inputs)).write(to: path, describing: "one")
            expectError(
                .data,
                "\(path) is a profile of one, not of another; name another file, or remove it"
            ) { _ = try Profile(contentsOf: path, describing: "another") }
            try network.writeWeights(to: path)
            #expect(
                throws: FileFormatError(
                    .malformed, file: path, "no profile; name another file")
            ) { try Profile(contentsOf: path, describing: "one") }
        }
    }
}
