import SwiftletCommands

@main
enum Swiftlet {
    static func main() { SwiftletCommand.run(CommandLine.arguments) }
}
