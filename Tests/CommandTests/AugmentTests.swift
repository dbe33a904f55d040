import Foundation
import Testing

/// `--augment`, and what stands where it is left out.
@Suite struct AugmentTests {
    /// Puts a small CIFAR-10 into `data`: noise by class.
    private func layOut(_ place: Workplace) throws {
        let folder = "data/cifar-10-batches-bin"
        try FileManager.default.createDirectory(
            atPath: place.path(folder), withIntermediateDirectories: true)
        for name in (1...5).map({ "data_batch_\($0)" }) + ["test_batch"] {
            var data = Data()
            for index in 0..<20 {
                data.append(UInt8(index % 10))
                data += (0..<3072).map { UInt8(truncatingIfNeeded: ($0 + 13) * (index % 10 + 1)) }
            }
            try place.write(data, to: "\(folder)/\(name).bin")
        }
    }

    private func train(
        _ data: String, _ more: [String] = [], in place: Workplace
    ) throws -> (said: String, recorded: String?) {
        let arguments = [
            "train", "fcn4", "--width", "4", "--data", data, "--data-dir", "data", "--epochs", "1",
            "--batch", "30", "--threads", "1", "--output", "x", "--force",
        ]
        let process = try place.start(arguments + more)
        process.waitUntilExit()
        let outcome = try place.outcome(of: process)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let record = try JSONSerialization.jsonObject(with: place.data("x/run.json"))
        let training = (record as? [String: Any])?["training"] as? [String: Any]
        return (outcome.errors, training?["augmentation"] as? String)
    }

    @Test func `cifar10 is augmented unless told otherwise, digits only if told`() throws {
        try withWorkplace { place in
            try layOut(place)
            let cases: [(String, [String], Bool)] = [
                ("cifar10", [], true), ("cifar10", ["--augment", "none"], false),
                ("digits", [], false), ("digits", ["--augment", "standard"], true),
            ]
            for (data, arguments, augments) in cases {
                let run = try train(data, arguments, in: place)
                #expect(run.recorded == (augments ? "standard" : "none"))
                #expect(run.said.contains(", standard augmentation, ") == augments)
            }
        }
    }

    @Test func `rows are refused before work, and so are a wrong word and a resumed run`() throws {
        try withWorkplace { place in
            let rows = (0..<20).map { "\($0),\(2 * $0),\($0 % 2)" }
            try place.write(Data(("a,b,label\n" + rows.joined(separator: "\n")).utf8), to: "d.csv")
            try place.expectFailure(
                65,
                "examples of [2] are not images [channels, height, width], which --augment standard "
                    + "flips and crops; leave it out", "train", "fcn4", "--data", "d.csv",
                "--augment", "standard", "--output", "x")
            try place.expectFailure(
                64, "--resume goes on with a run's own options: name nothing but its folder",
                "train", "--resume", "x", "--augment", "none")
            let wrong = try place.run(
                "train", "fcn4", "--data", "digits", "--augment", "flip", "--output", "x")
            #expect(wrong.status == 64)
            #expect(!place.exists("x"))
        }
    }
}
