import Synchronization

/// What closures gather.
public final class Box<Content: Sendable>: Sendable {
    private let mutex: Mutex<Content>

    /// Begins with some content.
    public init(_ content: Content) { mutex = Mutex(content) }

    /// What is gathered.
    public var content: Content { mutex.withLock { $0 } }

    /// Changes the content.
    public func change(_ body: @Sendable (inout Content) -> Void) { mutex.withLock { body(&$0) } }
}
