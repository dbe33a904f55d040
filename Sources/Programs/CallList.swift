import OrderedCollections
import Tensors

/// A Program's calls with numbered registers in place of names.
struct CallList: Sendable {
    /// One call, with what is read for the last time by it.
    struct Step: Sendable {
        let node: Node
        let call: Call
        let writes: [Int?]
        var lastReads: [Int]
        /// The position of the argument that takes the run's generator.
        let generatorSlot: Int?
        /// Whether a derivative is expected at all.
        let differentiable: Bool
    }

    let registers: [Value: Int]
    let stored: [(name: String, register: Int)]
    let results: [Int]
    let buffers: [(name: String, register: Int)]
    let steps: [Step]
    var registerCount: Int { registers.count }

    init(_ program: Program) throws {
        try self.init(program, draws: [:])
    }

    init(_ form: TrainingForm) throws {
        try self.init(form.program, draws: form.draws)
    }

    private init(_ program: Program, draws: [Value: String]) throws {
        var registers: [Value: Int] = [:]
        func number(_ value: Value) -> Int {
            let next = registers.count
            return registers[value]
                ?? {
                    registers[value] = next
                    return next
                }()
        }
        for input in program.inputs { _ = number(input) }
        var steps: [Step] = []
        for node in program.nodes {
            let call = try Call(node) { number($0) }
            let draw = node.output.flatMap { draws[$0] }
            steps.append(
                Step(
                    node: node, call: call, writes: node.outputs.map { $0.map(number) },
                    lastReads: [],
                    generatorSlot: draw.flatMap { call.callee.argumentNames.firstIndex(of: $0) },
                    differentiable: !node.operation.name.hasPrefix("detach")
                        && !node.operation.name.hasPrefix("bernoulli")))
        }
        var kept = Set<Int>()
        var results: [Int] = []
        var buffers: [(String, Int)] = []
        for output in program.outputs {
            switch output {
            case .result(let value): results.append(number(value))
            case .buffer(let name, let value): buffers.append((name, number(value)))
            }
            kept.insert(number(output.value))
        }
        Self.markLastReads(&steps, kept: kept)
        self.registers = registers
        stored = program.tensors.keys.compactMap { name in
            registers[Value(name)].map { (name, $0) }
        }
        self.results = results
        self.buffers = buffers
        self.steps = steps
    }

    private static func markLastReads(_ steps: inout [Step], kept: Set<Int>) {
        var seen = kept
        for index in steps.indices.reversed() {
            let step = steps[index]
            let touched = Set(step.call.reads + step.writes.compactMap { $0 })
            steps[index].lastReads = touched.subtracting(seen).sorted()
            seen.formUnion(touched)
        }
    }
}
