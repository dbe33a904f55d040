import Compression
import Foundation
import Models
import Programs
import TestSupport
import Testing

@Suite struct LatencyTableTests {
    private let network: Program
    private let spectra: Spectra

    init() throws {
        network = try fullyConnected(layers: 3, width: 40, classes: 20, input: [30])
            .initialized(seed: 1)
        spectra = try Spectra(of: network, by: .relative)
    }

    private func timed(_ seconds: [Double], dense: Double = 10) -> LatencyTable {
        LatencyTable(
            batch: 1, seconds: 35,
            layers: network.weightSites.map {
                LatencyTable.Layer(
                    weight: $0.name, matrices: $0.matrices, dense: dense, ranks: [2, 4, 8],
                    seconds: seconds)
            })
    }

    @Test func `layers are timed as they are and at five ranks, and read back the same`() throws {
        let table = try LatencyTable(of: network, from: spectra, batch: 2)
        #expect(table.batch == 2 && table.seconds > 0 && table.isSound)
        #expect(
            table.layers.map(\.weight) == [
                "layers.0.linear.weight", "layers.1.linear.weight", "head.weight",
            ])
        for layer in table.layers {
            #expect(layer.ranks == layer.ranks.sorted() && Set(layer.ranks).count == 5)
            #expect(layer.seconds.count == 5 && layer.dense > 0)
        }
        let text = try JSONEncoder().encode(table)
        #expect(try JSONDecoder().decode(LatencyTable.self, from: text) == table)
    }

    @Test func `times of layers of other sizes are refused`() throws {
        let other = try fullyConnected(layers: 3, width: 41, classes: 20, input: [30])
            .initialized(seed: 1)
        let table = timed([2, 4, 6])
        expectError(
            .program,
            "the timings are of another network, whose weight layers.0.linear.weight is 40 × 30: "
                + "measure anew"
        ) { _ = try table.costs(of: Spectra(of: other, by: .relative)) }
    }

    @Test func `times of layers that were cut otherwise are refused`() throws {
        let images = try smallResNet(blocks: 1, classes: 10, input: [3, 8, 8]).initialized(seed: 1)
        func spectra(_ split: ConvolutionSplit) throws -> Spectra {
            let splits = try SplitChoice.fixed(split).splits(
                of: images, by: .raw, from: nil, counting: .parameters, standard: 0.5)
            return try Spectra(of: images, by: .raw, splits: splits)
        }
        let (channel, spatial) = (try spectra(.channel), try spectra(.spatial))
        let table = try LatencyTable(of: images, from: channel, batch: 1)
        #expect(table.hasSplits(of: channel) && !table.hasSplits(of: spatial))
        #expect(try table.costs(of: channel).dense > 0)
        let name = try #require(table.layers.first { $0.weight.contains("conv") }?.weight)
        expectError(
            .program, "the timings are of \(name) cut by the split channel: measure anew"
        ) { _ = try table.costs(of: spatial) }
    }

    @Test func `where times hardly rise with ranks, the budget still goes to all layers`() throws {
        for seconds in [[12.0, 12, 12], [2, 2, 2], [8, 8.1, 8.2]] {
            let costs = try timed(seconds).costs(of: spectra)
            let plan = try Plan(
                for: network, keeping: .parameters(0.5), from: spectra,
                allocator: ValuePerCost(costs))
            #expect(plan.keptFraction <= 0.5 && plan.keptFraction > 0.4)
            #expect(plan.ranks.allSatisfy { $0 > 2 }, "\(seconds): \(plan.ranks)")
        }
    }

    @Test func `between ranks times are in proportion, and never fall`() throws {
        let costs = try timed([2, 4, 6]).costs(of: spectra)
        let layer = costs.layers[0]
        #expect(layer.factored[0..<8] == [2, 2, 3, 4, 4.5, 5, 5.5, 6])
        #expect(layer.factored.dropFirst(8).allSatisfy { $0 == 6 })
        #expect(costs.dense == 35 && costs.others == 5)
        let odd = try timed([5, 4, 3]).costs(of: spectra)
        #expect(odd.layers[0].factored.allSatisfy { $0 == 5 })
    }

    @Test func `what was timed decides, the same each time it is read`() throws {
        let options = AllocationOptions(latencies: timed([2, 4, 12]))
        let plans = try (0..<2).map { _ in
            try Plan(for: network, keeping: .latency(20), from: spectra, options: options)
        }
        let costs = try timed([2, 4, 12]).costs(of: spectra)
        #expect(plans[0].ranks == plans[1].ranks)
        #expect(costs.cost(of: plans[0].ranks) <= 20)
        // Above rank 6 the factors take longer than the layer.
        for layer in plans[0].layers { #expect(layer.rank.map { $0 <= 7 } ?? true) }
    }

    @Test func `factors that are always slower leave a layer as it is`() throws {
        let options = AllocationOptions(latencies: timed([11, 12, 13]))
        let plan = try Plan(for: network, keeping: .latency(35), from: spectra, options: options)
        #expect(plan.layers.allSatisfy { $0.rank == nil })
        expectError(
            .budget,
            "latency:34000.0ms allows 34000.0 of 35000.0 ms, and the lowest ranks take 35000.0: the "
                + "smallest budget is latency:35000.0ms, of which layers.0.linear.weight takes 10000.0, "
                + "layers.1.linear.weight takes 10000.0, head.weight takes 10000.0"
        ) {
            _ = try Plan(for: network, keeping: .latency(34), from: spectra, options: options)
        }
    }

    @Test func `a correction slows everything alike`() throws {
        var slower = timed([2, 4, 6])
        slower.correction = 2
        let costs = (try timed([2, 4, 6]).costs(of: spectra), try slower.costs(of: spectra))
        #expect(costs.1.dense == 2 * costs.0.dense)
        #expect(costs.1.cost(of: [3, 3, 3]) == 2 * costs.0.cost(of: [3, 3, 3]))
    }

    @Test func `times of another network are refused, and a choice by time without any`() throws {
        let other = try Spectra(of: layer(random([8, 9])), by: .relative)
        expectError(
            .program,
            "the timings are of another network, which has a weight layers.0.linear.weight: measure "
                + "anew"
        ) { _ = try timed([2, 4, 6]).costs(of: other) }
        expectError(
            .data, "a choice by time needs measured times: make a LatencyTable first"
        ) { _ = try Plan(for: network, keeping: .latency(1), from: spectra) }
    }

    @Test func `numbers that cannot be times are not sound`() {
        #expect(timed([2, 4, 6]).isSound)
        #expect(
            !timed([2, 4, .nan]).isSound && !timed([2, 4]).isSound && !timed([2, 4, -1]).isSound)
        #expect(!timed([2, 4, 6], dense: 0).isSound)
        var other = timed([2, 4, 6])
        other.correction = .infinity
        #expect(!other.isSound)
    }

    @Test func `a network that was planned for a time takes no longer`() throws {
        let large = try fullyConnected(layers: 3, width: 512, classes: 10, input: [512])
            .initialized(seed: 1)
        let spectra = try Spectra(of: large, by: .relative)
        // Half way between rank 1 and the network as it is; on a busy machine what is measured may not be reached.
        func planned() throws -> (plan: Plan, seconds: Double, table: LatencyTable)? {
            var table = try LatencyTable(of: large, from: spectra, batch: 64)
            let costs = try table.costs(of: spectra)
            let seconds = (costs.cost(of: [1, 1, 1]) + costs.dense) / 2
            do {
                let plan = try Plan.timed(for: large, within: seconds, from: spectra, by: &table)
                return (plan, seconds, table)
            } catch let error as CompressionError where error.kind == .budget { return nil }
        }
        var found: (plan: Plan, seconds: Double, table: LatencyTable)?
        for _ in 0..<6 where found == nil { found = try planned() }
        let (plan, seconds, table) = try #require(found)
        #expect(plan.layers.contains { $0.rank != nil })
        #expect(table.correction >= 1)
        let options = AllocationOptions(latencies: table)
        let again = try Plan(
            for: large, keeping: .latency(seconds), from: spectra, options: options)
        #expect(again.ranks == plan.ranks)
    }
}
