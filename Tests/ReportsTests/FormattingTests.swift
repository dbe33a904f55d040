import Reports
import Testing

@Suite struct FormattingTests {
    @Test(arguments: [
        (0, "0"), (7, "7"), (999, "999"), (1_000, "1,000"), (12_345, "12,345"),
        (3_092_910, "3,092,910"), (1_000_000, "1,000,000"), (-1_234, "-1,234"), (-12, "-12"),
    ])
    func `counts have their thousands apart`(number: Int, text: String) {
        #expect(Formatting.count(number) == text)
    }

    @Test(arguments: [
        (0, "0 B"), (999, "999 B"), (1_000, "1.0 kB"), (1_250, "1.2 kB"), (999_949, "1.0 MB"),
        (12_371_560, "12.4 MB"), (3_000_000_000, "3.0 GB"), (2_000_000_000_000, "2.0 TB"),
        (4_000_000_000_000_000, "4000.0 TB"),
    ])
    func `bytes have the unit that suits them`(number: Int, text: String) {
        #expect(Formatting.bytes(number) == text)
    }

    @Test(arguments: [
        (0.0, "0 µs"), (12e-6, "12 µs"), (0.00124, "1.24 ms"), (0.5, "500.00 ms"), (1, "1.0 s"),
        (119, "119.0 s"), (120, "2.0 min"), (5_400, "90.0 min"),
    ])
    func `durations have the unit that suits them`(seconds: Double, text: String) {
        #expect(Formatting.duration(seconds) == text)
    }

    @Test(arguments: [
        (0.0009999, "1.00 ms"), (0.0009994, "999 µs"), (0.999999, "1.0 s"), (0.99994, "999.94 ms"),
    ])
    func `a duration is rounded before its unit is chosen`(seconds: Double, text: String) {
        #expect(Formatting.duration(seconds) == text)
    }

    @Test func `shares are percentages`() {
        #expect(Formatting.percent(0.975) == "97.50 %")
        #expect(Formatting.percent(1, places: 1) == "100.0 %")
        #expect(Formatting.percent(0, places: 0) == "0 %")
    }

    @Test func `differences carry their sign`() {
        #expect(Formatting.points(0.0123) == "+1.23")
        #expect(Formatting.points(-0.003) == "-0.30")
        #expect(Formatting.points(0) == "+0.00")
    }

    @Test func `decimals are rounded to their places`() {
        #expect(Formatting.decimal(2.0 / 3, places: 3) == "0.667")
        #expect(Formatting.decimal(-1.25, places: 0) == "-1")
    }
}
