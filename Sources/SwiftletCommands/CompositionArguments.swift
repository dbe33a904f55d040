import ArgumentParser
import Compression
import Programs

/// What `train` takes about the factors of weights.
struct CompositionArguments: ParsableArguments {
    @Option(
        help: "How many factors each weight is a product of while it trains, 1 to 6; 1 is plain.")
    var factors = 1

    @Option(
        help: ArgumentHelp(
            "Another number of factors for the layers that a pattern names; repeatable.",
            discussion: "A pattern is a name with * and ?, /a regular expression/, or kind:linear "
                + "and the like.", valueName: "PATTERN=N"))
    var factorsFor: [String] = []

    @Option(
        help: ArgumentHelp(
            "Compose only the layers that a pattern names; repeatable.", valueName: "pattern"))
    var composeOnly: [String] = []

    @Option(
        help: ArgumentHelp(
            "Leave the layers that a pattern names as they are; repeatable.", valueName: "pattern"))
    var composeExcept: [String] = []

    @Option(
        help: "Where square factors stand: compact (the smaller side) or paper (the input side).")
    var layout: Compose.Layout = .compact

    @Option(name: .customLong("init"), help: "How factors begin: balanced or standard.")
    var initialization: InitializationName = .balanced

    @Flag(help: "Cut directions that have died from the factors while training goes on.")
    var shrink = false

    @Option(help: "How much of a weight's norm may be cut at once, with --shrink.")
    var shrinkTolerance: Double?

    func validate() throws {
        guard FactorCounts.range.contains(factors) else {
            throw ValidationError("--factors is from 1 to 6")
        }
        let isPlain = try counts().isPlain
        let selects = !composeOnly.isEmpty || !composeExcept.isEmpty
        guard !selects || factors > 1 else {
            throw ValidationError(
                "--compose-only and --compose-except choose among the weights of --factors; "
                    + "say --factors 2 or more")
        }
        guard !isPlain || hasStandardForm else {
            throw ValidationError("--layout and --init are of factors; say --factors 2 or more")
        }
        guard !shrink || !isPlain else {
            throw ValidationError("--shrink cuts factors; say --factors 2 or more")
        }
        guard shrinkTolerance.map({ (0..<1).contains($0) }) ?? true else {
            throw ValidationError("--shrink-tolerance is from 0 to below 1")
        }
        guard shrink || shrinkTolerance == nil else {
            throw ValidationError("--shrink-tolerance goes with --shrink")
        }
    }

    /// How much of a weight's norm may be cut at once; nil where nothing is cut.
    var tolerance: Double? { shrink ? shrinkTolerance ?? Shrink().tolerance : nil }

    /// The same as counts.
    func counts() throws -> FactorCounts {
        FactorCounts(
            factors,
            for: LayerSelection(
                only: try parsed("--compose-only", composeOnly, LayerPattern.init(parsing:)),
                except: try parsed("--compose-except", composeExcept, LayerPattern.init(parsing:))),
            rules: try parsed("--factors-for", factorsFor, FactorCounts.Rule.init(parsing:)))
    }

    /// Whether factors lie and begin as they do where nothing is said.
    private var hasStandardForm: Bool { layout == .compact && initialization == .balanced }

    /// Whether nothing is said.
    var isStandard: Bool {
        factors == 1 && factorsFor.isEmpty && composeOnly.isEmpty && composeExcept.isEmpty
            && !shrink && shrinkTolerance == nil && hasStandardForm
    }
}
