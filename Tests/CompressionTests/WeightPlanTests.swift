import Compression
import FileFormats
import Foundation
import Interchange
import Programs
import Tensors
import TestSupport
import Testing

/// Weights compressed without their network.
@Suite struct WeightPlanTests {
    /// Writes tensors as safetensors, opens them, and passes the folder.
    func withWeights<Result>(
        _ tensors: KeyValuePairs<String, Tensor>, _ body: (StateDict, String) throws -> Result
    ) throws -> Result {
        try withTemporaryFolder { folder in
            let arrays = try tensors.map { ($0.key, try RawArray($0.value)) }
            try Safetensors.write(arrays, to: "\(folder)/given.safetensors")
            return try body(try StateDict(contentsOf: "\(folder)/given.safetensors"), folder)
        }
    }

    /// Plans, writes and reads back.
    func compressed(
        _ weights: StateDict, _ budget: Budget, in folder: String,
        by criterion: any Criterion = .relative
    ) throws -> (plan: WeightPlan, file: StateDict) {
        let plan = try WeightPlan(for: weights, keeping: budget, by: criterion)
        try plan.write(to: "\(folder)/small.safetensors")
        return (plan, try StateDict(contentsOf: "\(folder)/small.safetensors"))
    }

    /// second · first, in double precision, in the shape of the weight.
    func product(_ file: StateDict, _ stem: String, _ shape: [Int]) throws -> Tensor {
        let second = try file.tensor("\(stem).1.weight").converted(to: .float64)
        let first = try file.tensor("\(stem).0.weight").converted(to: .float64)
        return try matmul(
            second.reshaped(to: [second.shape[0], -1]), first.reshaped(to: [first.shape[0], -1])
        ).reshaped(to: shape)
    }

    func float(_ tensor: Tensor) throws -> Tensor { try tensor.converted(to: .float32) }

    func squares(_ tensor: Tensor) throws -> Double {
        try (tensor * tensor).converted(to: .float64).reshaped(to: [-1]).sum(along: [0]).item()
    }

    @Test(arguments: [[40, 30], [30, 40], [16, 4, 3, 3], [12, 5, 9], [8, 3, 2, 2, 2]])
    func `A weight of rank r is what its factors of rank r multiply to`(shape: [Int]) throws {
        let (rows, columns) = (shape[0], shape.dropFirst().reduce(1, *))
        let weight = try float(
            matrix(rows: rows, columns: columns, values: [5, 3, 1]).reshaped(to: shape))
        try withWeights(["fc.weight": weight]) { weights, folder in
            let (plan, file) = try compressed(weights, .rank(3), in: folder)
            #expect(file.names.sorted() == ["fc.0.weight", "fc.1.weight"])
            #expect(file.shape(of: "fc.0.weight") == [3] + shape.dropFirst())
            let ones = [Int](repeating: 1, count: shape.count - 2)
            #expect(file.shape(of: "fc.1.weight") == [shape[0], 3] + ones)
            #expect(plan.entries[0].droppedEnergy < 1e-12)
            try expectClose(product(file, "fc", shape), weight, within: 2e-6)
        }
    }

    @Test(arguments: [1, 4, 9])
    func `The error is the dropped energy`(rank: Int) throws {
        let weight = try random([30, 24])
        try withWeights(["fc.weight": weight]) { weights, folder in
            let (plan, file) = try compressed(weights, .rank(rank), in: folder)
            let difference = try weight.converted(to: .float64) - product(file, "fc", [30, 24])
            let lost = try squares(difference) / squares(weight.converted(to: .float64))
            expectClose(plan.entries[0].droppedEnergy, lost, within: 1e-5)
            #expect(
                plan.entries[0].outcome
                    == .replaced(first: "fc.0.weight", second: "fc.1.weight", rank: rank))
        }
    }

    @Test(arguments: [0.15, 0.3, 0.5, 0.9])
    func `No more elements are written than the budget allows`(share: Double) throws {
        let tensors: KeyValuePairs<String, Tensor> = [
            "a.weight": try random([64, 32]), "b.weight": try random([20, 50], seed: 2),
            "c.weight": try random([16, 8, 3, 3], seed: 3), "b.bias": try random([20]),
            "steps": Tensor([7]),
        ]
        try withWeights(tensors) { weights, folder in
            for criterion in [RawCriterion() as any Criterion, RelativeCriterion()] {
                let (plan, file) = try compressed(
                    weights, .parameters(share), in: folder, by: criterion)
                let written = file.names.filter { $0 != "steps" }.reduce(0) {
                    $0 + (file.shape(of: $1) ?? []).reduce(1, *)
                }
                #expect(plan.parametersBefore == 64 * 32 + 20 * 50 + 16 * 72 + 20)
                #expect(written == plan.parametersAfter)
                #expect(Double(written) <= share * Double(plan.parametersBefore))
                #expect(plan.keptFraction > share - 0.1)
                #expect(plan.criterion == criterion.name)
            }
        }
    }

    @Test func `Energy keeps at least its share in every tensor`() throws {
        try withWeights(["a.weight": random([40, 40]), "b.weight": random([30, 90], seed: 4)]) {
            weights, folder in
            let (plan, _) = try compressed(weights, .energy(0.7), in: folder)
            for entry in plan.entries {
                #expect(entry.droppedEnergy <= 0.3)
                #expect(entry.droppedEnergy > 0.2)
            }
        }
    }

    @Test(arguments: [(ScalarType.float16, 2e-3), (.bfloat16, 2e-2), (.float64, 1e-10)])
    func `Factors have the type of their weight`(type: ScalarType, tolerance: Double) throws {
        let weight = try matrix(rows: 32, columns: 24, values: [4, 2]).converted(to: type)
        try withWeights(["fc.weight": weight]) { weights, folder in
            let (_, file) = try compressed(weights, .rank(2), in: folder)
            #expect(try file.tensor("fc.0.weight").scalarType == type)
            #expect(try file.tensor("fc.1.weight").scalarType == type)
            try expectClose(
                product(file, "fc", [32, 24]), weight.converted(to: .float64), within: tolerance)
        }
    }

    @Test func `What is no matrix stays bit for bit, and the map says why`() throws {
        let tensors: KeyValuePairs<String, Tensor> = [
            "fc.weight": try random([30, 30]), "fc.bias": try random([30]),
            "norm.weight": try random([30]), "count": Tensor(3), "table": Tensor([1, 2, 3, 4]),
            "mask": Tensor([true, false], shape: [1, 2]),
            "scale": Tensor([Float.infinity, 0]), "row.weight": try random([1, 50]),
            "six": try random([2, 2, 2, 2, 2, 2]), "empty.weight": try random([0, 5]),
            "nan.weight": Tensor(
                [Float.nan, 1, 2, 3] + [Float](repeating: 0, count: 96), shape: [10, 10]),
        ]
        let reasons = [
            "norm.weight": "a vector or a number, not a matrix",
            "count": "int64 is not a floating-point type",
            "table": "int64 is not a floating-point type",
            "mask": "bool is not a floating-point type",
            "row.weight": "factors of 1 × 50 have no fewer parameters at any rank",
            "six": "more than 5 axes", "empty.weight": "it has no elements",
            "nan.weight": "it has values that are not finite",
            "scale": "it has values that are not finite",
        ]
        try withWeights(tensors) { weights, folder in
            let (plan, file) = try compressed(weights, .rank(2), in: folder)
            let map = WeightMap(plan)
            for (name, reason) in reasons {
                let entry = try #require(map.tensors.first { $0.name == name })
                #expect(entry.outcome == "kept")
                #expect(entry.reason == reason)
                #expect(entry.tensors == [name])
                #expect(entry.product == nil)
                #expect(entry.sharedWith == nil)
                #expect(try file.array(name) == weights.array(name))
            }
            #expect(plan.notFinite == ["nan.weight", "scale"])
            let bias = try #require(map.tensors.first { $0.name == "fc.bias" })
            #expect(bias.outcome == "renamed")
            #expect(bias.tensors == ["fc.1.bias"])
            #expect(try file.array("fc.1.bias") == weights.array("fc.bias"))
            #expect(map.tensors.count == 11)
            #expect(file.metadata == ["format": "pt"])
        }
    }

    @Test func `The map says how to multiply back`() throws {
        let tensors: KeyValuePairs<String, Tensor> = [
            "conv.weight": try random([20, 6, 3, 3]), "wte.weight": try random([90, 20]),
            "relu.weight": try random([20, 30]),
        ]
        try withWeights(tensors) { weights, _ in
            let map = WeightMap(try WeightPlan(for: weights, keeping: .rank(2)))
            let conv = try #require(map.tensors.first { $0.name == "conv.weight" })
            #expect(
                conv.product
                    == "(conv.1.weight.flatten(1) @ conv.0.weight.flatten(1)).reshape(20, 6, 3, 3)")
            #expect(conv.tensors == ["conv.0.weight", "conv.1.weight"])
            #expect(conv.shapes == [[2, 6, 3, 3], [20, 2, 1, 1]])
            #expect(conv.rank == 2)
            #expect(
                conv.note
                    == "as two convolutions, the second 1x1, only where the layer has groups = 1")
            let table = try #require(map.tensors.first { $0.name == "wte.weight" })
            #expect(table.product == "wte.1.weight @ wte.0.weight")
            #expect(table.reason == "rank 2 of 20")
            #expect(
                table.note
                    == "by its name a table: rows of the second factor are looked up, then the first "
                    + "multiplies")
            #expect(map.tensors.first { $0.name == "relu.weight" }?.note == nil)
        }
    }

    @Test func `Names that are taken are not taken again`() throws {
        let tensors: KeyValuePairs<String, Tensor> = [
            "fc.weight": try random([30, 30]), "fc.0.weight": try random([3]),
            "plain": try random([20, 20], seed: 5),
        ]
        try withWeights(tensors) { weights, folder in
            let (_, file) = try compressed(weights, .rank(1), in: folder)
            #expect(
                Set(file.names) == [
                    "fc.0.weight", "fc.factors.0.weight", "fc.factors.1.weight",
                    "plain.0.weight", "plain.1.weight",
                ])
            #expect(try file.array("fc.0.weight") == weights.array("fc.0.weight"))
        }
    }

    @Test func `What cannot be done is said before anything is written`() throws {
        try withWeights(["fc.weight": random([30, 30]), "b": random([30])]) { weights, _ in
            expectError(
                .data,
                "the criterion whitened needs examples, on which weights without their network "
                    + "cannot run: use raw or relative, or compress a model file"
            ) { _ = try WeightPlan(for: weights, keeping: .rank(2), by: .whitened) }
            expectError(
                .data,
                "the criterion norm-folded reads the batch norm after a layer, and weights without "
                    + "their network have none: use raw or relative, or compress a model file"
            ) {
                _ = try WeightPlan(
                    for: weights, keeping: .rank(2), by: NormFoldedCriterion())
            }
            expectError(
                .budget,
                "parameters:0.05 allows 46 of 930 parameters, and the lowest ranks take 90: the "
                    + "smallest budget is parameters:0.0968, of which fc.weight takes 60, what has no rank "
                    + "takes 30"
            ) { _ = try WeightPlan(for: weights, keeping: .parameters(0.05)) }
            for budget in [Budget.macs(0.5), .bytes(1000), .latency(0.5), .drop(1)] {
                expectError(
                    .data,
                    "\(budget) is measured on a network, and these are weights without theirs: use "
                        + "parameters:F, energy:E or rank:R"
                ) { _ = try WeightPlan(for: weights, keeping: budget) }
            }
        }
        try withWeights(["b": random([30])]) { weights, _ in
            expectError(
                .program,
                "\(weights.file) has no tensor that can be factored: none is a finite matrix of "
                    + "floating-point numbers"
            ) { _ = try WeightPlan(for: weights, keeping: .rank(2)) }
        }
    }

    @Test func `One tensor is read at a time, and an observer can end the work`() throws {
        struct Stop: Error {}
        try withWeights(["a.weight": random([20, 20]), "b.weight": random([20, 20], seed: 3)]) {
            weights, folder in
            var seen: [String] = []
            let plan = try WeightPlan(for: weights, keeping: .rank(1)) { seen.append($0) }
            #expect(seen == ["a.weight", "b.weight"])
            #expect(throws: Stop.self) {
                try plan.write(to: "\(folder)/small.safetensors") {
                    if $0 == "b.weight" { throw Stop() }
                }
            }
            #expect(try names(in: folder) == ["given.safetensors"])
        }
    }
}
