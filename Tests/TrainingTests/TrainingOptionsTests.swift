import Datasets
import Foundation
import Programs
import Testing
import Training

@Suite struct TrainingOptionsTests {
    private func json(_ options: TrainingOptions) throws -> [String: Any] {
        let data = try JSONEncoder().encode(options)
        return try #require(try JSONSerialization.jsonObject(with: data) as? [String: Any])
    }

    private func decoded(_ json: [String: Any]) throws -> TrainingOptions {
        let data = try JSONSerialization.data(withJSONObject: json)
        return try JSONDecoder().decode(TrainingOptions.self, from: data)
    }

    /// Options none of which is as it stands where nothing is said.
    private func unusual() throws -> TrainingOptions {
        var options = TrainingOptions()
        options.optimizer = .adamw
        options.learningRate = 0.25
        options.momentum = 0.5
        options.weightDecay = 0.125
        options.decaysNorms = true
        options.decayRules = [try DecayRule(parsing: "kind:linear=0.5")]
        options.decayWarmUpEpochs = 0.5
        options.schedule = .plateau
        options.patience = 4
        options.warmUpEpochs = 1.5
        options.epochs = 7
        options.batchSize = 9
        options.labelSmoothing = 0.0625
        options.largestGradientNorm = 3
        options.keepsBest = true
        options.augmentation = .standard
        options.seed = .max
        options.productChoice = .measured
        return options
    }

    /// What older files lack.
    private static let younger = [
        "augmentation", "patience", "decayRules", "decayWarmUpEpochs", "productChoice",
    ]

    @Test func `options come back from JSON as they were`() throws {
        let unusual = try unusual()
        let data = try JSONEncoder().encode(unusual)
        #expect(try JSONDecoder().decode(TrainingOptions.self, from: data) == unusual)
        let plain = TrainingOptions()
        #expect(try decoded(json(plain)) == plain)
        #expect(try json(unusual)["augmentation"] as? String == "standard")
        // None is missed above: each differs from what stands where nothing is said.
        let (one, other) = (try json(plain), try json(unusual))
        for (key, value) in one { #expect(other[key] as? NSObject != value as? NSObject, "\(key)") }
    }

    @Test func `what older files lack is as it was then`() throws {
        var old = try json(unusual())
        for key in Self.younger { old[key] = nil }
        var expected = try unusual()
        expected.decayRules = []
        expected.decayWarmUpEpochs = 0
        expected.productChoice = .modelled
        expected.augmentation = .none
        expected.patience = 10
        #expect(try decoded(old) == expected)
    }

    @Test func `anything else that lacks is an error`() throws {
        let whole = try json(TrainingOptions())
        for key in whole.keys where !Self.younger.contains(key) {
            var cut = whole
            cut[key] = nil
            #expect(throws: DecodingError.self, "\(key)") { try decoded(cut) }
        }
        var odd = whole
        odd["augmentation"] = "rotate"
        #expect(throws: DecodingError.self) { try decoded(odd) }
    }
}
