import Foundation

/// An equation of `einsum`, as `bsd,hdk->bshk`.
struct EinsumEquation: Hashable {
    /// The dimensions that `...` stands for.
    static let ellipsis = "..."

    /// For each operand its letters, or ``ellipsis``.
    let operands: [[String]]
    /// The result's.
    let result: [String]

    /// Reads an equation; nil where it is none.
    init?(_ text: String) {
        let sides = text.filter { $0 != " " }.components(separatedBy: "->")
        guard let left = sides.first, sides.count <= 2 else { return nil }
        let read = left.split(separator: ",", omittingEmptySubsequences: false).map(Self.letters)
        let operands = read.compactMap { $0 }
        guard operands.count == read.count else { return nil }
        self.operands = operands
        guard sides.count == 2 else {
            // Without a result: what stands once, in the order of the alphabet.
            let all = operands.flatMap { $0 }
            let once = Set(all).filter { letter in
                letter != Self.ellipsis && all.count { $0 == letter } == 1
            }
            result = (all.contains(Self.ellipsis) ? [Self.ellipsis] : []) + once.sorted()
            return
        }
        guard let result = Self.letters(sides[1][...]) else { return nil }
        self.result = result
    }

    /// Makes the equation of a product of two.
    init(_ first: [String], _ second: [String], _ result: [String]) {
        operands = [first, second]
        self.result = result
    }

    /// As it is written.
    var text: String {
        operands.map { $0.joined() }.joined(separator: ",") + "->" + result.joined()
    }

    /// So many letters that it does not use.
    func fresh(_ count: Int) -> [String] {
        let used = Set(operands.flatMap { $0 } + result)
        let all = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ".map(String.init)
        return Array(all.filter { !used.contains($0) }.prefix(count))
    }

    private static func letters(_ text: Substring) -> [String]? {
        let parts = text.components(separatedBy: ellipsis)
        guard parts.count <= 2,
            text.filter({ $0 != "." }).allSatisfy({ $0.isLetter && $0.isASCII }),
            !parts.contains(where: { $0.contains(".") })
        else { return nil }
        let letters = parts.map { $0.map(String.init) }
        return parts.count == 2 ? letters[0] + [ellipsis] + letters[1] : letters[0]
    }
}
