import Models
import OrderedCollections
import Programs
import Tensors
import Testing

@Suite struct ZooTests {
    private func built(
        _ name: String, width: Int? = nil, logitsNorm: Bool = false, classes: Int = 10
    ) throws -> Program {
        try #require(ZooModel.named(name)).program(
            ZooModel.Options(
                input: [1, 28, 28], classes: classes, width: width, logitsNorm: logitsNorm))
    }

    @Test func `networks are found by name`() {
        #expect(ZooModel.all.map(\.name) == ["fcn4", "fcn6", "fcn8", "fcn10", "lenet300"])
        for model in ZooModel.all { #expect(ZooModel.named(model.name)?.name == model.name) }
        #expect(ZooModel.named("fcn7") == nil)
        #expect(ZooModel.named("") == nil)
        #expect(ZooModel.all.filter(\.isAdjustable).map(\.name).allSatisfy { $0.hasPrefix("fcn") })
        #expect(ZooModel.named("lenet300")?.isAdjustable == false)
    }

    @Test func `the networks of the paper have its parameters`() throws {
        #expect(try built("fcn6", width: 784, logitsNorm: true).cost.parameters == 3_092_910)
        #expect(try built("fcn6", width: 784).cost.parameters == 3_092_890)
        #expect(try built("fcn6").cost.parameters == 3_092_890)
        #expect(try built("lenet300").cost.parameters == 266_610)
    }

    @Test(arguments: [4, 6, 8, 10], [32, 784])
    func `a fully connected network's parameters are counted by its formula`(
        depth: Int, width: Int
    ) throws {
        let program = try built("fcn\(depth)", width: width, classes: 7)
        let hidden = 784 * width + (depth - 2) * width * width + (depth - 1) * width * 3
        #expect(program.cost.parameters == hidden + width * 7 + 7)
        #expect(program.cost.macs == 784 * width + (depth - 2) * width * width + width * 7)
        #expect(program.weightSites.count == depth)
    }

    @Test func `tensors have the names that PyTorch's checkpoints would have`() throws {
        let program = try fullyConnected(
            layers: 2, width: 3, classes: 2, input: [4], logitsNorm: true)
        let norm = ["weight", "bias", "running_mean", "running_var", "num_batches_tracked"]
        #expect(
            Array(program.tensors.keys)
                == ["layers.0.linear.weight", "layers.0.linear.bias"]
                + norm.map { "layers.0.norm.\($0)" } + ["head.weight", "head.bias"]
                + norm.map { "logits_norm.\($0)" })
        #expect(
            try built("lenet300").parameterNames == [
                "fc1.weight", "fc1.bias", "fc2.weight", "fc2.bias", "fc3.weight", "fc3.bias",
            ])
    }

    @Test func `one layer is the head alone`() throws {
        let program = try fullyConnected(layers: 1, width: 9, classes: 3, input: [4])
        #expect(program.parameterNames == ["head.weight", "head.bias"])
    }

    @Test(arguments: ["fcn4", "fcn6", "fcn8", "fcn10", "lenet300"])
    func `a network gives logits for any batch`(name: String) throws {
        let program = try built(name, width: name == "lenet300" ? nil : 16).initialized(seed: 1)
        for batch in [1, 5] {
            let logits = try Runner(program)(.ones([batch, 1, 28, 28]))
            #expect(logits.shape == [batch, 10])
            #expect(try logits.isFinite())
        }
    }

    @Test func `the same seed draws the same elements`() throws {
        func bits(_ seed: UInt64) throws -> [Float] {
            try built("fcn4", width: 8).initialized(seed: seed).tensor("head.weight").elements()
        }
        #expect(try bits(3) == bits(3))
        #expect(try bits(3) != bits(4))
    }
}
