import Compression
import Tensors
import TestSupport
import Testing

@Suite struct CriterionTests {
    @Test func `criteria are found by name`() {
        #expect(Criteria.all.map(\.name) == ["raw", "relative", "whitened"])
        for criterion in Criteria.all {
            #expect(Criteria.named(criterion.name)?.name == criterion.name)
        }
        #expect(
            Criteria.known.map(\.name) == [
                "raw", "relative", "whitened", "norm-folded", "whitened-norm-folded", "fisher",
                "whitened-fisher",
            ])
        for criterion in Criteria.known {
            #expect(Criteria.named(criterion.name)?.name == criterion.name)
        }
        #expect(Criteria.named("best") == nil)
        #expect(Criteria.all.filter(\.needsProfile).map(\.name) == ["whitened"])
    }

    @Test func `scores are on the scale that each names`() {
        #expect(RawCriterion().scores([4, 2]) == [4, 2])
        #expect(RelativeCriterion().scores([4, 2]) == [1, 0.5])
        #expect(WhitenedCriterion().scores([4, 3]) == [0.8, 0.6])
    }

    @Test func `a layer of zeros has scores of zero`() {
        for criterion in Criteria.all {
            #expect(criterion.scores([0, 0]) == [0, 0])
            #expect(criterion.scores([]) == [])
        }
    }

    @Test func `whitening without examples is refused`() {
        expectError(
            .data, "the criterion whitened needs examples: pass --data, or use relative"
        ) { _ = try WhitenedCriterion().decomposition(of: random([1, 2, 2]), profile: nil) }
    }

    @Test func `relative and raw find the same components`() throws {
        let weight = try random([1, 5, 4])
        let raw = try RawCriterion().decomposition(of: weight, profile: nil)
        let relative = try RelativeCriterion().decomposition(of: weight, profile: nil)
        #expect(raw.values == relative.values)
    }
}
