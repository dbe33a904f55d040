import Models
import Programs
import Tensors
import Testing

@Suite struct RunnerTests {
    @Test func `a fully connected network runs at any batch`() throws {
        let network = try fullyConnected(layers: 3, width: 16, classes: 4, input: [1, 4, 4], logitsNorm: true)
            .initialized(seed: 1)
        print(network)
        print(network.cost)
        let runner = try Runner(network)
        var generator = Generator(seed: 2)
        for batch in [1, 2, 7] {
            let x = try Tensor.normal([batch, 1, 4, 4], using: &generator)
            #expect(try runner(x).shape == [batch, 4])
        }
        let x = try Tensor.normal([8, 1, 4, 4], using: &generator)
        var parameters: [String: Tensor] = [:]
        for name in network.parameterNames { parameters[name] = try network.tensor(name).trainable() }
        let run = try runner.run([x], mode: .training, tensors: parameters, generator: &generator)
        #expect(run.buffers.count == 9)
        let loss = try crossEntropy(run.results[0], Tensor([0, 1, 2, 3, 0, 1, 2, 3]))
        let names = network.parameterNames
        let grads = try gradients(of: loss, with: names.compactMap { parameters[$0] })
        #expect(grads.allSatisfy { $0 != nil })
    }

    @Test func `fcn6 has the parameters that the paper's network has`() throws {
        let network = try fullyConnected(layers: 6, width: 784, classes: 10, input: [1, 28, 28], logitsNorm: true)
        #expect(network.cost.parameters == 3_092_910)
    }
}
