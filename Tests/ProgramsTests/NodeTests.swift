import FileFormats
import Programs
import Testing

@Suite struct NodeTests {
    @Test(arguments: ["aten.linear.default", "quantized.add.out"])
    func `an operator's name comes back as it went in`(text: String) throws {
        let name = try #require(OperatorName(text))
        #expect(name.description == text)
        #expect("\(name.library).\(name.name).\(name.overload)" == text)
    }

    @Test(arguments: ["", "aten", "aten.linear", "aten..default", "a.b.c.d", ".b.c"])
    func `a name of another form is none`(text: String) {
        #expect(OperatorName(text) == nil)
    }

    @Test func `arguments are read, replaced, added and removed by name`() {
        var node = Node(
            "aten.linear.default", ["input": .value("x"), "weight": .value("w")], outputs: ["y"])
        #expect(node["weight"] == .value("w") && node["bias"] == nil)
        #expect(node.value("weight") == "w" && node.value("bias") == nil)
        node["bias"] = .value("b")
        node["weight"] = .value("v")
        #expect(node.arguments.map(\.name) == ["input", "weight", "bias"])
        #expect(node.inputs == ["x", "v", "b"])
        node["input"] = nil
        #expect(node.arguments.map(\.name) == ["weight", "bias"])
        #expect(node.output == "y")
    }

    @Test func `values in lists are found and renamed`() {
        let node = Node(
            "aten.cat.default",
            ["tensors": .list([.value("a"), .list([.value("b"), .int(3)])]), "dim": .int(1)],
            outputs: ["y"])
        #expect(node.inputs == ["a", "b"])
        let renamed = node.mapInputs { Value($0.name + "2") }
        #expect(renamed.inputs == ["a2", "b2"] && renamed.output == "y")
        #expect(renamed["tensors"] == .list([.value("a2"), .list([.value("b2"), .int(3)])]))
    }

    @Test(arguments: [
        (Size.fixed(7), "7", Optional(7)), (.dimension("n"), "n", 5),
        (.affine(scale: 2, dimension: "n", offset: 1), "2·n + 1", 11),
        (.affine(scale: 1, dimension: "n", offset: -3), "n - 3", 2),
        (.dimension("m"), "m", nil), (.unknown, "?", nil),
        (.expression(.floorDivide(.symbol("m"), 2)), "m//2", nil),
        (.expression(.floorDivide(.symbol("n"), 2)), "n//2", 2),
        (.expression(.modulo(.symbol("n"), 0)), "n%0", nil),

    ])
    func `a size has a text and a number where the dimension is known`(
        size: Size, text: String, number: Int?
    ) {
        #expect(size.description == text)
        #expect(size.evaluated(at: ["n": 5]) == number)
    }

    @Test(arguments: [
        ("fc.weight", "fc_weight"), ("0.weight", "_0_weight"), ("größe", "gr__e"), ("", "_"),
    ])
    func `a name becomes an identifier`(name: String, identifier: String) {
        #expect(name.identifier == identifier)
    }
}
