import CTorch

/// Keeps memory that tensors free in the process, for the next ones, rather than give it back to the system.
///
/// A training step frees and takes the same megabytes each time; fetching their pages anew costs a fifth of
/// the step of a small network. This is a choice for the whole process, so a program makes it, not a library.
///
/// - Parameter bytes: the most to keep.
public func keepFreedMemory(upTo bytes: Int = 1 << 30) {
    _ = ct_keep_freed_memory(Int64(bytes))
}
