extension Program {
    /// The weights that the Program holds as products of stored factors; no parameter is in two of them.
    ///
    /// They are the products that stand before an operator, and linear layers or convolutions that follow each other with
    /// nothing between: no bias, no activation, no other reader. Of these the network depends on the product alone. All that
    /// matters is how the nodes lie, whatever wrote the file.
    public var factorChains: [FactorChain] {
        let context = WeightContext(self)
        let standing = nodes.flatMap { node in
            context.readings(of: node).compactMap { FactorChain(of: $0.reading, in: context) }
        }.filter { chain in chain.factors.allSatisfy { context.readers[$0.value]?.count == 1 } }
        return standing + successiveLayers(context)
    }

    /// Layers of which each reads nothing but the result of the one before.
    private func successiveLayers(_ context: WeightContext) -> [FactorChain] {
        let sites = weightSites.filter {
            $0.part == nil && $0.uses.count == 1 && !$0.isStored && !$0.uses[0].isTransposed
                && context.readers[Value($0.parameter)]?.count == 1
        }
        let byNode = Dictionary(grouping: sites) { $0.uses[0].node }.compactMapValues {
            $0.count == 1 ? $0[0] : nil
        }
        var next: [Int: WeightSite] = [:]
        for (index, site) in byNode {
            guard let reader = onlyReader(of: nodes[index], context), let other = byNode[reader],
                follows(other, site)
            else { continue }
            next[index] = other
        }
        let followers = Set(next.values.map { $0.uses[0].node })
        let chains = next.keys.filter { !followers.contains($0) }.sorted().compactMap { start in
            var chain: [WeightSite] = []
            var current = byNode[start]
            while let site = current {
                chain.append(site)
                current = next[site.uses[0].node]
            }
            return FactorChain(
                chain.map {
                    FactorChain.Factor(
                        Value($0.parameter),
                        stored: FactorStorage(shape: $0.shape, layout: $0.layout))
                })
        }
        let taken = followers.union(next.keys)
        return chains + splitKernels(byNode.filter { !taken.contains($0.key) }, context)
    }

    /// Pairs of convolutions of which each has the kernel of axes that the other has not.
    private func splitKernels(
        _ byNode: [Int: WeightSite], _ context: WeightContext
    ) -> [FactorChain] {
        var taken: Set<Int> = []
        return byNode.keys.sorted().compactMap { index in
            guard let site = byNode[index], !taken.contains(index),
                let reader = onlyReader(of: nodes[index], context), let other = byNode[reader],
                let last = try? other.cut(by: .inputChannel),
                isSplitKernel(site, other), !taken.contains(reader)
            else { return nil }
            taken.insert(reader)
            return FactorChain(
                [site, last].map {
                    FactorChain.Factor(
                        Value($0.parameter),
                        stored: FactorStorage(shape: $0.shape, layout: $0.layout))
                })
        }
    }

    /// Whether two convolutions, one after the other, are one whose kernel is the product of theirs.
    private func isSplitKernel(_ before: WeightSite, _ site: WeightSite) -> Bool {
        let (node, source) = (nodes[site.uses[0].node], nodes[before.uses[0].node])
        guard site.form is ConvolutionForm, before.form is ConvolutionForm,
            let value = source.output, site.form.inputs(of: node) == [value],
            before.form.separatingBias(of: source).bias == nil,
            before.matrices.blocks == site.matrices.blocks,
            before.matrices.rows == site.uses[0].reading.sizes[2]
        else { return false }
        let kernels = [before, site].map { $0.uses[0].reading.sizes.dropFirst(3) }
        return zip(kernels[0], kernels[1]).allSatisfy { $0 == 1 || $1 == 1 }
    }

    /// The one node that reads what a node computes; nil where others do too, or the caller.
    private func onlyReader(of node: Node, _ context: WeightContext) -> Int? {
        guard let output = node.output, !context.outputs.contains(output),
            let readers = context.readers[output], readers.count == 1
        else { return nil }
        return readers[0]
    }

    /// Whether a layer multiplies the result of another at each position by itself.
    private func follows(_ site: WeightSite, _ before: WeightSite) -> Bool {
        let (node, source) = (nodes[site.uses[0].node], nodes[before.uses[0].node])
        let reading = site.uses[0].reading
        guard let value = source.output, site.form.inputs(of: node).contains(value),
            before.form.separatingBias(of: source).bias == nil,
            before.matrices.rows == site.matrices.columns,
            before.matrices.blocks == site.matrices.blocks
        else { return false }
        if site.form is ConvolutionForm {
            return before.form is any KernelForm
                && reading.sizes.dropFirst(3).allSatisfy { $0 == 1 }
        }
        // Both have their vectors in the last dimension.
        let hasRowsLast =
            before.form is EmbeddingForm || before.form.putsRowsLast(before.uses[0].reading)
        return (site.form is LinearForm || site.form is MatrixProductForm)
            && site.form.putsRowsLast(reading) && site.matrices.blocks == 1 && hasRowsLast
    }
}
