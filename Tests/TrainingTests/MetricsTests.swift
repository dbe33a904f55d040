import Foundation
import Testing
import Training

@Suite struct MetricsTests {
    @Test func `lines of older files are read`() throws {
        let line = """
            {"epoch":2,"learningRate":0.5,"seconds":1.5,"step":8,"trainingAccuracy":0.25,\
            "trainingLoss":2,"validationAccuracy":0.5,"validationLoss":1}
            """
        let metrics = try JSONDecoder().decode(EpochMetrics.self, from: Data(line.utf8))
        #expect(metrics.epoch == 2 && metrics.seconds == 1.5 && metrics.waitSeconds == nil)
        let newer = line.dropLast() + ",\"waitSeconds\":0.125}"
        let read = try JSONDecoder().decode(EpochMetrics.self, from: Data(newer.utf8))
        #expect(read.waitSeconds == 0.125)
    }
}
