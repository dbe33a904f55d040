import Compression
import Interchange
import Models
import Programs
import Tensors
import TestSupport
import Testing

/// Every network of the zoo in ONNX Runtime, as it is and with half of its parameters.
@Suite(
    .enabled(
        if: PyTorch.isAvailable,
        "needs Python with onnxruntime: .venv, which make test sets up, or SWIFTLET_PYTHON"))
struct ONNXZooTests {
    private static let report = Result {
        try ONNXRuntime.report(try ZooModel.all.enumerated().flatMap { try jobs($1, $0) })
    }

    @Test(arguments: ZooModel.all.map(\.name), ["dense", "truncated"])
    func `ONNX Runtime computes the same at other batches too`(name: String, form: String) throws {
        let report = try Self.report.get().filter { $0.key.hasPrefix("\(name).\(form)@") }
        #expect(!report.isEmpty)
        for (key, outcome) in report { #expect(outcome == "ok", "\(key)") }
    }

    /// Each network is written for one operator set, and all three are met, as are all splits of convolutions.
    private static func jobs(_ model: ZooModel, _ index: Int) throws -> [ONNXRuntime.Job] {
        let dense = try model.small
        let splits = ConvolutionSplit.allCases
        let truncated = try dense.halved(by: splits[index % splits.count])
        let opsets = ONNXOpset.allCases
        return try [("dense", dense), ("truncated", truncated)].enumerated().map { place, form in
            let runs = try [1, 3].map { batch in
                let inputs = try form.1.inputs(batch: batch, seed: UInt64(batch))
                return (inputs, try form.1.outputs(for: inputs))
            }
            return ONNXRuntime.Job(
                name: "\(model.name).\(form.0)", program: form.1, runs: runs,
                opsets: [opsets[(index + place) % opsets.count]])
        }
    }
}
