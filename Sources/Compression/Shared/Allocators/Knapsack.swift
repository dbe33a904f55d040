/// One choice for each item such that the values' sum is least and the weights' within a capacity.
///
/// Weights are counted in whole buckets, rounded up, so that the capacity holds. Without rounding the choice is the best.
struct Knapsack {
    /// A choice for an item.
    struct Choice {
        let weight: Double
        let value: Double
    }

    /// How finely the capacity is divided.
    static let buckets = 10_000

    /// The number of the choice for each item; nil where the lightest ones exceed the capacity.
    ///
    /// - Parameters:
    ///   - items: the choices of each, the weights rising and the values falling.
    ///   - capacity: what the weights may sum up to.
    static func solution(of items: [[Choice]], capacity: Double) -> [Int]? {
        let slack = capacity - items.reduce(0) { $0 + $1[0].weight }
        guard slack >= 0 else { return nil }
        let unit = unit(of: items, slack: slack)
        let size = unit > 0 ? Int((slack / unit).rounded(.down)) : 0
        var best = [Double](repeating: 0, count: size + 1)
        var chosen: [[Int32]] = []
        for item in items {
            var next = [Double](repeating: .infinity, count: size + 1)
            var choice = [Int32](repeating: -1, count: size + 1)
            for (weight, number) in needed(item, unit: unit, size: size) {
                let value = item[number].value
                for bucket in weight...size {
                    let sum = best[bucket - weight] + value
                    if sum < next[bucket] {
                        next[bucket] = sum
                        choice[bucket] = Int32(number)
                    }
                }
            }
            best = next
            chosen.append(choice)
        }
        var (bucket, solution) = (size, [Int]())
        for (item, choice) in zip(items, chosen).reversed() {
            let number = Int(choice[bucket])
            solution.append(number)
            bucket -= buckets(of: item[number].weight - item[0].weight, unit)
        }
        return solution.reversed()
    }

    /// The choices that fit, each with its buckets; of several in one bucket the last, which has the least value.
    private static func needed(
        _ item: [Choice], unit: Double, size: Int
    ) -> [(weight: Int, number: Int)] {
        var choices: [(weight: Int, number: Int)] = []
        for (number, choice) in item.enumerated() {
            let weight = buckets(of: choice.weight - item[0].weight, unit)
            guard weight <= size else { break }
            if choices.last?.weight == weight { choices.removeLast() }
            choices.append((weight, number))
        }
        return choices
    }

    private static func buckets(of weight: Double, _ unit: Double) -> Int {
        guard weight > 0 else { return 0 }
        // Beyond any capacity: what is so heavy is left out.
        let count = (weight / unit - 1e-9).rounded(.up)
        return count < 1e9 ? Int(count) : Int(Int32.max)
    }

    /// A bucket's size: the weights' common divisor where they are whole numbers and it is no finer than needed.
    private static func unit(of items: [[Choice]], slack: Double) -> Double {
        var divisor = 0
        for choice in items.joined() {
            guard choice.weight == choice.weight.rounded(), choice.weight.magnitude < 0x1p53 else {
                return slack / Double(buckets)
            }
        }
        for item in items {
            for choice in item {
                divisor = greatestCommonDivisor(divisor, Int(choice.weight - item[0].weight))
            }
        }
        return max(Double(divisor), slack / Double(buckets))
    }

    private static func greatestCommonDivisor(_ first: Int, _ second: Int) -> Int {
        second == 0 ? first : greatestCommonDivisor(second, first % second)
    }
}
