import FileFormats
import Foundation
import Reports
import Training

extension Trainer.Observer {
    /// An observer that writes a run's checkpoint and metrics into its folder, tells of every epoch, and stops on Ctrl-C.
    init(writing folder: OutputFolder, epochs: Int) {
        self.init()
        shouldStop = { Interruption.isRequested }
        save = { checkpoint in
            try checkpoint.write(to: folder.file("checkpoint.pt2"))
            // The log is written anew with each checkpoint, so that the two always agree.
            let encoder = JSONEncoder()
            encoder.outputFormatting = [.sortedKeys]
            var lines = Data()
            for metrics in checkpoint.history {
                lines += try encoder.encode(metrics) + Data("\n".utf8)
            }
            try AtomicFile.write(lines, to: folder.file("metrics.jsonl"))
        }
        epochEnded = { metrics in
            let left = metrics.seconds * Double(epochs - metrics.epoch)
            Console.note(
                "epoch \(metrics.epoch)/\(epochs)  loss \(Formatting.decimal(metrics.trainingLoss, places: 4))  "
                    + "validation \(Formatting.percent(metrics.validationAccuracy ?? 0))  "
                    + "\(Formatting.duration(metrics.seconds))  (\(Formatting.duration(left)) left)"
            )
        }
    }
}
