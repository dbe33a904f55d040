import FileFormats
import Testing

@Suite struct TreeSpecificationTests {
    @Test func `The arguments of a call are written as PyTorch writes them`() throws {
        let leaf = #"{"children_spec":[],"context":null,"type":null}"#
        let expected =
            #"[1,{"children_spec":[{"children_spec":[\#(leaf),\#(leaf)],"context":"null","#
            + #""type":"builtins.tuple"},{"children_spec":[],"context":"[]","#
            + #""type":"builtins.dict"}],"context":"null","type":"builtins.tuple"}]"#
        #expect(try TreeSpecification.arguments(2).text() == expected)
    }

    @Test func `Reading what was written gives the same specification`() throws {
        let result = try TreeSpecification.dictionary(
            ["logits": .leaf, "hid\"den": .tuple([.leaf, .leaf])])
        let again = try TreeSpecification(parsing: try result.text(), file: "out_spec")
        #expect(again == result)
        #expect(again.keys == ["logits", "hid\"den"])
        #expect(again.leafCount == 3)
        #expect(TreeSpecification.leaf.keys == nil)
        #expect(try TreeSpecification.arguments(1, named: ["mask"]).leafCount == 2)
    }

    @Test(arguments: [
        ("", "The text is not valid JSON."),
        ("{}", "A list is needed."),
        ("[1]", "At [1], null stands where an object is needed."),
        ("[2, {}]", "Version 2 of a tree specification is not supported, only 1 is."),
        ("[1, {}]", #"At [1], the key "children_spec" is missing."#),
    ])
    func `What is no specification is refused in one sentence`(text: String, message: String) {
        let error = #expect(throws: FileFormatError.self) {
            try TreeSpecification(parsing: text, file: "in_spec")
        }
        #expect(error?.message == message)
    }
}

@Suite struct ProgramRecordsTests {
    @Test func `The records of a program carry its name`() {
        let records = ProgramRecords(program: "encoder")
        #expect(records.model == "models/encoder.json")
        #expect(records.weightsConfiguration == "data/weights/encoder_weights_config.json")
        #expect(records.constantsConfiguration == "data/constants/encoder_constants_config.json")
        #expect(records.sampleInputs == "data/sample_inputs/encoder.pt")
    }

    @Test func `The programs of an archive are found by their records`() {
        let names = [
            "models/model.json", "models/part/encoder.json", "models/.json", "models/readme.txt",
            "extra/models/x.json",
        ]
        #expect(ProgramRecords.programs(in: names) == ["model", "part/encoder"])
    }
}
