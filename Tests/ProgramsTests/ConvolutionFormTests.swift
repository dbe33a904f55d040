import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// A convolution node, its sizes and what it computes.
private struct Case: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let operation: OperatorName
    let input: [Int]
    let kernel: [Int]
    let settings: [String: Argument]

    init(
        _ operation: OperatorName, input: [Int], kernel: [Int],
        _ settings: KeyValuePairs<String, Argument> = [:]
    ) {
        self.operation = operation
        self.input = input
        self.kernel = kernel
        self.settings = Dictionary(uniqueKeysWithValues: settings.map { ($0.key, $0.value) })
        testDescription = "\(operation) \(kernel) \(settings.map { "\($0.key) \($0.value)" })"
    }

    var node: Node {
        var node = Node(
            operation,
            ["input": .value("x"), "weight": .value("c.weight"), "bias": .value("c.bias")],
            outputs: ["y"])
        for (name, argument) in settings.sorted(by: { $0.key < $1.key }) { node[name] = argument }
        return node
    }

    func program() throws -> Program {
        let sizes = [Size.dimension("batch")] + input.map(Size.fixed)
        return try ProgramsTests.program(
            sizes,
            tensors: [
                "c.weight": StoredTensor(.parameter, try random(kernel, seed: 2)),
                "c.bias": StoredTensor(.parameter, try random([kernel[0]], seed: 3)),
            ], [node], results: ["y"])
    }
}

@Suite struct ConvolutionFormTests {
    private static let cases = [
        Case("aten.conv2d.default", input: [4, 7, 6], kernel: [5, 4, 3, 3]),
        Case(
            "aten.conv2d.default", input: [4, 9, 8], kernel: [6, 4, 3, 2],
            ["stride": .ints([2, 1]), "padding": .ints([1, 2])]),
        Case(
            "aten.conv2d.default", input: [4, 9, 9], kernel: [6, 2, 3, 3],
            ["padding": .ints([2]), "dilation": .ints([2, 2]), "groups": .int(2)]),
        Case(
            "aten.conv2d.default", input: [6, 5, 5], kernel: [8, 6, 1, 1],
            ["stride": .ints([2, 2])]),
        Case(
            "aten.conv2d.padding", input: [3, 6, 7], kernel: [4, 3, 4, 3],
            ["padding": .string("same"), "dilation": .ints([1, 2])]),
        Case(
            "aten.conv2d.padding", input: [3, 6, 7], kernel: [4, 3, 2, 3],
            ["padding": .string("valid"), "stride": .ints([2, 2])]),
        Case(
            "aten.conv1d.default", input: [4, 11], kernel: [6, 4, 3],
            ["stride": .ints([2]), "padding": .ints([1])]),
        Case(
            "aten.conv3d.default", input: [3, 4, 5, 6], kernel: [4, 3, 2, 3, 3],
            ["padding": .ints([1, 0, 1])]),
        Case(
            "aten.convolution.default", input: [4, 6, 6], kernel: [6, 2, 3, 3],
            [
                "stride": .ints([2, 2]), "padding": .ints([1, 1]), "dilation": .ints([1, 1]),
                "transposed": .bool(false), "output_padding": .ints([0, 0]), "groups": .int(2),
            ]),
    ]

    @Test(arguments: cases)
    private func `two factors at full rank are the layer`(test: Case) throws {
        let source = try test.program()
        let site = try #require(source.weightSites.first)
        let shape = site.matrices
        let matrices = try site.matrices(in: source)
        #expect(matrices.shape == [shape.blocks, shape.rows, shape.columns])
        let parts = try matrices.singularValueDecomposition()
        let factors = [try parts.values.unsqueezed(at: 2) * parts.right, parts.left]
        var split = source
        split.tensors["c.weight"] = nil
        for (index, matrices) in factors.enumerated() {
            let size = MatrixShape(
                blocks: shape.blocks, rows: matrices.shape[1], columns: matrices.shape[2])
            let storage = site.storage(of: size, at: ChainPlace(index, of: 2))
            split.tensors["c.\(index).weight"] = StoredTensor(
                .parameter, try storage.tensor(of: matrices))
        }
        split.nodes = site.form.applying(
            ["c.0.weight", "c.1.weight"], inner: ["inner"], in: source.nodes[0],
            site.uses[0].reading)
        split = try split.propagated()
        try split.validate()
        #expect(split.nodes.map { $0.value("bias") } == [nil, "c.bias"])
        #expect(split.nodes[1].value("input") == "inner")
        let x = try random([3] + test.input)
        try expectClose(Runner(split)(x), Runner(source)(x), within: 1e-5)
    }

    @Test(arguments: cases)
    private func `the moments are those of what lies under the kernel`(test: Case) throws {
        // ‖W·X‖² = tr(W·M·Wᵀ): the outputs' energy without the bias.
        let source = try test.program()
        let site = try #require(source.weightSites.first)
        let x = try random([3] + test.input)
        let (moments, count) = try site.form.moments(
            of: site.uses[0].reading, in: source.nodes[0]
        ) { _ in x }
        guard case .full(let sum) = moments else {
            Issue.record("the moments of a convolution are a matrix")
            return
        }
        let matrices = try site.matrices(in: source).converted(to: .float64)
        let energy = try (matmul(matrices, sum) * matrices).sum()
        let y = try Runner(source)(x)
        let bias = try source.tensor("c.bias").reshaped(
            to: [-1] + test.input.dropFirst().map { _ in 1 })
        let outputs = try (y - bias).converted(to: .float64)
        try expectClose(energy, (outputs * outputs).sum(), within: 1e-5)
        #expect(count == y.count / test.kernel[0])
    }

    @Test(arguments: cases)
    private func `multiply-accumulates are results times what each sums over`(test: Case) throws {
        let source = try test.program()
        let y = try Runner(source)(random([1] + test.input))
        #expect(source.cost.macs == y.count * test.kernel.dropFirst().reduce(1, *))
    }

    @Test func `a depthwise convolution is left dense, a grouped one is not`() throws {
        let depthwise = Case(
            "aten.conv2d.default", input: [6, 5, 5], kernel: [6, 1, 3, 3], ["groups": .int(6)])
        #expect(try depthwise.program().weightSites.isEmpty)
        #expect(
            try depthwise.program().denseWeights == [
                DenseWeight(
                    parameter: "c.weight", shape: [6, 1, 3, 3],
                    reason: "a depthwise convolution: its matrices have rank 1 already")
            ])
        let grouped = Case(
            "aten.conv2d.default", input: [6, 5, 5], kernel: [6, 3, 3, 3], ["groups": .int(2)])
        let site = try #require(grouped.program().weightSites.first)
        #expect(site.matrices == MatrixShape(blocks: 2, rows: 3, columns: 27))
        #expect(site.matrices.count == 6 * 27 && site.matrices.count(atRank: 2) == 2 * 2 * 30)
    }

    @Test func `a kernel that two convolutions read with other groups is no site`() throws {
        let tensors: OrderedDictionary = [
            "w": StoredTensor(.parameter, try random([4, 2, 3, 3]))
        ]
        func network(_ groups: [Int]) throws -> Program {
            let nodes = groups.enumerated().map { index, groups in
                Node(
                    "aten.conv2d.default",
                    [
                        "input": .value(groups == 1 ? "half" : "x"), "weight": .value("w"),
                        "groups": .int(groups),
                    ], outputs: [Value("y\(index)")])
            }
            let half = Node(
                "aten.slice.Tensor",
                ["self": .value("x"), "dim": .int(1), "start": .int(0), "end": .int(2)],
                outputs: ["half"])
            return try program(
                [.dimension("batch"), 4, 5, 5], tensors: tensors, [half] + nodes,
                results: ["y0", "y1"])
        }
        func sites(_ groups: [Int]) throws -> [WeightSite] { try network(groups).weightSites }
        #expect(try sites([2, 2]).map(\.nodes) == [[1, 2]])
        #expect(try sites([1, 2]).isEmpty)
        #expect(
            try network([1, 2]).denseWeights.map(\.reason) == [
                "read in two ways: as 4 × 18 by convolution and as 2 of 2 × 18 by convolution"
            ])
    }
}
