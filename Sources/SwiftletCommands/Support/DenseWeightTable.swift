import OrderedCollections
import Programs
import Reports

extension TextTable {
    /// The weights that no rewrite factors, and why; nil where there are none.
    static func kept(dense weights: [DenseWeight]) -> TextTable? {
        guard !weights.isEmpty else { return nil }
        var table = TextTable(["kept dense": .left, "shape": .left, "why": .left])
        for weight in weights {
            table.add([
                weight.parameter, weight.shape.map(String.init).joined(separator: " × "),
                weight.reason,
            ])
        }
        return table
    }
}
