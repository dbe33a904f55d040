import ArgumentParser

/// `swiftlet demo`
struct DemoCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "demo")
    func run() throws {}
}
