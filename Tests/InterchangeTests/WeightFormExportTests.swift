import Compression
import FileFormats
import Foundation
import Interchange
import Programs
import Tensors
import TestSupport
import Testing

/// Every way of reading weights in PyTorch: as it is, composed and truncated.
@Suite(
    .enabled(
        if: PyTorch.isAvailable,
        "needs Python with torch: .venv, which make test sets up, or SWIFTLET_PYTHON"))
struct WeightFormExportTests {
    /// What one run of Python over all networks found, by case and form.
    private static let report = Result {
        try withTemporaryFolder { folder in
            for test in WeightCase.all {
                let dense = try test.program()
                let plan = try Plan(for: dense, keeping: .rank(2), by: .raw)
                let forms = [
                    "dense": dense,
                    "composed": try Compose(factors: 2).apply(to: dense).program,
                    "truncated": try Truncate(plan).apply(to: dense).program,
                ]
                for (form, program) in forms {
                    try write(program, of: test, to: "\(folder)/\(test.name).\(form)")
                }
            }
            try PyTorch.runScript("check_zoo.py", folder)
            return try JSONDecoder().decode(
                [String: String].self, from: contents(ofFile: "\(folder)/report.json"))
        }
    }

    @Test(arguments: WeightCase.all, ["dense", "composed", "truncated"])
    func `PyTorch computes the same`(test: WeightCase, form: String) throws {
        #expect(try Self.report.get()["\(test.name).\(form)"] == "ok")
    }

    @Test(arguments: WeightCase.all)
    func `what is read back is what was written`(test: WeightCase) throws {
        let dense = try test.program()
        let plan = try Plan(for: dense, keeping: .rank(2), by: .raw)
        let small = try Truncate(plan).apply(to: dense).program.normalized()
        try withTemporaryFolder { folder in
            let file = try small.write(to: "\(folder)/small.pt2")
            try expectSame(file.program, small)
        }
    }

    private static func write(
        _ program: Program, of test: WeightCase, to path: String
    ) throws {
        try program.write(to: "\(path).pt2")
        var arrays: [(String, RawArray)] = []
        for batch in [1, 3] {
            let inputs = try test.inputs(batch: batch, seed: UInt64(batch))
            arrays.append(("input_\(batch)", try RawArray(inputs)))
            arrays.append(("output_\(batch)", try RawArray(program.outputs(for: [inputs])[0])))
        }
        try Safetensors.write(arrays, to: "\(path).safetensors")
    }
}
