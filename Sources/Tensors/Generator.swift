import CTorch

/// A source of random numbers on the CPU, with a state of its own.
///
/// It is a value: a copy draws the same numbers again. Functions that draw take it as `inout`.
public struct Generator: Sendable {
    private var source: Source

    /// Makes a generator whose draws depend on `seed` alone.
    public init(seed: UInt64) { source = Source(seed: seed) }

    /// The state, as bytes in a one-dimensional `uint8` tensor.
    public func state() throws(TensorError) -> Tensor { try source.state() }

    /// Makes a generator that goes on from a state that `state()` gave.
    public init(state: Tensor) throws(TensorError) {
        source = Source(seed: 0)
        try source.restore(state)
    }

    /// An operand from which an operator draws; the generator has advanced after the call.
    public mutating func operand() throws(TensorError) -> Operand {
        if !isKnownUniquelyReferenced(&source) {
            let copy = Source(seed: 0)
            try copy.restore(source.state())
            source = copy
        }
        return .generator(source)
    }

    /// libtorch's generator, shared by copies until one of them draws.
    @safe public final class Source: @unchecked Sendable {
        let handle: ct_generator

        init(seed: UInt64) {
            var created: ct_generator?
            let status = unsafe ct_generator_create(seed, &created)
            guard status == CT_OK, let handle = unsafe created else {
                preconditionFailure(TensorError(status).description)
            }
            unsafe self.handle = handle
        }

        deinit { unsafe ct_generator_release(handle) }

        func state() throws(TensorError) -> Tensor {
            var state: ct_tensor?
            let status = unsafe ct_generator_state(handle, &state)
            guard status == CT_OK, let state = unsafe state else { throw TensorError(status) }
            return unsafe Tensor(owning: state)
        }

        func restore(_ state: Tensor) throws(TensorError) {
            // NB: libtorch may keep the state that it is given, so it gets a copy.
            let copy = try state.copied()
            let status = unsafe ct_generator_set_state(handle, copy.handle)
            withExtendedLifetime(copy) {}
            guard status == CT_OK else { throw TensorError(status) }
        }
    }
}
