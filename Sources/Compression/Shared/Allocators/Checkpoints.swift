import OrderedCollections
import Programs
import Tensors

/// Values of a network that are all that the rest of it needs, so that a run may begin there.
///
/// Where only late layers change, the first part of a network gives what it gave before.
struct Checkpoints: Sendable {
    /// One of them.
    struct Place: Sendable {
        let value: Value
        /// Runs the rest.
        let runner: Runner
        /// The layers that are in the rest alone, as positions.
        let layers: Set<Int>
    }

    /// How many are kept at most.
    private static let limit = 16

    /// From the first to the last.
    let places: [Place]

    init(_ program: Program, _ spectra: Spectra) throws {
        guard let result = program.results.first else {
            places = []
            return
        }
        var found: [Place] = []
        var seen: Set<Value> = []
        for layer in spectra.layers.dropFirst() {
            let site = layer.site
            let inputs = site.form.inputs(of: program.nodes[site.nodes[0]])
            guard let value = inputs.first(where: { $0 != site.uses[0].reading.value }),
                seen.insert(value).inserted, program.producers[value] != nil,
                let rest = try program.isolated(from: value, to: result)
            else { continue }
            let nodes = Set(rest.nodes.compactMap(\.output))
            let layers = spectra.layers.indices.filter { index in
                spectra.layers[index].site.nodes.allSatisfy { node in
                    program.nodes[node].output.map(nodes.contains) ?? false
                }
            }
            found.append(Place(value: value, runner: try Runner(rest), layers: Set(layers)))
        }
        let step = max(1, (found.count + Self.limit - 1) / Self.limit)
        places = stride(from: step - 1, to: found.count, by: step).map { found[$0] }
    }

    /// The last place before all of some layers.
    func last(before layers: some Collection<Int>) -> Int? {
        places.lastIndex { $0.layers.isSuperset(of: layers) }
    }
}
