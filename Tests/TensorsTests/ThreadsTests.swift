import Foundation
import Tensors
import Testing

/// In processes of their own: the thread count is process-wide.
@Suite struct ThreadsTests {
    @Test func `the thread count is what was set`() async {
        await #expect(processExitsWith: .success) {
            for count in [1, 3, 2] {
                try setThreadCount(count)
                #expect(threadCount == count)
            }
        }
    }

    @Test func `the thread count holds on threads that computed before`() async {
        await #expect(processExitsWith: .success) {
            let (ready, go, done) = (
                DispatchSemaphore(value: 0), DispatchSemaphore(value: 0),
                DispatchSemaphore(value: 0)
            )
            Thread.detachNewThread {
                _ = try? Tensor.ones([100_000]).sum()
                #expect(threadCount != 5)
                ready.signal()
                go.wait()
                #expect(threadCount == 5)
                done.signal()
            }
            ready.wait()
            try setThreadCount(5)
            go.signal()
            done.wait()
        }
    }

    @Test(arguments: [0, -1])
    func `a thread count below one is refused`(count: Int) {
        let failure = #expect(throws: TensorError.self) { try setThreadCount(count) }
        #expect(failure?.message == "Expected positive number of threads")
    }

    @Test func `libtorch says its version`() {
        #expect(libtorchVersion.split(separator: ".").count >= 3)
    }
}
