import OrderedCollections
public import Programs

/// A weight decay for the parameters that a pattern names, in text `PATTERN=X`.
public struct DecayRule: Hashable, Sendable, Codable {
    /// The parameters; a weight's name stands for all its factors.
    public let pattern: LayerPattern
    /// Their weight decay, 0 or more.
    public let weightDecay: Double

    /// Reads `PATTERN=X`.
    ///
    /// - Throws: where it has another form, or X is no decay.
    public init(parsing text: String) throws {
        guard let sign = text.lastIndex(of: "="), let number = Double(text[sign...].dropFirst()),
            number >= 0, number.isFinite
        else {
            throw TrainingError(
                .unusable,
                "\(text) is not of the form PATTERN=X with X 0 or more, such as head=1e-4")
        }
        pattern = try LayerPattern(parsing: String(text[..<sign]))
        weightDecay = number
    }
}

extension TrainingOptions {
    /// The parameters of a Program by their weight decay after warm-up.
    ///
    /// Weights and factors decay; norms and biases, of one dimension, only where asked; and what ``decayRules`` name as
    /// these say.
    ///
    /// - Parameters:
    ///   - program: what is trained.
    ///   - apart: the parameters whose decay something else sees to.
    /// - Throws: where a rule names no parameter.
    public func groups(
        of program: Program, apart: Set<String> = []
    ) throws -> [ParameterGroup] {
        var decays: [String: Double] = [:]
        for name in program.parameterNames {
            let isWeight = (program.tensors[name]?.shape.count ?? 0) > 1
            decays[name] = decaysNorms || isWeight ? weightDecay : 0
        }
        if !decayRules.isEmpty {
            let names = LayerNames(program)
            for rule in decayRules {
                for name in try names.parameters(rule.pattern) { decays[name] = rule.weightDecay }
            }
        }
        for name in apart { decays[name] = 0 }
        return Set(decays.values).sorted(by: >).map { decay in
            ParameterGroup(
                names: program.parameterNames.filter { decays[$0] == decay }, weightDecay: decay)
        }
    }
}
