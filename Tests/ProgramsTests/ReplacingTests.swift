import OrderedCollections
import Programs
import Tensors
import Testing

@Suite struct ReplacingTests {
    @Test func `a tensor is never replaced by one whose name is taken`() throws {
        var program = try Program(input: [2]) { $0.linear("a", outputs: 2).linear("b", outputs: 2) }
        let tensor = StoredTensor(.parameter, try Tensor.zeros([2, 2]))
        let error = #expect(throws: ProgramError.self) {
            try program.replaceTensors(["a.weight"], with: [("b.weight", tensor)])
        }
        #expect(error?.description == "the name b.weight is taken; rename that tensor first")
        #expect(program.tensors.keys.contains("a.weight"))
    }

    @Test func `new tensors stand where the old ones stood`() throws {
        var program = try Program(input: [2]) { $0.linear("a", outputs: 2).linear("b", outputs: 2) }
        let tensor = StoredTensor(.parameter, try Tensor.zeros([2, 2]))
        try program.replaceTensors(["a.weight"], with: [("a.0", tensor), ("a.1", tensor)])
        #expect(Array(program.tensors.keys) == ["a.0", "a.1", "a.bias", "b.weight", "b.bias"])
    }
}
