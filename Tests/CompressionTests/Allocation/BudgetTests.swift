import Compression
import Testing

@Suite struct BudgetTests {
    @Test(arguments: [
        "rank:1", "rank:784", "energy:0.99", "energy:1.0", "parameters:0.05", "parameters:1.0",
        "macs:0.5", "bytes:4000000", "latency:3.0ms", "latency:0.25ms", "drop:1.0",
    ])
    func `the text form reads back`(text: String) throws {
        #expect(try Budget(text).description == text)
    }

    @Test func `each form means what it says`() throws {
        #expect(try Budget("rank:12") == .rank(12))
        #expect(try Budget("energy:0.5") == .energy(0.5))
        #expect(try Budget("parameters:1e-2") == .parameters(0.01))
        #expect(try Budget("macs:0.25") == .macs(0.25))
        for (text, bytes) in [
            ("4MB", 4_000_000), ("4MiB", 4_194_304), ("1.5kB", 1_500), ("2KiB", 2_048),
            ("1GB", 1_000_000_000), ("1GiB", 1_073_741_824), ("77", 77), ("77B", 77),
        ] {
            #expect(try Budget("bytes:\(text)") == .bytes(bytes))
        }
        for text in ["3ms", "0.003s", "3000us", "3000µs"] {
            #expect(try Budget("latency:\(text)").description == "latency:3.0ms")
        }
        #expect(try Budget("drop:0") == .drop(0) && Budget("drop:1.5") == .drop(1.5))
    }

    @Test(arguments: [
        "", "rank", "rank:", "rank:0", "rank:-1", "rank:1.5", "rank:x", "rank:99999999999999999999",
        "energy:0", "energy:1.01", "energy:nan", "energy:-0.5", "parameters:0", "parameters:2",
        "parameters:inf", "parameters:10%", ":0.5", "0.1", "Rank:3", "rank:3:4",
        "macs:0", "macs:1.1", "bytes:", "bytes:0", "bytes:-4MB", "bytes:4mb", "bytes:MB",
        "bytes:nan",
        "bytes:1e300", "bytes:inf", "latency:3", "latency:0ms", "latency:-1ms", "latency:infs",
        "latency:3min", "drop:-1", "drop:101", "drop:x", "drop:nan",
    ])
    func `anything else is refused`(text: String) {
        expectError(
            .text,
            "\(text) is not a budget: write rank:R with R from 1; energy:E, parameters:F or macs:F "
                + "with 0 < E, F <= 1; bytes:4MB; latency:3ms; or drop:P with P points of accuracy"
        ) { _ = try Budget(text) }
    }
}
