import Reports
import Testing

@Suite struct TextTableTests {
    @Test func `numbers stand on the right, text on the left`() {
        var table = TextTable(["layer": .left, "rank": .right, "why": .left])
        table.add(["fc", "7", "small"])
        table.add(["layers.0.linear", "128", ""])
        #expect(
            table.text == """
                layer            rank  why
                ---------------  ----  -----
                fc                  7  small
                layers.0.linear   128

                """)
    }

    @Test func `no line ends in spaces`() {
        var table = TextTable(["a": .left, "b": .left])
        table.add(["x", ""])
        table.add(["", ""])
        #expect(table.text == "a  b\n-  -\nx\n\n")
    }

    @Test func `letters count once, however many bytes they take`() {
        var table = TextTable(["σ": .right, "shape": .left])
        table.add(["12 µs", "3 × 4"])
        #expect(table.text == "    σ  shape\n-----  -----\n12 µs  3 × 4\n")
    }

    @Test func `a table without rows has its titles`() {
        #expect(TextTable(["one": .left, "two": .right]).text == "one  two\n---  ---\n")
    }

    @Test func `the same table in Markdown`() {
        var table = TextTable(["layer": .left, "rank": .right])
        table.add(["fc", "7"])
        #expect(table.markdown == "| layer | rank |\n| :-- | --: |\n| fc | 7 |\n")
    }

    @Test func `a row of another length is a mistake`() async {
        await #expect(processExitsWith: .failure) {
            var table = TextTable(["a": .left])
            table.add(["1", "2"])
        }
    }
}
