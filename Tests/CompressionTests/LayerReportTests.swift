import Compression
import Models
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct LayerReportTests {
    private func report(_ rows: Int, _ columns: Int, _ values: [Double]) throws -> LayerReport {
        try LayerReport.all(of: layer(matrix(rows: rows, columns: columns, values: values)))[0]
    }

    @Test func `a known spectrum is told by hand`() throws {
        let report = try report(6, 10, [4, 2, 2])
        #expect(report.name == "fc.weight" && report.kind == "linear" && report.shape == [6, 10])
        #expect(report.parameters == 60 && report.macs == 60)
        expectClose(report.largestSingularValue, 4, within: 1e-6)
        expectClose(report.stableRank, 24.0 / 16, within: 1e-6)
        // Shares 1/2, 1/4, 1/4: the entropy is 1.5 ln 2.
        expectClose(report.effectiveRank, 2 * 2.0.squareRoot(), within: 1e-4)
        #expect(report.rankAt99Energy == 3)
        #expect(report.breakEvenRank == 3)
    }

    @Test func `equal values have every rank in full`() throws {
        let report = try report(5, 5, [3, 3, 3, 3, 3])
        expectClose(report.stableRank, 5, within: 1e-5)
        expectClose(report.effectiveRank, 5, within: 1e-5)
        #expect(report.rankAt99Energy == 5)
    }

    @Test func `one direction has rank one`() throws {
        let report = try report(6, 4, [7])
        expectClose(report.stableRank, 1, within: 1e-6)
        expectClose(report.effectiveRank, 1, within: 1e-3)
        #expect(report.rankAt99Energy == 1)
    }

    @Test func `a weight of zeros has rank zero`() throws {
        let report = try LayerReport.all(of: layer(.zeros([3, 4])))[0]
        #expect(report.largestSingularValue == 0 && report.stableRank == 0)
        #expect(report.effectiveRank == 0 && report.rankAt99Energy == 1)
    }

    @Test func `the break-even rank is the last that saves`() throws {
        for (rows, columns) in [(1, 1), (2, 2), (3, 6), (10, 10), (784, 784), (10, 784)] {
            let site = try #require(
                Program(input: [columns]) { $0.linear("fc", outputs: rows) }.weightSites.first)
            let rank = site.matrices.breakEvenRank
            #expect(rank * (rows + columns) < rows * columns)
            #expect((rank + 1) * (rows + columns) >= rows * columns)
        }
    }

    @Test func `all layers are told in order, and the costs add up`() throws {
        let network = try fullyConnected(layers: 3, width: 8, classes: 4, input: [5])
            .initialized(seed: 1)
        let reports = try LayerReport.all(of: network)
        #expect(
            reports.map(\.name)
                == ["layers.0.linear.weight", "layers.1.linear.weight", "head.weight"])
        #expect(reports.compactMap(\.macs).reduce(0, +) == network.cost.macs)
    }
}
