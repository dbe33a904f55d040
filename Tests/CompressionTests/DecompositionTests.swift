import Compression
import Programs
import Tensors
import TestSupport
import Testing

@Suite struct DecompositionTests {
    private static let sizes = [(7, 19), (19, 7), (11, 11), (1, 1), (1, 9), (9, 1)]

    @Test(arguments: sizes)
    func `values are the singular values that LAPACK finds`(size: (rows: Int, columns: Int)) throws
    {
        let weight = try random([size.rows, size.columns])
        let found = try RawCriterion().decomposition(ofOne: weight, profile: nil)
        let wanted = try weight.converted(to: .float64).singularValues().elements(Double.self)
        expectClose(found.values, wanted, within: 1e-7)
        #expect(found.values == found.values.sorted(by: >))
    }

    @Test(arguments: sizes)
    func `all components together are the matrix`(size: (rows: Int, columns: Int)) throws {
        let weight = try random([size.rows, size.columns])
        let found = try RawCriterion().decomposition(ofOne: weight, profile: nil)
        try expectClose(
            found.product, weight.converted(to: .float64), within: 1e-12)
    }

    @Test(arguments: [(7, 19), (19, 7)])
    func `values that span seven decades are found`(size: (rows: Int, columns: Int)) throws {
        let values = [1, 1e-1, 1e-2, 1e-3, 1e-4, 1e-5, 1e-6]
        let weight = try matrix(rows: size.rows, columns: size.columns, values: values)
        expectClose(
            try RawCriterion().decomposition(ofOne: weight, profile: nil).values, values,
            within: 1e-7)
    }

    @Test(arguments: [(9, 14), (14, 9), (10, 10)])
    func `a matrix of low rank has no more values than its rank`(size: (rows: Int, columns: Int))
        throws
    {
        let weight = try matrix(rows: size.rows, columns: size.columns, values: [5, 2, 2])
        let found = try RawCriterion().decomposition(ofOne: weight, profile: nil)
        expectClose(Array(found.values.prefix(3)), [5, 2, 2], within: 1e-7)
        #expect(found.values.dropFirst(3).allSatisfy { $0 < 5e-7 })
        let factors = try found.factors(rank: 3, type: .float64)
        try expectClose(matmul(factors.second, factors.first).sum(along: [0]), weight, within: 1e-7)
    }

    @Test(arguments: [1, 3, 6])
    func `the two factors of a component have equal norms`(rank: Int) throws {
        let weight = try random([8, 6])
        let profile = try profile(of: weight, inputs: random([40, 6], seed: 3))
        for criterion in Criteria.all {
            let found = try criterion.decomposition(ofOne: weight, profile: profile)
            let factors = try found.factors(rank: rank, type: .float64)
            #expect(factors.first.shape == [1, rank, 6])
            #expect(factors.second.shape == [1, 8, rank])
            expectClose(
                try factors.first.power(2).sum(along: [2]).elements(),
                try factors.second.power(2).sum(along: [1]).elements(), within: 1e-12)
        }
    }

    @Test func `raw factors carry a root of the value each`() throws {
        let found = try RawCriterion().decomposition(ofOne: random([8, 6]), profile: nil)
        let factors = try found.factors(rank: 6, type: .float64)
        expectClose(
            try factors.first.power(2).sum(along: [2]).elements(), found.values, within: 1e-7)
    }

    @Test func `factors come in the type of the weight`() throws {
        let found = try RawCriterion().decomposition(ofOne: random([4, 3]), profile: nil)
        let factors = try found.factors(rank: 2, type: .float32)
        #expect(factors.first.scalarType == .float32 && factors.first.isContiguous)
        #expect(factors.second.scalarType == .float32 && factors.second.isContiguous)
    }

    private func profile(of weight: Tensor, inputs: Tensor) throws -> LayerProfile {
        let profile = try Profile(of: layer(weight), on: examples(inputs))
        return try #require(profile.layers["fc.weight"])
    }

    @Test(arguments: [(8, 6), (6, 8), (7, 7)])
    func `whitened values are those of the weight times a root of the moments`(
        size: (rows: Int, columns: Int)
    ) throws {
        let weight = try random([size.rows, size.columns])
        let profile = try profile(of: weight, inputs: random([50, size.columns], seed: 3))
        let root = try profile.matrix.choleskyFactor()
        let wanted = try matmul(weight.converted(to: .float64), root).singularValues()
        let found = try WhitenedCriterion().decomposition(ofOne: weight, profile: profile)
        expectClose(found.values, try wanted.elements(), within: 1e-7)
        try expectClose(
            found.product, weight.converted(to: .float64), within: 1e-10)
    }

    @Test(arguments: [(9, 6), (5, 6)])
    func `inputs that span few directions leave a weight's rank on them`(
        size: (rows: Int, columns: Int)
    ) throws {
        // Inputs of two directions: two components give all outputs, though the weight has full rank.
        let inputs = try matmul(random([40, 2], seed: 3), random([2, size.columns], seed: 4))
        let weight = try random([size.rows, size.columns])
        let profile = try profile(of: weight, inputs: inputs)
        let found = try WhitenedCriterion().decomposition(ofOne: weight, profile: profile)
        #expect(found.values[2] < 1e-4 * found.values[0])
        let factors = try found.factors(rank: 2, type: .float64)
        let cut = try matmul(factors.second, factors.first).sum(along: [0])
        let x = try inputs.converted(to: .float64)
        try expectClose(
            matmul(x, cut.transposed()),
            matmul(x, weight.converted(to: .float64).transposed()), within: 1e-5)
        let whole = try found.factors(rank: found.values.count, type: .float64)
        try expectClose(
            matmul(whole.second, whole.first).sum(along: [0]), weight.converted(to: .float64),
            within: 1e-9)
    }

    @Test(arguments: [(9, 6), (5, 6)])
    func `inputs that are all zero give finite factors`(size: (rows: Int, columns: Int)) throws {
        let weight = try random([size.rows, size.columns])
        let profile = try profile(of: weight, inputs: .zeros([20, size.columns]))
        let criterion = WhitenedCriterion()
        let found = try criterion.decomposition(ofOne: weight, profile: profile)
        #expect(criterion.scores(found.values).allSatisfy { $0.isFinite })
        let factors = try found.factors(rank: 5, type: .float32)
        #expect(try factors.first.isFinite() && factors.second.isFinite())
    }

    @Test func `a metric's root gives back the moments, floored`() throws {
        let x = try random([2, 30, 5], type: .float64)
        let moments = try matmul(x.transposed(), x)
        let metric = try Metric(flooring: .full(moments))
        let one = try Tensor.identity(5, type: .float64).unsqueezed(at: 0).expanded(to: [2, 5, 5])
        try expectClose(metric.moments(timesLeft: one), moments, within: 1e-12)
        let root = try metric.root(timesLeft: one)
        try expectClose(matmul(root, root.transposed()), moments, within: 1e-12)
        try expectClose(metric.inverseRoot(timesLeft: root), one, within: 1e-10)
        let flat = try Metric(flooring: .full(Tensor([4, 0, 0, 0], shape: [1, 2, 2])))
        let floored = Tensor([4, 0, 0, 4e-10], shape: [1, 2, 2])
        let two = try Tensor.identity(2, type: .float64).unsqueezed(at: 0)
        let side = try flat.root(timesLeft: two)
        let square = try matmul(side, side.transposed())
        try expectClose(square, floored.converted(to: .float64), within: 1e-12)
        let least = try square.symmetricEigenvectors().values.minimum().item()
        expectClose(least, 4e-10, within: 1e-6)
    }

    @Test func `a diagonal metric does what the whole matrix does`() throws {
        let values = Tensor([4, 0.25, 0, 9])
        let whole = try Metric(flooring: .full(values.asDiagonal().unsqueezed(at: 0)))
        let diagonal = try Metric(flooring: .diagonal(values))
        let x = try random([1, 3, 4], type: .float64)
        try expectClose(diagonal.moments(timesLeft: x), whole.moments(timesLeft: x), within: 1e-9)
        for weight in [x, try random([1, 6, 4], type: .float64)] {
            let profiles = [
                Moments.full(try values.asDiagonal().unsqueezed(at: 0)), .diagonal(values),
            ]
            .map { LayerProfile(moments: $0, applications: 1) }
            let found = try profiles.map {
                try WhitenedCriterion().decomposition(of: weight, profile: $0)
            }
            expectClose(found[0].values, found[1].values, within: 1e-7)
            try expectClose(found[0].product, found[1].product, within: 1e-6)
        }
    }

    @Test func `blocks are decomposed apart, and their values joined`() throws {
        let weight = try random([3, 5, 4])
        let found = try RawCriterion().decomposition(of: weight, profile: nil)
        let each = try (0..<3).map {
            try RawCriterion().decomposition(of: weight.sliced($0..<($0 + 1)), profile: nil)
        }
        let joined = (0..<4).map { index in
            each.reduce(0) { $0 + $1.values[index] * $1.values[index] }.squareRoot()
        }
        expectClose(found.values, joined, within: 1e-9)
        try expectClose(
            matmul(found.left, found.right), weight.converted(to: .float64), within: 1e-12)
        let factors = try found.factors(rank: 2, type: .float64)
        #expect(factors.first.shape == [3, 2, 4] && factors.second.shape == [3, 5, 2])
    }
}

extension Criterion {
    /// The decomposition of a weight of one matrix.
    fileprivate func decomposition(
        ofOne matrix: Tensor, profile: LayerProfile?
    ) throws -> Decomposition {
        try decomposition(of: matrix.unsqueezed(at: 0), profile: profile)
    }
}

extension Decomposition {
    /// The matrix again, of a weight of one.
    fileprivate var product: Tensor {
        get throws { try matmul(left, right).sum(along: [0]) }
    }
}
