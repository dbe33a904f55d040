import Interchange
import Programs
import Tensors
import TestSupport
import Testing

/// Operators one by one in ONNX Runtime: the same numbers as libtorch's.
@Suite(
    .enabled(
        if: PyTorch.isAvailable,
        "needs Python with onnxruntime: .venv, which make test sets up, or SWIFTLET_PYTHON"))
struct ONNXOperatorTests {
    private static let report = Result {
        // A case that fails to be made says so under its own name.
        var failures: [String: String] = [:]
        let jobs = ONNXCases.all.compactMap { operation -> ONNXRuntime.Job? in
            do { return try operation.job() } catch {
                for opset in operation.opsets {
                    failures["\(operation.name)@\(opset.rawValue)"] = "\(error)"
                }
                return nil
            }
        }
        return try ONNXRuntime.report(jobs).merging(failures) { $1 }
    }

    @Test(arguments: ONNXCases.all)
    func `ONNX Runtime computes the same`(operation: ONNXCase) throws {
        for opset in operation.opsets {
            #expect(try Self.report.get()["\(operation.name)@\(opset.rawValue)"] == "ok")
        }
    }

    @Test
    func `every case has a name of its own`() {
        #expect(Set(ONNXCases.all.map(\.name)).count == ONNXCases.all.count)
    }
}
