import ArgumentParser
import Interchange
import Programs
import Reports

/// The verb `swiftlet compare`.
struct CompareCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "compare",
        abstract:
            "Tells what two networks have in common and where they differ, without running them.",
        discussion: """
            Example: swiftlet compare runs/mnist runs/small

            swiftlet verify runs both.
            """)

    @ArgumentParser.Argument(help: "The network that was there first.")
    var first: String

    @ArgumentParser.Argument(help: "The other network.")
    var second: String

    @Flag(help: "List the tensors that are the same too.")
    var all = false

    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    private struct Side: Encodable {
        let file: String
        let parameters: Int
        let bytes: Int
        let macs: Int?
        let nodes: Int

        init(_ network: Network) {
            let cost = network.program.cost
            file = network.path
            (parameters, bytes, macs) = (cost.parameters, cost.bytes, cost.macs)
            nodes = network.program.nodes.count
        }
    }

    private struct Report: Encodable {
        let first: Side
        let second: Side
        let comparison: Comparison
    }

    func run() throws {
        let left = try Network(at: first)
        let right = try Network(at: second)
        let report = Report(
            first: Side(left), second: Side(right),
            comparison: try Comparison(of: left.program, with: right.program))
        if json { return try Console.json(report) }
        Console.result(Self.costs(report).text)
        show(report.comparison)
    }

    private static func costs(_ report: Report) -> TextTable {
        var table = TextTable(["": .left, "first": .right, "second": .right, "kept": .right])
        func add(_ name: String, _ path: KeyPath<Side, Int>, _ form: (Int) -> String) {
            let (before, after) = (report.first[keyPath: path], report.second[keyPath: path])
            table.add([
                name, form(before), form(after),
                before > 0 ? Formatting.percent(Double(after) / Double(before)) : "-",
            ])
        }
        add("parameters", \.parameters, Formatting.count)
        add("bytes of tensors", \.bytes, Formatting.bytes)
        if let before = report.first.macs, let after = report.second.macs, before > 0 {
            table.add([
                "MACs an example", Formatting.count(before), Formatting.count(after),
                Formatting.percent(Double(after) / Double(before)),
            ])
        }
        add("nodes", \.nodes, Formatting.count)
        return table
    }

    private func show(_ comparison: Comparison) {
        let same = comparison.tensors.filter { $0.fate == .same }.count
        let shown = comparison.tensors.filter { all || $0.fate != .same }
        if !shown.isEmpty {
            var table = TextTable([
                "tensor": .left, "is": .left, "first": .left, "second": .left, "rank": .right,
                "relative difference": .right,
            ])
            for tensor in shown {
                table.add([
                    tensor.name, tensor.fate.rawValue, tensor.before ?? "-",
                    tensor.after.isEmpty ? "-" : tensor.after.joined(separator: ", "),
                    tensor.rank.map(String.init) ?? "-",
                    tensor.relativeDifference.map(Formatting.scientific) ?? "-",
                ])
            }
            Console.result("\n\(table.text)")
        }
        Console.result("\n\(Formatting.count(same)) tensors are the same.\n")
        for count in comparison.operators {
            Console.result("\(count.name): \(count.before) → \(count.after) calls\n")
        }
    }
}
