/// A value in a checkpoint, as `torch.load` would give it, its tensors not read yet.
///
/// Parts may be shared: a hostile file can describe a value that is small here and without end when
/// it is written out, so follow only what is needed.
public enum TorchValue: Sendable {
    /// `None`.
    case null
    /// `True` or `False`.
    case bool(Bool)
    /// A whole number of up to 64 bits.
    case integer(Int)
    /// A floating-point number, of NumPy too.
    case number(Double)
    /// A text.
    case text(String)
    /// A list, a tuple or a set.
    case list([TorchValue])
    /// A dictionary in its order; no text is the key of two entries.
    case dictionary([(key: TorchValue, value: TorchValue)])
    /// A tensor or a parameter.
    case tensor(TorchTensor)
    /// Something plain that has no form here, such as a device, named for people.
    case other(String)

    /// The entries of a dictionary whose keys are texts, without the others; nil for anything that
    /// is no dictionary.
    public var entries: [(name: String, value: TorchValue)]? {
        guard case .dictionary(let entries) = self else { return nil }
        return entries.compactMap { entry in
            guard case .text(let name) = entry.key else { return nil }
            return (name, entry.value)
        }
    }
}
