import Compression
import Testing

@Suite struct BudgetTests {
    @Test(arguments: [
        "rank:1", "rank:784", "energy:0.99", "energy:1.0", "parameters:0.05", "parameters:1.0",
    ])
    func `the text form reads back`(text: String) throws {
        #expect(try Budget(text).description == text)
    }

    @Test func `each form means what it says`() throws {
        #expect(try Budget("rank:12") == .rank(12))
        #expect(try Budget("energy:0.5") == .energy(0.5))
        #expect(try Budget("parameters:1e-2") == .parameters(0.01))
    }

    @Test(arguments: [
        "", "rank", "rank:", "rank:0", "rank:-1", "rank:1.5", "rank:x", "rank:99999999999999999999",
        "energy:0", "energy:1.01", "energy:nan", "energy:-0.5", "parameters:0", "parameters:2",
        "parameters:inf", "parameters:10%", "bytes:4MB", ":0.5", "0.1", "Rank:3", "rank:3:4",
    ])
    func `anything else is refused`(text: String) {
        expectError(
            .text,
            "\(text) is not a budget: write rank:R with R from 1, energy:E or parameters:F with "
                + "0 < E, F <= 1"
        ) { _ = try Budget(text) }
    }
}
