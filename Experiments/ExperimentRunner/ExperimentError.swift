/// A sentence about what went wrong.
struct ExperimentError: Error, CustomStringConvertible {
    let description: String

    init(_ description: String) { self.description = description }
}
