import OrderedCollections
import Programs
import Testing

@Suite struct RewriteTests {
    @Test func `every tensor of the old Program has one change, in its order`() throws {
        let old = try Program(input: [3]) {
            $0.linear("a", outputs: 4).linear("b", outputs: 4).linear("c", outputs: 2)
        }
        var new = old
        for name in ["b.weight", "c.bias"] { new.tensors[name] = nil }
        new.tensors["b.0.weight"] = StoredTensor(.parameter, shape: [1], initially: .constant(0))
        let replaced = Change("b.weight", .replaced(by: ["b.0.weight"]), reason: "split")
        let sliced = Change("a.bias", .sliced(axis: 0, indices: [1, 3]), reason: "pruned")
        let again = Change("a.bias", .dropped, reason: "a second opinion")
        let rewritten = Rewritten(new, from: old, changes: [replaced, sliced, again])
        #expect(
            rewritten.changes == [
                Change("a.weight", .kept, reason: "not concerned"), sliced, replaced,
                Change("b.bias", .kept, reason: "not concerned"),
                Change("c.weight", .kept, reason: "not concerned"),
                Change("c.bias", .dropped, reason: "no node reads it"),
            ])
        #expect(rewritten.program.tensors["b.0.weight"] != nil)
    }
}
