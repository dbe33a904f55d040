import Foundation

/// Numbers as people read them, the same in every report.
public enum Formatting {
    /// A share as a percentage: `97.50 %`.
    public static func percent(_ share: Double, places: Int = 2) -> String {
        decimal(share * 100, places: places) + " %"
    }

    /// A number with a fixed number of decimal places.
    public static func decimal(_ number: Double, places: Int) -> String {
        String(format: "%.\(places)f", number)
    }

    /// A number of any size with three digits: `1.24e-06`.
    public static func scientific(_ number: Double) -> String { String(format: "%.2e", number) }

    /// A whole number with its thousands apart: `3,092,910`.
    public static func count(_ number: Int) -> String {
        var groups: [String] = []
        var rest = String(abs(number))
        while rest.count > 3 {
            groups.insert(String(rest.suffix(3)), at: 0)
            rest.removeLast(3)
        }
        return (number < 0 ? "-" : "") + ([rest] + groups).joined(separator: ",")
    }

    /// Bytes in thousands: `12.4 MB`.
    public static func bytes(_ number: Int) -> String {
        let units = ["B", "kB", "MB", "GB", "TB"]
        var value = Double(number)
        var unit = 0
        while value >= 999.5, unit < units.count - 1 {
            value /= 1000
            unit += 1
        }
        return unit == 0 ? "\(number) B" : "\(decimal(value, places: 1)) \(units[unit])"
    }

    /// A time with the unit that suits it: `1.24 ms`.
    public static func duration(_ seconds: Double) -> String {
        switch seconds {
        // Up to where the rounded number has no more digits than its unit allows.
        case ..<0.999_5e-3: "\(decimal(seconds * 1e6, places: 0)) µs"
        case ..<0.999_995: "\(decimal(seconds * 1e3, places: 2)) ms"
        case ..<120: "\(decimal(seconds, places: 1)) s"
        default: "\(decimal(seconds / 60, places: 1)) min"
        }
    }

    /// A difference of shares in percentage points with its sign: `-0.30`.
    public static func points(_ difference: Double) -> String {
        String(format: "%+.2f", difference * 100)
    }
}
