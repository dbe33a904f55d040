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
        #expect(
            ZooModel.all.map(\.name) == [
                "fcn4", "fcn6", "fcn8", "fcn10", "lenet300", "lenet5", "vgg13", "vgg16", "resnet20",
                "resnet56", "resnet18", "vit-l4-h8", "vit-l8-h8", "vit-l16-h8",
                "gpt-l4-h4",
            ])
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

    @Test(arguments: [
        ("lenet5", 431_080), ("vgg13", 9_413_066), ("vgg16", 14_724_042), ("resnet20", 269_722),
        ("resnet56", 853_018), ("resnet18", 11_689_512), ("vit-l4-h8", 1_196_746),
        ("vit-l8-h8", 2_381_770), ("vit-l16-h8", 4_751_818),
        // Two tables, four blocks, norms and a head: 32,768 + 16,384 + 4 · 197,760 + 256 + 32,768.
        ("gpt-l4-h4", 873_216),
    ])
    func `the networks for images have the parameters of the literature`(
        name: String, parameters: Int
    ) throws {
        let model = try #require(ZooModel.named(name))
        let program = try model.program(
            ZooModel.Options(input: model.naturalInput, classes: model.naturalClasses))
        #expect(program.cost.parameters == parameters)
    }

    @Test(arguments: [
        ("lenet5", 2_293_000), ("vgg16", 313_201_664), ("resnet20", 40_551_040),
        ("resnet56", 125_485_696), ("resnet18", 1_814_073_344),
    ])
    func `multiply-accumulates are those that are known`(name: String, macs: Int) throws {
        // Convolutions and heads alone: 2.29 M, 313.2 M, 40.55 M, 125.49 M and 1.814 G, as published.
        let model = try #require(ZooModel.named(name))
        let program = try model.program(
            ZooModel.Options(input: model.naturalInput, classes: model.naturalClasses))
        #expect(program.cost.macs == macs)
    }

    @Test func `a vision transformer's multiply-accumulates include attention's two products`()
        throws
    {
        let model = try #require(ZooModel.named("vit-l4-h8"))
        let macs = try model.program(ZooModel.Options(input: [3, 32, 32], classes: 10)).cost.macs
        let perLayer = 64 * (4 * 192 * 192 + 2 * 192 * 384) + 2 * 64 * 64 * 192
        #expect(macs == 64 * 48 * 192 + 4 * perLayer + 192 * 10)
    }

    @Test(arguments: [
        ("resnet20", [1, 28, 28], nil), ("resnet20", [3, 6, 32], "at least 8 x 8"),
        ("resnet20", [64], "[channels, height, width]"),
        ("vgg16", [3, 31, 32], "at least 32 x 32"),
        ("vit-l4-h8", [3, 30, 32], "multiples of 4"), ("lenet5", [1, 8, 8], "at least 16 x 16"),
    ])
    func `an image that a network does not take is refused, with what it takes`(
        name: String, shape: [Int], words: String?
    ) throws {
        let model = try #require(ZooModel.named(name))
        let build = { try model.program(ZooModel.Options(input: shape, classes: 10)) }
        guard let words else {
            #expect(throws: Never.self) { _ = try build() }
            return
        }
        let error = #expect(throws: ProgramError.self) { _ = try build() }
        #expect(error?.kind == .input && error?.description.contains(words) ?? false)
    }

    @Test func `a GPT's prediction depends on the tokens before it alone`() throws {
        let network = try gpt(layers: 2, heads: 2, width: 16, vocabulary: 11, context: 6)
            .initialized(seed: 2)
        let tokens = [3, 1, 4, 1, 5, 9]
        func logits(_ tokens: [Int]) throws -> [Float] {
            try Runner(network)(Tensor(tokens, shape: [1, 6])).elements(Float.self)
        }
        let before = try logits(tokens)
        #expect(before.count == 66)
        for place in tokens.indices {
            var other = tokens
            other[place] = 7
            let after = try logits(other)
            #expect(after[..<(11 * place)] == before[..<(11 * place)])
            #expect(after[(11 * place)...] != before[(11 * place)...])
        }
    }

    @Test func `a GPT reads texts`() throws {
        let model = try #require(ZooModel.named("gpt-l4-h4"))
        let error = #expect(throws: ProgramError.self) {
            _ = try model.program(ZooModel.Options(input: [1, 28, 28], classes: 10))
        }
        #expect(
            error?.description
                == "gpt-l4-h4 reads texts, and these examples are [1, 28, 28]: train it on a text, or name "
                + "another network")
    }

    @Test func `networks for images have the names of the checkpoints in circulation`() throws {
        func names(_ name: String) throws -> Set<String> {
            let model = try #require(ZooModel.named(name))
            return Set(
                try model.program(
                    ZooModel.Options(input: model.naturalInput, classes: model.naturalClasses)
                ).tensors.keys)
        }
        #expect(
            try names("resnet20").isSuperset(of: [
                "conv1.weight", "bn1.running_mean", "layer1.0.conv1.weight", "layer3.2.bn2.bias",
                "layer2.0.bn1.num_batches_tracked", "linear.weight", "linear.bias",
            ]))
        #expect(
            try names("resnet18").isSuperset(of: [
                "conv1.weight", "layer2.0.downsample.0.weight", "layer2.0.downsample.1.running_var",
                "layer4.1.conv2.weight", "fc.weight",
            ]))
        #expect(
            try names("vgg16").isSuperset(of: [
                "features.0.weight", "features.1.weight", "features.40.weight", "features.41.bias",
                "classifier.weight",
            ]))
        #expect(
            try names("vit-l4-h8").isSuperset(of: [
                "to_patch_embedding.1.weight", "transformer.layers.0.0.norm.weight",
                "transformer.layers.3.0.to_q.weight", "transformer.layers.3.0.to_out.weight",
                "transformer.layers.0.1.net.1.bias", "transformer.layers.0.1.net.3.weight",
                "linear_head.0.weight", "linear_head.1.bias",
            ]))
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
