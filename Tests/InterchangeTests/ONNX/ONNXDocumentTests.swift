import Foundation
import Testing

@testable import Interchange

struct ONNXDocumentTests {
    @Test
    func `the page lists the operators that are written`() throws {
        let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
            .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
        let page = try String(
            contentsOf: root.appendingPathComponent("docs/onnx.md"), encoding: .utf8)
        let table = page.components(separatedBy: "| family | operators |")[1]
            .components(separatedBy: "\n\n")[0]
        let listed = table.components(separatedBy: "`").enumerated().filter { $0.offset % 2 == 1 }
            .map { $0.element.hasPrefix("scalar.") ? $0.element : "aten.\($0.element)" }
        #expect(listed.count > 200)
        #expect(Set(listed).symmetricDifference(ONNXTranslations.all.keys) == [])
    }
}
