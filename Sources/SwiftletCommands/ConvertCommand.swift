import ArgumentParser
import Foundation
import Interchange
import Programs
import Reports

/// The verb `swiftlet convert`.
struct ConvertCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "convert",
        abstract: "Writes a network, or its weights, as another kind of file.",
        discussion: """
            Example: swiftlet convert runs/small small.onnx

            The ending of OUT tells the kind: .pt2 is what torch.export.load opens, .onnx what ONNX Runtime and many others \
            open, .safetensors holds the weights alone.
            """)

    @ArgumentParser.Argument(help: "A .pt2 or .onnx file, or a folder with a model.pt2.")
    var input: String

    @ArgumentParser.Argument(help: "The file to write: .pt2, .onnx or .safetensors.")
    var output: String

    @Option(help: "The version of ONNX's operators: 17, 18 or 20.")
    var opset = 17

    @Flag(help: "Replace OUT where it is there.")
    var force = false

    @Flag(help: "Print one JSON object on stdout.")
    var json = false

    private struct Report: Encodable {
        let input: String
        let output: String
        let fileBytes: Int
    }

    func run() throws {
        let kind = try Kind(of: output, opset: opset)
        try checkOutput()
        let network = try Network(at: input)
        switch kind {
        case .onnx(let opset): try network.program.writeONNX(to: output, opset: opset)
        case .program: try network.program.write(to: output)
        case .weights:
            try network.program.writeWeights(to: output, metadata: network.program.metadata)
        }
        let bytes = (try? FileManager.default.attributesOfItem(atPath: output)[.size]) as? Int ?? 0
        if json {
            return try Console.json(
                Report(input: network.path, output: output, fileBytes: bytes))
        }
        Console.result("Wrote \(output) (\(Formatting.bytes(bytes)))\n")
    }

    /// What a file is written as.
    private enum Kind {
        case program, weights
        case onnx(ONNXOpset)

        init(of path: String, opset: Int) throws {
            switch path.split(separator: ".").last.map({ $0.lowercased() }) {
            case "pt2": self = .program
            case "safetensors": self = .weights
            case "onnx":
                guard let known = ONNXOpset(rawValue: opset) else {
                    throw Failure(
                        .usage, "--opset \(opset) is not written; there are 17, 18 and 20")
                }
                self = .onnx(known)
            default:
                throw Failure(
                    .usage,
                    "\(path): the ending does not tell what to write; use .pt2, .onnx or .safetensors"
                )
            }
        }
    }

    private func checkOutput() throws {
        switch PathKind(at: output) {
        case .nothing: break
        case .folder: throw Failure(.output, "\(output) is a folder; name a file")
        case .file:
            guard force else {
                throw Failure(.output, "\(output) is there already; pass --force to replace it")
            }
        }
    }
}
