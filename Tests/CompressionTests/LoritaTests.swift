import Compression
import Datasets
import Interchange
import Models
import Programs
import Tensors
import Testing

@Suite struct LoritaTests {
    @Test(arguments: [1, 2, 3, 4], [Compose.Layout.compact, .paper])
    func `composing and merging gives the network back`(factors: Int, layout: Compose.Layout) throws
    {
        let network = try fullyConnected(layers: 3, width: 24, classes: 4, input: [1, 4, 4])
            .initialized(seed: 1)
        let composed = try Compose(factors: factors, layout: layout).apply(to: network).program
        let merged = try Merge().apply(to: composed).program
        var generator = Generator(seed: 2)
        let x = try Tensor.normal([5, 1, 4, 4], using: &generator)
        let plain = try Runner(network)(x)
        for other in [composed, merged, try ProductOrder(batch: 4).apply(to: composed).program] {
            let difference = try (Runner(other)(x) - plain).magnitude().maximum().item()
            #expect(difference < 1e-5)
        }
        #expect(merged.description == network.description)
        let profile = try Profile(
            of: merged,
            on: Examples(
                inputs: x, labels: nil,
                preprocessing: Preprocessing(scale: 1, mean: [0], deviation: [1])))
        for criterion in Criteria.all {
            let plan = try Plan(for: merged, keeping: .rank(2), by: criterion, from: profile)
            let small = try Truncate(plan).apply(to: merged).program
            #expect(small.cost.parameters == plan.parametersAfter)
            if factors == 3 {
                print(small); try small.write(to: "/tmp/scratch/small.pt2");
                try composed.write(to: "/tmp/scratch/composed.pt2")
            }
            let back = try ModelFile(contentsOf: "/tmp/scratch/small.pt2")
            print(back.program.difference(to: small))
        }
    }
}
