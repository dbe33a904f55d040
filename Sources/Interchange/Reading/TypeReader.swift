import FileFormats
import OrderedCollections
import Programs
import Tensors

/// Names the free dimensions of a `.pt2` archive and reads types.
struct TypeReader {
    private let file: String
    private let ranges: [String: ExportedProgram.RangeConstraint]
    private let unknown: [String: ArchiveNotes.Axes]
    private let names: [String: String]
    /// Symbols that the export found to be others, by symbol.
    private let equal: [String: String]

    init(_ exported: ExportedProgram, _ notes: ArchiveNotes, file: String) {
        self.file = file
        ranges = exported.rangeConstraints
        equal = Self.equalSymbols(of: exported)
        unknown = notes.unknown ?? [:]
        var names = notes.dimensions
        // A file of others numbers its free dimensions: the first axis of the first input that has a free one is the batch.
        if names.isEmpty, let batch = Self.batch(of: exported) {
            names[equal[batch] ?? batch] = "batch"
        }
        self.names = names
    }

    private static func batch(of exported: ExportedProgram) -> String? {
        let graph = exported.graphModule.graph
        for case .user(.tensor(let reference)) in exported.graphModule.signature.inputs {
            guard let size = graph.tensorValues[reference.name]?.sizes.first,
                let affine = try? size.size(file: "").affine,
                exported.rangeConstraints[affine.symbol] != nil
            else { continue }
            return affine.symbol
        }
        return nil
    }

    /// The symbols that a guard says are equal to another: `L['mask'].size()[1] == L['tokens'].size()[1]`.
    private static func equalSymbols(of exported: ExportedProgram) -> [String: String] {
        let values = exported.graphModule.graph.tensorValues
        func symbol(_ name: Substring, _ axis: Substring) -> String? {
            guard let sizes = values[String(name)]?.sizes, let axis = Int(axis),
                sizes.indices.contains(axis),
                case .symbol(let symbol)? = try? sizes[axis].size(file: "")
            else { return nil }
            return symbol
        }
        let form = /L\['(\w+)'\]\.size\(\)\[(\d+)\] == L\['(\w+)'\]\.size\(\)\[(\d+)\]/
        var equal: [String: String] = [:]
        for guardText in exported.guards {
            guard let match = guardText.wholeMatch(of: form)?.output,
                let left = symbol(match.1, match.2), let right = symbol(match.3, match.4)
            else { continue }
            let (old, new) = (equal[left] ?? left, equal[right] ?? right)
            guard old != new else { continue }
            equal = equal.mapValues { $0 == old ? new : $0 }
            equal[old] = new
        }
        return equal
    }

    /// The free dimensions with their ranges.
    func dimensions() throws -> OrderedDictionary<String, ClosedRange<Int>> {
        var dimensions: OrderedDictionary<String, ClosedRange<Int>> = [:]
        for symbol in ranges.keys.sorted() where equal[symbol] == nil {
            let same = ranges.filter { $0.key == symbol || equal[$0.key] == symbol }.values
            let low = same.compactMap(\.minimum).max() ?? 0
            let high = same.compactMap(\.maximum).min() ?? Int.max
            guard low <= high else {
                throw FileFormatError(
                    .malformed, file: file,
                    "the range of \(symbol) is empty; export the model again")
            }
            guard dimensions.updateValue(low...high, forKey: dimension(symbol)) == nil else {
                throw FileFormatError(
                    .malformed, file: file,
                    "\(ArchiveNotes.record) gives one name to two dimensions; fetch the file again")
            }
        }
        return dimensions
    }

    /// What the free dimensions of the inputs were in the example of the export.
    func exampleSizes(of exported: ExportedProgram) -> [String: Int] {
        var found: [String: Int] = [:]
        for case .user(.tensor(let reference)) in exported.graphModule.signature.inputs {
            for size in exported.graphModule.graph.tensorValues[reference.name]?.sizes ?? [] {
                guard case .expression(let expression) = size,
                    case .int(let hint)? = expression.hint, hint >= 2,
                    case .symbol(let symbol)? = try? size.size(file: file)
                else { continue }
                found[dimension(symbol)] = found[dimension(symbol)] ?? hint
            }
        }
        return found
    }

    private func dimension(_ symbol: String) -> String {
        let symbol = equal[symbol] ?? symbol
        return names[symbol] ?? symbol
    }

    /// The type of a tensor that the archive knows as `name`.
    func type(_ meta: ExportedProgram.TensorMeta, _ name: String) throws -> TensorType {
        guard let scalarType = ScalarType(meta.scalarType) else {
            throw FileFormatError(
                .unsupported, file: file,
                "\(name) has the type \(meta.scalarType), which is not supported; "
                    + "convert it to another")
        }
        func sizes(_ sizes: [ExportedProgram.SymbolicInt], unknown: [Int]?) throws -> [Size] {
            try sizes.enumerated().map { axis, size in
                unknown?.contains(axis) ?? false ? .unknown : try self.size(size)
            }
        }
        let unknown = unknown[name]
        return TensorType(
            scalarType, sizes: try sizes(meta.sizes, unknown: unknown?.sizes),
            strides: try sizes(meta.strides, unknown: unknown?.strides))
    }

    /// A size as the archive states it.
    func size(_ size: ExportedProgram.SymbolicInt) throws -> Size {
        switch size {
        case .int(let number): return .fixed(number)
        case .expression:
            let tree = try size.size(file: file)
            guard let affine = tree.affine else {
                return tree.constant.map(Size.fixed) ?? .expression(tree.mapSymbols(dimension))
            }
            return .affine(
                scale: affine.coefficient, dimension: dimension(affine.symbol),
                offset: affine.offset)
        }
    }
}
