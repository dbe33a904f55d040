import Dispatch
import Synchronization

/// Gives the batches of an epoch one after the other, and prepares the next ones meanwhile.
///
/// One thread in the background prepares at most `ahead` batches more than were asked for. The
/// batches depend on the examples and the order alone, never on timing. One caller at a time.
public final class BatchLoader {
    /// In which order examples come.
    public enum Order: Hashable, Sendable {
        /// As they are stored.
        case inOrder
        /// In an order drawn from the seed, another one in each epoch.
        case shuffled(seed: UInt64, epoch: Int)
    }

    /// The number of batches in the epoch.
    public let batchCount: Int
    /// Seconds that callers of ``next()`` have waited so far because their batch was not ready.
    public private(set) var waitSeconds = 0.0
    private let plan: BatchPlan
    private let shelf = Shelf()
    private let queue = DispatchQueue(label: "swiftlet.batches")
    private var begun = 0
    private var given = 0

    /// Begins to prepare the first batches.
    ///
    /// The last batch holds what is left. Where that is one example it is left out when the order
    /// is shuffled: batch norm cannot be trained on a single one.
    ///
    /// - Parameters:
    ///   - batchSize: examples in a batch, at least 1.
    ///   - order: in which examples come; what is drawn for a batch depends on its seed and epoch
    ///     and on the batch's position.
    ///   - augmentation: how examples are changed at random, which takes a shuffled order.
    ///   - ahead: how many batches are kept ready, at least 1.
    public init(
        _ examples: Examples, batchSize: Int, order: Order, augmentation: Augmentation = .none,
        ahead: Int = 2
    ) {
        precondition(batchSize > 0 && ahead > 0, "batches of \(batchSize), \(ahead) ahead")
        precondition(
            augmentation == .none || order != .inOrder, "augmentation draws by the order's seed")
        plan = BatchPlan(
            examples, batchSize: batchSize, order: order, augmentation: augmentation)
        batchCount = plan.batchCount
        for _ in 0..<ahead { begin() }
    }

    deinit { shelf.abandon() }

    /// The next batch; nil after the last one, or after an error.
    ///
    /// Throws what the preparation threw.
    public func next() throws -> Batch? {
        guard given < batchCount else { return nil }
        given += 1
        let start = ContinuousClock.now
        let result = shelf.take()
        waitSeconds += (ContinuousClock.now - start) / .seconds(1)
        begin()
        do { return try result.get() } catch {
            given = batchCount
            throw error
        }
    }

    /// Hands the background its next batch, if there is one.
    private func begin() {
        guard begun < batchCount else { return }
        let index = begun
        begun += 1
        queue.async { [plan, shelf] in
            guard !shelf.isAbandoned else { return }
            shelf.put(Result { try plan.batch(index) })
        }
    }
}

/// Batches that are ready, in their order.
private final class Shelf: Sendable {
    private struct State {
        var ready: [Result<Batch, any Error>] = []
        var isAbandoned = false
    }

    private let state = Mutex(State())
    private let count = DispatchSemaphore(value: 0)

    var isAbandoned: Bool { state.withLock { $0.isAbandoned } }

    func abandon() { state.withLock { $0.isAbandoned = true } }

    func put(_ result: Result<Batch, any Error>) {
        state.withLock { $0.ready.append(result) }
        count.signal()
    }

    /// Waits for the next one.
    func take() -> Result<Batch, any Error> {
        count.wait()
        return state.withLock { $0.ready.removeFirst() }
    }
}
