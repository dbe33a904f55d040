import Foundation

/// Names of classes in a text file, one on each line.
enum ClassNames {
    /// Reads a file; empty lines at its end do not count.
    static func read(_ path: String) throws -> [String] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Failure(.missing, "\(path): there is no such file; check the path")
        }
        guard let text = String(validating: data, as: UTF8.self) else {
            throw Failure(.badFile, "\(path): it is not a text in UTF-8; save it as one")
        }
        var names = text.split(omittingEmptySubsequences: false, whereSeparator: \.isNewline)
            .map { $0.trimmingCharacters(in: .whitespaces) }
        while names.last == "" { names.removeLast() }
        if let line = names.firstIndex(of: "") {
            throw Failure(
                .badFile, "\(path): line \(line + 1) is empty; write the name of a class there")
        }
        return names
    }

    /// Checks that there is a name for each class.
    static func check(_ names: [String]?, from path: String, count: Int) throws {
        guard let names, names.count != count else { return }
        throw Failure(
            .badFile,
            "\(path): it has \(names.count) names, and the network has \(count) classes; write one a "
                + "line")
    }
}
