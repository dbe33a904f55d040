import Compression
import Datasets
import Interchange
import Models
import Programs
import Tensors
import TestSupport
import Testing

/// What planned networks take, against what they are found to take.
@Suite struct CostTableTests {
    private static func networks() throws -> [(name: String, program: Program)] {
        let convolutions = try Program(input: [3, 8, 8]) { x in
            x.convolution("first", outputs: 12, kernel: 3, padding: 1).relu()
                .convolution("second", outputs: 20, kernel: 3, stride: 2, padding: 1).relu()
                .flattened().linear("head", outputs: 10)
        }
        return try [
            ("linear", try fullyConnected(layers: 3, width: 30, classes: 6, input: [20])),
            ("convolutions", convolutions),
            (
                "vit",
                try #require(ZooModel.named("vit-l4-h8")).program(
                    ZooModel.Options(input: [3, 32, 32], classes: 10))
            ),
        ].map { ($0.0, try $0.1.initialized(seed: 1)) }
    }

    @Test(arguments: [0.4, 0.6, 0.8])
    func `a share of the multiply-accumulates is kept, as counted on the network`(share: Double)
        throws
    {
        for (name, network) in try Self.networks() {
            let spectra = try Spectra(of: network, by: .relative)
            let whole = Double(try #require(network.cost.macs))
            for allocator in [GlobalThreshold(), DynamicProgramming()] as [any Allocator] {
                let plan = try Plan(
                    for: network, keeping: .macs(share), from: spectra, allocator: allocator)
                let small = try Truncate(plan).apply(to: network).program
                let kept = Double(try #require(small.cost.macs)) / whole
                #expect(kept <= share && (kept > share - 0.1 || name != "vit"), "\(name) \(kept)")
            }
        }
    }

    @Test(arguments: [0.5, 0.8])
    func `a file takes no more bytes than the budget`(share: Double) throws {
        try withTemporaryFolder { folder in
            for (name, network) in try Self.networks() {
                let spectra = try Spectra(of: network, by: .relative)
                let before = try network.write(to: "\(folder)/before.pt2").fileBytes
                let bytes = Int(share * Double(before))
                let plan = try? Plan(for: network, keeping: .bytes(bytes), from: spectra)
                guard let plan else {
                    // Small networks take more in words than in weights.
                    #expect(name != "vit")
                    continue
                }
                let file = try Truncate(plan).apply(to: network).program
                    .write(to: "\(folder)/after.pt2")
                #expect(file.fileBytes <= bytes, "\(name)")
                #expect(name != "vit" || file.fileBytes > bytes * 95 / 100)
            }
        }
    }

    @Test func `the smallest file is met to the byte, and a smaller one refused with its size`()
        throws
    {
        let network = try fullyConnected(layers: 4, width: 60, classes: 10, input: [40])
            .initialized(seed: 1)
        let spectra = try Spectra(of: network, by: .relative)
        let refused = #expect(throws: CompressionError.self) {
            try Plan(for: network, keeping: .bytes(5_000), from: spectra)
        }
        let text = try #require(refused).description
        #expect(text.hasPrefix("bytes:5000 allows 5000 of "))
        let found = try #require(text.firstMatch(of: /the smallest budget is bytes:([0-9]+),/))
        let least = try #require(Int(found.1))
        let plan = try Plan(for: network, keeping: .bytes(least), from: spectra)
        #expect(plan.ranks == [1, 1, 1, 1])
        expectError(.budget, text.replacing("5000", with: "\(least - 1)")) {
            _ = try Plan(for: network, keeping: .bytes(least - 1), from: spectra)
        }
    }

    @Test func `a layer takes no more at a lower rank`() {
        let layer = CostTable.Layer(dense: 10, factored: [3, 2, 5, 11])
        #expect((1...6).map { layer[$0] } == [3, 3, 5, 10, 10, 10])
        #expect((1...6).map(layer.saves) == [true, true, true, false, false, false])
    }
}
