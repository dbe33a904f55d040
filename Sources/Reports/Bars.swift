/// Numbers as small bars of text.
public enum Bars {
    private static let rising = ["▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"]
    private static let filling = ["", "▏", "▎", "▍", "▌", "▋", "▊", "▉"]

    /// A bar that is full at 1: `████▌···` for 0.56 in a width of 8.
    ///
    /// - Parameters:
    ///   - share: from 0 to 1; what lies outside is drawn as the nearer end.
    ///   - width: in characters.
    public static func share(_ share: Double, width: Int = 10) -> String {
        let bounded = share.isFinite ? min(max(share, 0), 1) : 0
        let eighths = Int((bounded * Double(width * 8)).rounded())
        let whole = String(repeating: "█", count: eighths / 8)
        let bar = whole + filling[eighths % 8]
        return bar + String(repeating: "·", count: width - bar.count)
    }

    /// One bar a number, as high as its part of the largest: `█▅▂▁▁` for a falling spectrum.
    ///
    /// - Parameters:
    ///   - numbers: none below 0. Zeros have no bar.
    ///   - width: at most so many characters; more numbers are joined, each bar the largest of its own.
    public static func heights(_ numbers: [Double], width: Int = 16) -> String {
        guard let largest = numbers.max(), largest > 0, width > 0 else { return "" }
        let count = min(width, numbers.count)
        return (0..<count).map { index in
            let range = (index * numbers.count / count)..<((index + 1) * numbers.count / count)
            let part = (numbers[range].max() ?? 0) / largest
            // What is below a thousandth of the largest is shown as nothing.
            guard part >= 1e-3 else { return "·" }
            return rising[min(Int(part * 8), 7)]
        }.joined()
    }
}
