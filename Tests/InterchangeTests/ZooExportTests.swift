import Compression
import FileFormats
import Foundation
import Interchange
import Models
import Programs
import Tensors
import TestSupport
import Testing

/// Every network of the zoo in PyTorch: as it is, composed, merged and truncated.
@Suite(
    .enabled(
        if: PyTorch.isAvailable,
        "needs Python with torch: .venv, which make test sets up, or SWIFTLET_PYTHON"))
struct ZooExportTests {
    private static let batches = [1, 3]

    /// What one run of Python over all networks found, by network and form: torch takes seconds to start.
    private static let report = Result {
        try withTemporaryFolder { folder in
            for (index, model) in ZooModel.all.enumerated() {
                for (form, program) in try forms(of: model, index) {
                    try write(program, to: "\(folder)/\(model.name).\(form)")
                }
            }
            try PyTorch.runScript("check_zoo.py", folder)
            return try JSONDecoder().decode(
                [String: String].self, from: contents(ofFile: "\(folder)/report.json"))
        }
    }

    @Test(arguments: ZooModel.all.map(\.name), ["dense", "composed", "merged", "truncated"])
    func `PyTorch computes the same, at other batches too`(name: String, form: String) throws {
        #expect(try Self.report.get()["\(name).\(form)"] == "ok")
    }

    private static func write(_ program: Program, to path: String) throws {
        try program.write(to: "\(path).pt2")
        var arrays: [(String, RawArray)] = []
        for batch in batches {
            let inputs = try program.inputs(batch: batch, seed: UInt64(batch))
            let outputs = try program.outputs(for: inputs)
            arrays.append(("input_\(batch)", try RawArray(inputs[0])))
            arrays.append(("output_\(batch)", try RawArray(outputs[0])))
        }
        try Safetensors.write(arrays, to: "\(path).safetensors")
    }

    /// The splits go round, so that each meets networks with convolutions.
    private static func forms(of model: ZooModel, _ index: Int) throws -> [(String, Program)] {
        let dense = try model.small
        let composed = try Compose(factors: 2).apply(to: dense).program
        let merged = try Merge().apply(to: composed).program
        let splits = ConvolutionSplit.allCases
        return [
            ("dense", dense), ("composed", composed), ("merged", merged),
            ("truncated", try merged.halved(by: splits[index % splits.count])),
        ]
    }
}
