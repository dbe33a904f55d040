import Foundation
import OrderedCollections
public import Programs
import Tensors
public import Training

/// Measures at every epoch's end how far the ranks of a network's weights have come down.
///
/// For each weight: `effectiveRank`, `stableRank`, `schatten` (Σσ^(2/N) for N factors, Σσ² for a plain weight) and, with
/// factors, `innerWidth`, the largest width between two, and `balancedness`: the mean of their squared norms over the
/// Schatten value. It is at least 1, and 1 where the
/// factors are balanced, so that decay on them is the penalty that LoRITa counts on. Numbers have six digits: the last
/// bits of LAPACK's depend on where memory lies.
public struct SpectrumLog: TrainingHook {
    /// Makes the hook.
    public init() {}

    /// Decomposes every weight as it would be merged.
    public mutating func measurements(
        _ progress: TrainingProgress, program: Program
    ) throws -> [String: [String: Double]] {
        let isComposed = program.marks[Compose.mark] != nil
        let merged = isComposed ? try Merge().apply(to: program).program : program
        var found: [String: [String: Double]] = [:]
        for sites in merged.weightSites.joinedByParameter {
            for (index, site) in sites.enumerated() {
                let spectrum = try Spectrum(of: site.matrices(in: merged))
                let factors = Compose.factorNames(of: site, index, in: program)
                let schatten = spectrum.schatten(2 / Double(max(factors.count, 1)))
                var numbers = [
                    "effectiveRank": spectrum.effectiveRank, "stableRank": spectrum.stableRank,
                    "schatten": schatten,
                ]
                if !factors.isEmpty, schatten > 0 {
                    let norms = try factors.map { name in
                        let norm = try program.tensor(name).converted(to: .float64).norm().item()
                        return norm * norm
                    }
                    numbers["balancedness"] =
                        norms.reduce(0, +) / Double(norms.count) / schatten
                    let widths = try ComposedWeight(site, factors, in: program).innerWidths
                    numbers["innerWidth"] = widths.max().map { Double($0) }
                }
                found[site.name] = numbers.mapValues(Self.withSixDigits)
            }
        }
        return found
    }

    private static func withSixDigits(_ number: Double) -> Double {
        Double(String(format: "%.5e", number)) ?? number
    }
}
