import Compression
import Programs
import Training

/// How weights are written as products while a network trains, as `run.json` says it.
struct CompositionRecord: Codable, Equatable {
    var factors: Int
    var layout: String
    var initialization: String
    /// The weights that ``factors`` holds for; nil for all of them.
    var selection: LayerSelection?
    /// Other numbers of factors; nil for none.
    var rules: [FactorCounts.Rule]?
    /// How much of a weight's norm may be cut at once while it trains; nil where nothing is cut.
    var shrinkTolerance: Double?

    init(_ arguments: CompositionArguments) throws {
        let counts = try arguments.counts()
        factors = counts.standard
        layout = arguments.layout.rawValue
        initialization = arguments.initialization.rawValue
        selection = counts.selection == .all ? nil : counts.selection
        rules = counts.rules.isEmpty ? nil : counts.rules
        shrinkTolerance = arguments.tolerance
    }

    /// The numbers of factors.
    var counts: FactorCounts {
        FactorCounts(factors, for: selection ?? .all, rules: rules ?? [])
    }

    /// A Program with its weights as products.
    ///
    /// - Parameter seed: what factors are drawn from, where they do not begin balanced.
    ///
    /// - Throws: where no weight would be one.
    func compose(_ program: Program, seed: UInt64) throws -> Program {
        let composed = try Compose(
            counts, layout: Compose.Layout(rawValue: layout) ?? .compact,
            initialization: initialization == InitializationName.standard.rawValue
                ? .standard(seed: seed) : .balanced
        ).apply(to: program).program
        guard counts.isPlain || composed.marks[Compose.mark]?.isEmpty == false else {
            throw Failure(
                .usage,
                "none of the network's weights would be a product: \(counts.description) leaves all of them "
                    + "as they are")
        }
        return composed
    }

    /// What watches and changes the factors while they train.
    var hooks: [any TrainingHook] {
        [SpectrumLog()] + (shrinkTolerance.map { [Shrink(tolerance: $0)] } ?? [])
    }

    /// All of it in a line, as it is printed before a run starts.
    var summary: String {
        guard !counts.isPlain else { return "plain" }
        let shrinking = shrinkTolerance.map { ", shrinking within \($0)" } ?? ""
        return "\(counts.description), layout \(layout), init \(initialization)\(shrinking)"
    }
}
