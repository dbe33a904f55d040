import Tensors

/// Inputs and labels as a file gives them, checked, before they are split.
struct Part {
    /// `[count]` + the shape of an example.
    let inputs: Tensor
    /// What a network's further inputs take, as many.
    var others: [Tensor] = []
    /// One label for each example, each 0 ..< classes; nil where there are none.
    let labels: [Int]?

    var count: Int { inputs.shape[0] }

    /// The labels, or one class for all where there are none.
    var strata: [Int] { labels ?? [Int](repeating: 0, count: count) }

    /// The part at `positions`, in their order.
    func selecting(_ positions: [Int]) throws -> Part {
        Part(
            inputs: try inputs.selecting(Tensor(positions)),
            others: try others.map { try $0.selecting(Tensor(positions)) },
            labels: labels.map { labels in positions.map { labels[$0] } })
    }

    func examples(_ preprocessing: Preprocessing) -> Examples {
        Examples(
            inputs: inputs, others: others, labels: labels.map { Tensor($0) },
            preprocessing: preprocessing)
    }
}

/// The parts that a file has, as far as it is split already.
enum GivenParts {
    case whole(Part)
    case split(training: Part, validation: Part?, test: Part)

    var all: [Part] {
        switch self {
        case .whole(let part): [part]
        case .split(let training, let validation, let test):
            [training, validation, test].compactMap { $0 }
        }
    }
}
