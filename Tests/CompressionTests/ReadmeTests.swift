import Compression
import Datasets
import Foundation
import Interchange
import Models
import Programs
import Testing
import Training

@Suite struct ReadmeTests {
    private static let root = URL(fileURLWithPath: #filePath)
        .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    @Test func `the example in README does what it says`() throws {
        let folder = FileManager.default.temporaryDirectory.path + "/\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: folder) }
        let path = folder + "/small.pt2"
        var options = TrainingOptions()
        options.epochs = 3
        options.batchSize = 32
        options.weightDecay = 5e-3
        // README begins
        let digits = try Datasets.load("digits")
        let network = try fullyConnected(layers: 4, width: 256, classes: 10, input: [1, 8, 8])
            .initialized(seed: 0)
        let composed = try Compose(factors: 3).apply(to: network).program
        let run = try Trainer(options).fit(
            composed, on: digits.training, validating: digits.validation)
        let merged = try Merge().apply(to: run.program).program
        let profile = try Profile(of: merged, on: digits.training.prefix(2_048))
        let plan = try Plan(for: merged, keeping: .parameters(0.1), by: .whitened, from: profile)
        let small = try Truncate(plan).apply(to: merged).program
        let file = try small.write(to: path)
        print(try Verdict(comparing: merged, with: file, on: digits.test))
        // README ends
        #expect(file.program.cost.parameters <= merged.cost.parameters / 10)
        #expect(run.history.count == 3)
    }

    @Test func `README shows the example that was run`() throws {
        let source = try String(contentsOfFile: #filePath, encoding: .utf8)
        let readme = try String(
            contentsOf: Self.root.appendingPathComponent("README.md"), encoding: .utf8)
        let begin = try #require(source.range(of: "// README begins\n"))
        let end = try #require(source.range(of: "        // README ends"))
        let lines = source[begin.upperBound..<end.lowerBound]
            .split(separator: "\n", omittingEmptySubsequences: false)
        let example = lines.map { $0.hasPrefix("        ") ? String($0.dropFirst(8)) : String($0) }
        #expect(readme.contains(example.joined(separator: "\n")))
    }
}
