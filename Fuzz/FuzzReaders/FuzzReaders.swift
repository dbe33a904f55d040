import Foundation

/// What libFuzzer calls with each input: the reader that `SWIFTLET_FUZZ_READER` names gets it.
///
/// A reader may throw; it may not trap, compute for over a second or take more memory than the run allows.
@c(LLVMFuzzerTestOneInput) @unsafe
public func testOneInput(_ start: UnsafePointer<UInt8>?, _ count: Int) -> Int32 {
    let data = unsafe start.map { unsafe Data(bytes: $0, count: count) } ?? Data()
    let begin = clock()
    try? chosen.read(data)
    // In millionths of a second of the process itself: on a busy machine the clock on the wall says nothing.
    precondition(clock() - begin < 1_000_000, "an input took over a second")
    return 0
}

private let chosen: Reader = {
    let name = ProcessInfo.processInfo.environment["SWIFTLET_FUZZ_READER"] ?? ""
    guard let reader = Reader(rawValue: name) else {
        let names = Reader.allCases.map(\.rawValue).joined(separator: " ")
        print("SWIFTLET_FUZZ_READER names one of \(names)")
        exit(64)
    }
    return reader
}()
