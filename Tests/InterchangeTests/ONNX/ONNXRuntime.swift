import FileFormats
import Foundation
import Interchange
import Programs
import Tensors
import TestSupport

/// Programs written as ONNX, and what ONNX Runtime makes of them.
struct ONNXRuntime {
    /// One Program with what goes in and has to come out.
    struct Job {
        let name: String
        let program: Program
        let runs: [(inputs: [Tensor], outputs: [Tensor])]
        var opsets: [ONNXOpset] = [.v17]
    }

    /// Writes all Programs and runs Python once: starting it takes a second.
    ///
    /// - Returns: by name and operator set, as `relu@17`, "ok" or what is wrong.
    static func report(_ jobs: [Job]) throws -> [String: String] {
        try withTemporaryFolder { folder in
            var failures: [String: String] = [:]
            for job in jobs {
                for opset in job.opsets {
                    let key = "\(job.name)@\(opset.rawValue)"
                    do {
                        try job.program.writeONNX(to: "\(folder)/\(key).onnx", opset: opset)
                    } catch {
                        failures[key] = "\(error)"
                    }
                }
                var arrays: [(String, RawArray)] = []
                for (number, run) in job.runs.enumerated() {
                    for (index, tensor) in run.inputs.enumerated() {
                        arrays.append(
                            ("\(number).input_\(index)", try RawArray(tensor.contiguous())))
                    }
                    for (index, tensor) in run.outputs.enumerated() {
                        arrays.append(
                            ("\(number).output_\(index)", try RawArray(tensor.contiguous())))
                    }
                }
                try Safetensors.write(arrays, to: "\(folder)/\(job.name).safetensors")
            }
            try PyTorch.runScript("check_onnx.py", folder)
            return try JSONDecoder().decode(
                [String: String].self, from: contents(ofFile: "\(folder)/report.json")
            ).merging(failures) { $1 }
        }
    }
}
