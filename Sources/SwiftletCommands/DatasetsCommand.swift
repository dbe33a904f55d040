import ArgumentParser
import Datasets
import Reports

/// The verb `swiftlet datasets`.
struct DatasetsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "datasets",
        abstract: "Lists the known data sets and where they are looked for.",
        discussion: "Example: swiftlet datasets --data-dir ~/data")

    @Option(help: "A folder to look in first.")
    var dataDir: String?

    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    /// What is told of a data set.
    private struct Row: Encodable {
        let name: String
        let summary: String
        let shape: [Int]
        let classes: Int
        let publisher: String
        let folders: [String]
        let found: String?
    }

    func run() throws {
        let options = DatasetOptions(directory: dataDir)
        let rows = Datasets.known.map { known in
            let searched = known.searched(options)
            return Row(
                name: known.name, summary: known.summary, shape: known.exampleShape,
                classes: known.classNames.count, publisher: known.address,
                folders: searched.map(\.folder), found: searched.first { $0.isFound }?.folder)
        }
        if json { return try Console.json(["datasets": rows]) }
        for row in rows {
            Console.result("\(row.name): \(row.summary)\n")
            Console.result("    examples \(row.shape), \(row.classes) classes; \(row.publisher)\n")
            if row.folders.isEmpty { Console.result("    comes with swiftlet\n") }
            for folder in row.folders {
                Console.result("    \(folder == row.found ? "found" : "not found") in \(folder)\n")
            }
        }
    }
}
