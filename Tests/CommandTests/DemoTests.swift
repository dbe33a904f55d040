import Foundation
import Programs
import Testing

@Suite struct DemoTests {
    @Test func `the report names every file and what was measured of it`() throws {
        try withWorkplace { place in
            try place.write(Data("mine".utf8), to: "notes.txt")
            try FileManager.default.createDirectory(
                atPath: place.path("demo"), withIntermediateDirectories: true)
            try place.write(Data("{}".utf8), to: "demo/report.json")
            try place.write(Data("old".utf8), to: "demo/factors-9-kept-50.pt2")
            let outcome = try place.run(
                "demo", "--epochs", "2", "--threads", "1", "--output", "demo", "--json")
            #expect(outcome.status == 0)
            let report = try #require(
                try JSONSerialization.jsonObject(with: place.data("demo/report.json"))
                    as? [String: Any])
            #expect(try outcome.json() as NSDictionary == report as NSDictionary)
            let rows = try #require(report["rows"] as? [[String: Any]])
            let factors = try rows.map { Int(try number($0, "factors")) }
            #expect(factors == [1, 1, 1, 2, 2, 2, 3, 3, 3])
            var files: Set<String> = ["report.json"]
            for (index, row) in rows.enumerated() { files.insert(try expectRow(row, index, place)) }
            #expect(files.count == 10)
            #expect(try place.names(in: "demo") == files)
            #expect(try place.text("notes.txt") == "mine")
            #expect(try place.names() == ["notes.txt", "demo", "log.out", "log.err"])
        }
    }

    /// Checks one row, and gives its file.
    private func expectRow(
        _ row: [String: Any], _ index: Int, _ place: Workplace
    ) throws -> String {
        try expectMeasured(row, latency: true)
        let file = try #require(row["file"] as? String)
        let program = try place.program("demo/\(file)")
        #expect(try number(row, "parameters") == Double(program.cost.parameters))
        #expect(try number(row, "bytes") == Double(program.cost.bytes))
        #expect(try number(row, "fileBytes") == Double(place.data("demo/\(file)").count))
        #expect(try number(row, "examples") == 359)
        #expect(try number(row, "weightDecay") > 0)
        let kept = try number(row, "keptParameters")
        let limit = [1, 0.2, 0.1][index % 3]
        #expect(index % 3 == 0 ? kept == 1 : kept <= limit && kept > 0.8 * limit)
        let criterion = try #require(row["criterion"] as? String)
        let criteria = index % 3 == 0 ? ["none"] : ["raw", "relative", "whitened"]
        #expect(criteria.contains(criterion))
        if index % 3 == 0 { #expect(try number(row, "gapToOwn") == 0) }
        for key in ["gapToOwn", "gapToPlain"] { #expect(abs(try number(row, key)) <= 1) }
        return file
    }

    @Test func `a folder that is not of a demo is left alone`() throws {
        try withWorkplace { place in
            try FileManager.default.createDirectory(
                atPath: place.path("mine"), withIntermediateDirectories: true)
            try place.write(Data("{}".utf8), to: "mine/report.json")
            try place.write(Data("thesis".utf8), to: "mine/thesis.txt")
            try place.expectFailure(
                73, "mine is not of an earlier demo; name another folder for --output", "demo",
                "--output", "mine")
            try place.expectFailure(
                73, "log.out is not of an earlier demo; name another folder for --output", "demo",
                "--output", "log.out")
            #expect(try place.names(in: "mine") == ["report.json", "thesis.txt"])
        }
    }
}
