/// A way in which a convolution reads its kernel, transposed or not; the sizes after the first three are the kernel's own.
public protocol KernelForm: WeightForm {}

extension KernelForm {
    /// For 1×1 kernels alone; with larger ones LoRITa's authors put them on the output side.
    public func hasSquaresOnInputs(_ reading: WeightReading) -> Bool {
        reading.sizes.dropFirst(3).allSatisfy { $0 == 1 }
    }

    /// The layer itself with the first factor, then 1×1 convolutions.
    public func applying(
        _ factors: [Value], inner: [Value], in node: Node, _ reading: WeightReading
    ) -> [Node] {
        node.asChain(of: factors, inner: inner) { part, index in
            if index > 0 { part.becomePointwise(on: inner[index - 1]) }
            part["weight"] = .value(factors[index])
            part.fillBias()
        }
    }
}
