import Reports
import Testing

@Suite struct BarsTests {
    @Test(
        arguments: [(Double, String)]([
            (0.0, "········"), (1.0, "████████"), (0.5, "████····"), (0.5625, "████▌···"),
            (0.001, "········"),
            (2.0, "████████"), (-1.0, "········"), (Double.nan, "········"), (1.0 / 64, "▏·······"),
        ]))
    func `a share fills its part of the width`(share: Double, bar: String) {
        #expect(Bars.share(share, width: 8) == bar)
        #expect(Bars.share(share, width: 8).count == 8)
    }

    @Test func `numbers are as high as their part of the largest`() {
        #expect(Bars.heights([8, 4, 2, 1, 0.001]) == "█▅▃▂·")
        #expect(Bars.heights([3, 3]) == "██")
        #expect(Bars.heights([0, 0]) == "")
        #expect(Bars.heights([]) == "")
    }

    @Test func `many numbers are joined to the width, the largest of each run counts`() {
        #expect(Bars.heights([1, 8, 1, 4, 1, 1], width: 3) == "█▅▂")
        #expect(Bars.heights([Double](repeating: 1, count: 100), width: 16).count == 16)
    }
}
