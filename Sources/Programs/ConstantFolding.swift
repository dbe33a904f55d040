import OrderedCollections
public import Tensors

extension Program {
    /// The Program with chosen values computed now and stored as parameters.
    ///
    /// - Parameters:
    ///   - values: values that depend on stored tensors alone.
    ///   - names: the parameters' names, where they are not the values' own.
    ///   - precision: the type to compute in; the results have their declared types.
    /// - Throws: where a value depends on an input, or an operator fails.
    public func folding(
        _ values: [Value], naming names: [Value: String] = [:],
        in precision: ScalarType = .float64
    ) throws -> Program {
        let producers = self.producers
        var needed = Set<Int>()
        var pending = values
        while let value = pending.popLast() {
            guard let index = producers[value] else {
                guard tensors[value.name] != nil else {
                    throw ProgramError(
                        .invalid, "\(value) cannot be folded: it depends on the input of a run")
                }
                continue
            }
            if needed.insert(index).inserted { pending += nodes[index].inputs }
        }
        var computed: [Value: Tensor] = [:]
        for index in needed.sorted() {
            try withoutGradients { try compute(nodes[index], &computed, precision) }
        }
        var program = self
        for index in program.nodes.indices {
            let outputs = program.nodes[index].outputs
            program.nodes[index].outputs = outputs.map { output in
                output.flatMap { values.contains($0) ? nil : $0 }
            }
        }
        for value in values {
            guard let tensor = computed[value], let type = type(of: value)?.tensor else { continue }
            program.types[value] = nil
            let exact = try tensor.converted(to: type.scalarType).contiguous()
            let name = names[value] ?? value.name
            // The parameter stands where the first of those stood that it is made of.
            let place = sources(of: value).first.flatMap { program.tensors.index(forKey: $0) }
            program.tensors.updateValue(
                StoredTensor(.parameter, exact), forKey: name,
                insertingAt: place ?? program.tensors.count)
        }
        program.nodes = program.nodes.map { node in
            node.mapInputs { value in names[value].map { Value($0) } ?? value }
        }
        program.marks = marks.mapValues { $0.filter { !values.contains($0) } }
            .filter { !$0.value.isEmpty }
        return program.withoutUnused()
    }

    /// The stored tensors that a value is computed from, in the Program's order.
    public func sources(of value: Value) -> [String] {
        let producers = self.producers
        var pending = [value]
        var seen: Set<Value> = [value]
        var found: Set<String> = []
        while let value = pending.popLast() {
            if tensors[value.name] != nil { found.insert(value.name) }
            guard let index = producers[value] else { continue }
            pending += nodes[index].inputs.filter { seen.insert($0).inserted }
        }
        return tensors.keys.filter(found.contains)
    }

    /// The values that depend on parameters alone, and are read together with others.
    public var valuesOfParametersAlone: [Value] {
        var constant = Set(tensors.filter { $0.value.role == .parameter }.keys.map { Value($0) })
        var computed: [Value] = []
        for node in nodes where !node.inputs.isEmpty && node.inputs.allSatisfy(constant.contains) {
            let results = node.outputs.compactMap { $0 }
            constant.formUnion(results)
            computed += results
        }
        let readers = self.readers
        let outputs = Set(self.outputs.map(\.value))
        return computed.filter { value in
            outputs.contains(value)
                || (readers[value] ?? []).contains {
                    !nodes[$0].inputs.allSatisfy(constant.contains)
                }
        }
    }

    private func compute(
        _ node: Node, _ computed: inout [Value: Tensor], _ precision: ScalarType
    ) throws {
        var numbers: [Value: Int] = [:]
        var registers: [Operand?] = []
        for value in node.inputs where numbers[value] == nil {
            numbers[value] = registers.count
            let tensor = try computed[value] ?? self.tensor(value.name)
            let wide =
                tensor.scalarType.isFloatingPoint ? try tensor.converted(to: precision) : tensor
            registers.append(.tensor(wide))
        }
        let call = try Call(node) { numbers[$0] ?? 0 }
        do {
            let results = try call.results(call.operands(registers))
            for case (let value?, let result) in zip(node.outputs, results) {
                computed[value] = result.tensor
            }
        } catch {
            throw ProgramError(.execution, "\(error.description), in the node \(node)")
        }
    }
}
