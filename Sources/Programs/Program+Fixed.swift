extension Program {
    /// What the export has fixed, so that nobody trains or runs what cannot be: one sentence each.
    public var fixedByExport: [String] {
        fixedArguments + fixedSizes + randomCalls + fixedModes
    }

    private var fixedArguments: [String] {
        (interface?.inputs ?? []).compactMap { leaf in
            guard case .fixed(let argument, let name) = leaf, argument != .none else { return nil }
            return "the argument \(name ?? "without a name") is always \(argument)"
        }
    }

    private var fixedSizes: [String] {
        inputs.compactMap { input in
            guard let type = type(of: input)?.tensor, let first = type.sizes.first?.fixed,
                type.sizes.count > 1
            else { return nil }
            return "the first size of the input \(input), \(type), is always \(first); export with "
                + "dynamic_shapes to free it"
        }
    }

    /// Calls that draw in every run, as stochastic depth leaves them.
    private var randomCalls: [String] {
        let drawing = nodes.filter { node in
            guard node.operation.library == "aten" else { return false }
            switch node.operation.name {
            case "rand", "rand_like", "randn", "randn_like", "randint", "randint_like", "bernoulli",
                "randperm", "normal", "uniform":
                return true
            default: return false
            }
        }
        guard let first = drawing.first else { return [] }
        return [
            "\(drawing.count) calls draw random numbers in every run, first at \(first.place); they "
                + "neither infer nor train as the model did"
        ]
    }

    private var fixedModes: [String] {
        var sentences: [String] = []
        let names = Set(nodes.filter { $0.operation.library == "aten" }.map(\.operation.name))
        let isDecomposed =
            names.contains("convolution") || names.contains("_native_batch_norm_legit_no_training")
            || names.contains("native_layer_norm") && !names.contains("layer_norm")
        if isDecomposed {
            sentences.append(
                "it was exported for inference and decomposed: dropout is gone, and training goes on "
                    + "without it")
        }
        let isOff = nodes.contains { node in
            node.operation.name == "scaled_dot_product_attention" && node["dropout_p"] == nil
        }
        if isOff && !isDecomposed {
            sentences.append(
                "dropout inside attention is gone where the model inferred when exported")
        }
        return sentences
    }
}
