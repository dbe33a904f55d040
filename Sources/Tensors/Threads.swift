import CTorch

/// The threads that one operator may use, in the whole process.
public var threadCount: Int { Int(ct_threads()) }

/// Sets the threads that one operator may use, in the whole process.
public func setThreadCount(_ count: Int) throws(TensorError) {
    let status = ct_set_threads(Int32(count))
    guard status == CT_OK else { throw TensorError(status) }
}

/// libtorch's version, `2.13.0` for example.
public var libtorchVersion: String { unsafe String(cString: ct_version()) }
