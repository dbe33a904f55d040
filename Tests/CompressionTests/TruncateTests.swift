import Compression
import Datasets
import Interchange
import Models
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct TruncateTests {
    private let network: Program
    private let inputs: Tensor
    private let profile: Profile

    init() throws {
        network = try fullyConnected(layers: 4, width: 16, classes: 6, input: [1, 3, 4])
            .initialized(seed: 1)
        inputs = try random([60, 1, 3, 4], seed: 2)
        profile = try Profile(of: network, on: examples(inputs))
    }

    private func plan(
        _ budget: Budget, _ criterion: any Criterion = .raw, of program: Program? = nil
    ) throws -> Plan {
        try Plan(for: program ?? network, keeping: budget, by: criterion, from: profile)
    }

    private func truncated(_ budget: Budget, _ criterion: any Criterion = .raw) throws -> Program {
        try Truncate(plan(budget, criterion)).apply(to: network).program
    }

    // MARK: What is lost

    @Test(arguments: [(12, 7), (7, 12)], 1...4)
    func `the weight's error is the energy of the raw values left out`(
        size: (rows: Int, columns: Int), rank: Int
    ) throws {
        let weight = try random([size.rows, size.columns])
        let program = try layer(weight)
        let values = try weight.converted(to: .float64).singularValues().elements(Double.self)
        for criterion in [RawCriterion() as any Criterion, RelativeCriterion()] {
            let plan = try Plan(for: program, keeping: .rank(rank), by: criterion)
            let small = try Truncate(plan).apply(to: program).program
            let product = try matmul(
                small.tensor("fc.1.weight").converted(to: .float64),
                small.tensor("fc.0.weight").converted(to: .float64))
            let error = try (product - weight.converted(to: .float64)).energy
            expectClose(error, energy(values.dropFirst(rank)), within: 1e-5)
            expectClose(
                plan.layers[0].energy, energy(values.prefix(rank)) / energy(values), within: 1e-6)
        }
    }

    @Test(arguments: [(12, 7), (7, 12)], 1...4)
    func `the outputs' error on calibration inputs is the energy of the whitened values left out`(
        size: (rows: Int, columns: Int), rank: Int
    ) throws {
        let program = try layer(random([size.rows, size.columns]))
        // Inputs that are correlated and far from zero.
        let mixed = try matmul(
            random([80, size.columns], seed: 5), random([size.columns, size.columns], seed: 6))
        let x = try mixed + random([size.columns], seed: 7)
        let profile = try Profile(of: program, on: examples(x), batchSize: 32)
        let plan = try Plan(for: program, keeping: .rank(rank), by: .whitened, from: profile)
        let small = try Truncate(plan).apply(to: program).program
        let error = try (Runner(small)(x) - Runner(program)(x)).energy / 80
        let moments = try #require(profile.layers["fc.weight"]).matrix
        let weight = try program.tensor("fc.weight").converted(to: .float64)
        let values = try matmul(weight, moments.choleskyFactor()).singularValues()
            .elements(Double.self)
        expectClose(error, energy(values.dropFirst(rank)), within: 1e-4)
        // No other choice of that rank does better.
        let raw = try Truncate(Plan(for: program, keeping: .rank(rank), by: .raw))
            .apply(to: program).program
        #expect(try (Runner(raw)(x) - Runner(program)(x)).energy / 80 > error * 0.999)
    }

    @Test func `nothing is cut at full rank`() throws {
        for criterion in Criteria.all {
            let plan = try plan(.rank(1000), criterion)
            let result = try Truncate(plan).apply(to: network)
            #expect(result.program.description == network.description)
            #expect(try result.program.contents == network.contents)
            #expect(plan.keptFraction == 1)
            #expect(plan.layers.allSatisfy { $0.rank == nil && $0.energy == 1 })
        }
    }

    @Test func `a layer is factored up to its break-even rank, and dense beyond`() throws {
        // 12 · 8 = 96 elements: rank 4 takes 80, rank 5 takes 100.
        let program = try layer(random([12, 8]))
        let ranks = try (1...8).map {
            try Plan(for: program, keeping: .rank($0), by: .raw).layers[0].rank
        }
        #expect(ranks == [1, 2, 3, 4, nil, nil, nil, nil])
        let reasons = try [4, 5].map {
            try Plan(for: program, keeping: .rank($0), by: .raw).layers[0].reason
        }
        #expect(
            reasons == [
                "rank 4 of 8",
                "dense: factors of rank 5 have no fewer parameters (they save up to rank 4)",
            ])
    }

    @Test func `a layer of exactly equal cost stays dense`() throws {
        // 4 · 4 = 2 · (4 + 4).
        let plan = try Plan(for: layer(random([4, 4])), keeping: .rank(2), by: .raw)
        #expect(plan.layers[0].rank == nil)
    }

    @Test func `a matrix of one element stays dense`() throws {
        let program = try layer(Tensor([3.0 as Float], shape: [1, 1]))
        for budget in [Budget.rank(1), .energy(0.5), .parameters(1)] {
            let plan = try Plan(for: program, keeping: budget, by: .relative)
            #expect(
                try Truncate(plan).apply(to: program).program.description == program.description)
        }
    }

    // MARK: What comes out

    @Test(arguments: [
        Budget.rank(2), .rank(5), .energy(0.6), .energy(0.95), .parameters(0.45), .parameters(0.8),
    ])
    func `the plan's parameters are the program's and the file's`(budget: Budget) throws {
        for criterion in Criteria.all {
            let plan = try plan(budget, criterion)
            let small = try Truncate(plan).apply(to: network).program
            #expect(plan.parametersBefore == network.cost.parameters)
            #expect(small.cost.parameters == plan.parametersAfter)
            #expect(plan.parametersAfter <= plan.parametersBefore)
            #expect(
                plan.keptFraction
                    == Double(plan.parametersAfter) / Double(plan.parametersBefore))
            if case .parameters(let share) = budget { #expect(plan.keptFraction <= share) }
            try small.validate()
            try withTemporaryFolder { folder in
                let file = try small.write(to: "\(folder)/small.pt2")
                #expect(file.program.cost == small.cost)
                #expect(file.program.description == small.description)
                #expect(try file.program.contents == small.contents)
                try expectClose(
                    Runner(file.program)(inputs), Runner(small)(inputs), within: 1e-6)
            }
        }
    }

    @Test func `the network before reads back equal from its file`() throws {
        try withTemporaryFolder { folder in
            let file = try network.write(to: "\(folder)/network.pt2")
            #expect(file.program.description == network.description)
            #expect(try file.program.contents == network.contents)
        }
    }

    @Test func `one layer becomes two, the bias with the second`() throws {
        let program = try layer(random([12, 8]))
        let plan = try Plan(for: program, keeping: .rank(3), by: .raw)
        let result = try Truncate(plan).apply(to: program)
        #expect(
            result.program.description == """
                program (x: float32 [batch, 8])
                  dimension batch in 1...
                  parameter fc.0.weight: float32 [3, 8]
                  parameter fc.1.weight: float32 [12, 3]
                  parameter fc.1.bias: float32 [12]
                  linear_inner = aten.linear.default(input: x, weight: fc.0.weight)\
                  # float32 [batch, 3]
                  linear = aten.linear.default(input: linear_inner, weight: fc.1.weight, \
                bias: fc.1.bias)  # float32 [batch, 12]
                  return linear

                """)
        #expect(
            result.changes == [
                Change(
                    "fc.weight", .replaced(by: ["fc.0.weight", "fc.1.weight"]),
                    reason: "rank 3 of 8"),
                Change("fc.bias", .replaced(by: ["fc.1.bias"]), reason: "renamed"),
            ])
    }

    @Test func `a layer without a bias gets none`() throws {
        let program = try layer(random([12, 8]), bias: false)
        let plan = try Plan(for: program, keeping: .rank(2), by: .raw)
        let small = try Truncate(plan).apply(to: program).program
        #expect(small.parameterNames == ["fc.0.weight", "fc.1.weight"])
    }

    @Test func `every tensor has its change`() throws {
        let plan = try plan(.parameters(0.6))
        let result = try Truncate(plan).apply(to: network)
        #expect(result.changes.map(\.tensor) == Array(network.tensors.keys))
        for change in result.changes {
            switch change.kind {
            case .replaced(let names):
                #expect(network.tensors[change.tensor] != nil)
                #expect(names.allSatisfy { result.program.tensors[$0] != nil })
                #expect(result.program.tensors[change.tensor] == nil)
            case .kept: #expect(result.program.tensors[change.tensor] != nil)
            case .sliced, .projected, .dropped: Issue.record("\(change)")
            }
        }
        for layer in plan.layers {
            let change = try #require(result.changes.first { $0.tensor == layer.weight })
            #expect(change.reason == layer.reason)
            #expect((change.kind == .kept) == (layer.rank == nil))
        }
    }

    @Test func `a weight that is used twice is cut for both uses and counted once`() throws {
        let tied = try Program(input: [9]) { x in
            let y = x.linear("fc", outputs: 9).relu()
            return y.builder.call(
                "aten.linear.default",
                [
                    "input": .value(y.value), "weight": .value("fc.weight"),
                    "bias": .value("fc.bias"),
                ]
            )
        }.initialized(seed: 1)
        let plan = try Plan(for: tied, keeping: .rank(3), by: .raw)
        let small = try Truncate(plan).apply(to: tied).program
        try small.validate()
        #expect(small.cost.parameters == plan.parametersAfter)
        #expect(small.cost.parameters == 3 * 18 + 9)
        #expect(small.nodes.count { $0.operation.name == "linear" } == 4)
        // Its moments are those of both inputs together.
        let x = try random([20, 9])
        let profile = try Profile(of: tied, on: examples(x))
        #expect(profile.layers["fc.weight"]?.applications == 40)
    }

    @Test func `truncating twice goes on where the first left off`() throws {
        let program = try layer(random([40, 30]))
        let first = try Truncate(Plan(for: program, keeping: .rank(10), by: .raw))
            .apply(to: program).program
        let second = try Truncate(Plan(for: first, keeping: .rank(4), by: .raw))
            .apply(to: first).program
        #expect(
            second.parameterNames == [
                "fc.0.0.weight", "fc.0.1.weight", "fc.1.0.weight", "fc.1.1.weight", "fc.1.1.bias",
            ])
        try second.validate()
    }

    @Test func `a plan for another network is refused`() throws {
        let plan = try Plan(for: layer(random([12, 8])), keeping: .rank(2), by: .raw)
        expectError(.program, "the plan is for another network: fc.weight does not fit") {
            _ = try Truncate(plan).apply(to: layer(random([12, 9])))
        }
    }

    // MARK: Profiles

    @Test func `a profile holds the second moments of the inputs`() throws {
        let x = try random([50, 5], seed: 4)
        for batchSize in [7, 256] {
            let profile = try Profile(
                of: layer(random([3, 5])), on: examples(x), batchSize: batchSize)
            let wide = try x.converted(to: .float64)
            let found = try #require(profile.layers["fc.weight"])
            try expectClose(
                found.matrix, matmul(wide.transposed(), wide) * (1.0 / 50), within: 1e-12)
            #expect(found.applications == 50 && profile.examples == 50)
        }
    }

    @Test func `a profile knows every weight, and inputs after preprocessing`() throws {
        #expect(Set(profile.layers.keys) == Set(network.weightSites.map(\.name)))
        let x = Tensor([2, 4, 6, 8].map(UInt8.init), shape: [4, 1])
        let given = Examples(
            inputs: x, labels: nil,
            preprocessing: Preprocessing(scale: 0.5, mean: [1], deviation: [2]))
        let found = try Profile(of: layer(random([3, 1])), on: given)
        // (x / 2 - 1) / 2 is 0, 0.5, 1, 1.5.
        expectClose(
            try #require(found.layers["fc.weight"]).matrix.item(), 3.5 / 4, within: 1e-12)
    }
}
