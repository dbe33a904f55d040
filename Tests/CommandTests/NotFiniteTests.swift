import Foundation
import Interchange
import Programs
import Tensors
import Testing

/// Networks with weights that are not finite.
@Suite struct NotFiniteTests {
    /// A network whose first weight has a NaN in it.
    private func prepare(_ place: Workplace) throws {
        try place.putModel()
        let program = try place.program("model/model.pt2")
        let name = try #require(program.weightSites.first?.parameter)
        let weight = try program.tensor(name)
        let spoilt = try weight + Tensor.full(weight.shape, .nan)
        try program.replacing([name: spoilt]).write(to: place.path("broken.pt2"))
    }

    @Test func `are no success, and the weight is named`() throws {
        try withWorkplace { place in
            try prepare(place)
            for original in [[], ["--original", "model"]] {
                let run = try place.run(["evaluate", "broken.pt2", "--data", "digits"] + original)
                #expect(run.status == 4 && run.output.isEmpty)
                #expect(
                    run.lastLine == "swiftlet: what broken.pt2 answers on digits is not a number: "
                        + "swiftlet inspect names weights that are not finite", "\(run.errors)")
            }
            let sentence =
                "layers.0.linear.weight has values that are not finite; train the network again"
            for data in [[], ["--data", "digits"]] {
                let run = try place.run(
                    ["compress", "broken.pt2", "--keep", "parameters:0.5", "--output", "x"] + data)
                #expect(
                    run.status == 65 && run.lastLine == "swiftlet: \(sentence)", "\(run.errors)")
                #expect(!place.exists("x/model.pt2"))
            }
            let seen = try place.run("inspect", "broken.pt2")
            #expect(seen.status == 0)
            #expect(seen.errors.contains("layers.0.linear.weight has values that are not finite."))
            #expect(seen.output.contains("layers.1.linear.weight"))
            let json = try place.run("inspect", "broken.pt2", "--json").json()
            #expect(json["notFinite"] as? [String] == ["layers.0.linear.weight"])
        }
    }
}
