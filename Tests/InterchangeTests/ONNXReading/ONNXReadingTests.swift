import FileFormats
import Foundation
import Interchange
import OrderedCollections
import Programs
import Tensors
import TestSupport
import Testing

/// What small ONNX models become here, against ONNX Runtime: every operator in its forms.
@Suite(
    .enabled(
        if: PyTorch.isAvailable,
        "needs Python with onnxruntime: .venv, which make test sets up, or SWIFTLET_PYTHON"))
struct ONNXReadingTests {
    private static let families = [
        "activations", "arithmetic", "comparisons", "convolutions", "indexing", "normalization",
        "pooling", "products", "quantization", "recurrent", "reductions", "resizing", "shapes",
        "sizes",
    ]

    /// By family and model, nothing or what is wrong, and the operators in the models; Python runs once.
    private static let report = Result {
        try withTemporaryFolder { folder in
            try PyTorch.runScript("ONNXReading/write_onnx_cases.py", folder)
            let lists = try JSONDecoder().decode(
                [String: [String: [String]]].self, from: contents(ofFile: "\(folder)/cases.json"))
            let families = lists["families", default: [:]].mapValues { names in
                Dictionary(uniqueKeysWithValues: names.map { ($0, check("\(folder)/\($0)")) })
            }
            return (families: families, operators: lists["operators"]?["tested"] ?? [])
        }
    }

    @Test(arguments: families)
    func `A model of one operator computes what ONNX Runtime computes`(family: String) throws {
        let models = try #require(try Self.report.get().families[family])
        #expect(models.count > 5)
        for (name, failure) in models.sorted(by: { $0.key < $1.key }) {
            #expect(failure == nil, "\(name)")
        }
    }

    @Test func `Each family is tested`() throws {
        #expect(try Self.report.get().families.keys.sorted() == Self.families)
    }

    @Test func `Each operator is tested`() throws {
        let tested = try Self.report.get().operators
        // It went with version 10, and some writers still use it.
        #expect(Program.onnxOperators.filter { !tested.contains($0) } == ["Upsample"])
    }

    /// What is wrong with a model, if anything.
    private static func check(_ path: String) -> String? {
        do {
            let program = try Program.readONNX(contentsOf: "\(path).onnx")
            let arrays = Dictionary(
                uniqueKeysWithValues: try NumPy.readArchive(contentsOf: "\(path).npz"))
            for run in ["", "again."] where run.isEmpty || arrays["again.input.0"] != nil {
                var inputs: [Tensor] = []
                while let array = arrays["\(run)input.\(inputs.count)"] {
                    inputs.append(try Tensor(array))
                }
                let results = try program.outputs(for: inputs)
                for (index, result) in results.enumerated() {
                    guard let array = arrays["\(run)output.\(index)"] else {
                        return "too few outputs"
                    }
                    if let wrong = try difference(Tensor(array), result) {
                        return "\(run)output \(index): \(wrong)\n\(program)"
                    }
                }
            }
            _ = try program.propagated()
            return nil
        } catch {
            return "\(error)"
        }
    }

    private static func difference(_ expected: Tensor, _ found: Tensor) throws -> String? {
        guard expected.scalarType == found.scalarType, expected.shape == found.shape else {
            return "\(found.summary) in place of \(expected.summary)"
        }
        let difference = try Verification.Difference("", expected, found, 1e-4)
        return difference.isEqual ? nil : "differs by \(difference.largest) of \(difference.scale)"
    }
}
