import OrderedCollections

/// Finds the weight sites of a Program, and why the other parameters are none.
struct WeightSearch {
    /// The sites in the order of their first use.
    let sites: [WeightSite]
    /// The other parameters of two or more dimensions.
    let dense: [DenseWeight]

    /// A node that reads a parameter, or a view of it, as matrices.
    private struct Found {
        let use: WeightUse
        let layout: MatrixLayout
    }

    /// Why a parameter is no site.
    private struct Reason: Error {
        let text: String
    }

    init(_ program: Program) {
        let context = WeightContext(program)
        let fused = FusedRows(program, readers: context.readers)
        var uses: OrderedDictionary<String, [Found]> = [:]
        for (index, node) in program.nodes.enumerated() {
            let readings = context.readings(of: node)
            let elements = readings.reduce(0) { $0 + $1.reading.count }
            for (form, reading) in readings {
                guard let origin = context.origin(of: reading.value),
                    program.tensors[origin.root.name]?.role == .parameter,
                    let layout = reading.layout(in: origin.view)
                else { continue }
                let use = WeightUse(
                    node: index, form: form, reading: reading, isTransposed: false,
                    elements: elements)
                uses[origin.root.name, default: []].append(Found(use: use, layout: layout))
            }
        }
        var reasons: [String: String] = [:]
        func sites(_ name: String, _ found: [Found]) -> [WeightSite] {
            do {
                try Self.checkReaders(of: name, found, context)
                return try Self.sites(of: name, found, context, fused)
            } catch {
                reasons[name] = (error as? Reason)?.text ?? "\(error)"
                return []
            }
        }
        self.sites = uses.flatMap { sites($0.key, $0.value) }
        dense = program.tensors.compactMap { name, stored in
            guard stored.role == .parameter, stored.type.sizes.count > 1 else { return nil }
            if uses[name] == nil { _ = sites(name, []) }
            return reasons[name].map {
                DenseWeight(parameter: name, shape: stored.shape, reason: $0)
            }
        }
    }

    // MARK: Readers

    /// Checks that every node that reads a parameter, through views too, reads it once and as matrices.
    private static func checkReaders(
        of name: String, _ found: [Found], _ context: WeightContext
    ) throws {
        guard let stored = context.program.tensors[name], stored.count > 0 else {
            throw Reason(text: "it has no elements")
        }
        var pending = [Value(name)]
        var isRead = false
        while let value = pending.popLast() {
            if context.outputs.contains(value) {
                throw Reason(text: "it is a result of the network itself")
            }
            for index in context.readers[value] ?? [] {
                let node = context.program.nodes[index]
                isRead = true
                let views = node.outputs.compactMap { $0 }.filter { result in
                    let origin = context.origin(of: result)
                    return origin?.root.name == name && origin?.passed.first == result
                }
                if views.count == node.outputs.count(where: { $0 != nil }), !views.isEmpty {
                    pending += views
                } else if !found.contains(where: {
                    $0.use.node == index && $0.use.reading.value == value
                }) {
                    throw Reason(text: reason(against: value, node, context))
                } else if node.inputs.count(where: { $0 == value }) > 1 {
                    throw Reason(text: "\(node.operation) reads it more than once")
                }
            }
        }
        if !isRead { throw Reason(text: "no node reads it") }
    }

    private static func reason(
        against value: Value, _ node: Node, _ context: WeightContext
    ) -> String {
        if let refusal = WeightForms.all.lazy.compactMap({
            $0.refusal(of: value, in: node, context)
        })
        .first {
            return refusal
        }
        return node.inputs.allSatisfy(context.isOfParametersAlone) && node.inputs.count > 1
            ? "\(node.operation) combines it with parameters alone: it is part of a weight"
            : "read by \(node.operation), which is no weight form"
    }

    // MARK: Sites

    private static func sites(
        of name: String, _ found: [Found], _ context: WeightContext, _ fused: FusedRows
    ) throws -> [WeightSite] {
        guard let stored = context.program.tensors[name], let first = found.first else { return [] }
        guard found.allSatisfy({ $0.layout.isWhole(of: stored.count) }) else {
            return try parts(of: name, found, stored.shape, context, fused)
        }
        return split(
            WeightSite(
                name, shape: stored.shape, layout: first.layout, uses: try agreeing(found)),
            context, fused)
    }

    /// The uses, where all of them read the matrices of the first, or those transposed.
    private static func agreeing(_ found: [Found]) throws -> [WeightUse] {
        try found.map { other in
            let use = other.use
            guard other.layout != found[0].layout else { return use }
            guard other.layout == found[0].layout.transposed else {
                let (one, two) = (found[0], other)
                throw Reason(
                    text: "read in two ways: as \(one.layout.matrices) by \(one.use.form.name) and "
                        + "as \(two.layout.matrices) by \(two.use.form.name)")
            }
            return WeightUse(
                node: use.node, form: use.form, reading: use.reading, isTransposed: true,
                elements: use.elements)
        }
    }

    /// The sites of a parameter whose uses read some of its rows each.
    private static func parts(
        of name: String, _ found: [Found], _ shape: [Int], _ context: WeightContext,
        _ fused: FusedRows
    ) throws -> [WeightSite] {
        let perRow = shape.dropFirst().reduce(1, *)
        var ranges: [Range<Int>: [Found]] = [:]
        for use in found {
            let layout = use.layout
            let (row, rest) = layout.offset.quotientAndRemainder(dividingBy: perRow)
            let (rows, over) = layout.matrices.count.quotientAndRemainder(dividingBy: perRow)
            guard rest == 0, over == 0, layout.fromStart.isWhole(of: layout.matrices.count) else {
                throw Reason(text: "\(use.use.form.name) reads a part that is not whole rows")
            }
            let part = Found(use: use.use, layout: layout.fromStart)
            ranges[row..<(row + rows), default: []].append(part)
        }
        let sorted = ranges.sorted {
            ($0.key.lowerBound, $0.key.upperBound) < ($1.key.lowerBound, $1.key.upperBound)
        }
        var end = 0
        return try sorted.flatMap { range, found -> [WeightSite] in
            guard range.lowerBound == end else {
                throw Reason(
                    text: "its rows \(min(end, range.lowerBound))..<\(max(end, range.lowerBound)) "
                        + (end < range.lowerBound ? "are not read" : "are read twice"))
            }
            end = range.upperBound
            if end == shape[0] || range != sorted.last?.key {
                let site = WeightSite(
                    name, part: (0, range), shape: [range.count] + shape.dropFirst(),
                    layout: found[0].layout, uses: try agreeing(found))
                return split(site, context, fused)
            }
            throw Reason(text: "its rows \(end)..<\(shape[0]) are not read")
        }
    }

    /// The matrices that a site holds, where its rows go different ways.
    private static func split(
        _ site: WeightSite, _ context: WeightContext, _ fused: FusedRows
    ) -> [WeightSite] {
        guard site.uses.count == 1, site.shape.count == 2, let row = site.layout.rows.first,
            site.layout.rows.count == 1, site.layout.blocks.isEmpty, site.partAxis == 0,
            site.form.putsRowsLast(site.uses[0].reading),
            let runs = fused.runs(
                of: context.program.nodes[site.nodes[0]], rows: site.matrices.rows)
        else { return [site] }
        let axis = row.stride == 1 && site.shape[1] == row.size ? 1 : 0
        guard axis == 0 || site.part == nil else { return [site] }
        let start = site.part?.lowerBound ?? 0
        return runs.map { run in
            var shape = site.shape
            shape[axis] = run.count
            return WeightSite(
                site.parameter,
                part: (axis, (start + run.lowerBound)..<(start + run.upperBound)), shape: shape,
                layout: MatrixLayout(sizes: shape, rows: [axis], columns: [1 - axis]),
                uses: site.uses)
        }
    }
}
