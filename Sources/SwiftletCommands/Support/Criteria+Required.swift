import Compression

extension Criteria {
    /// The criterion of a name that a user gave.
    ///
    /// - Parameter others: what else may be named there.
    static func required(_ name: String, or others: [String] = []) throws -> any Criterion {
        guard let criterion = named(name) else {
            let names = known.map(\.name) + others
            throw Failure(.usage, "there is no criterion \(NearMiss.text(name, among: names))")
        }
        return criterion
    }
}
