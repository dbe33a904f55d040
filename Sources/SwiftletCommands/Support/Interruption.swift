import Foundation
import Synchronization

/// Ctrl-C as a flag that long work looks at, so that no file is left half written.
enum Interruption {
    private static let flag = Atomic<Bool>(false)

    /// Whether the user pressed Ctrl-C, or the process was asked to end.
    static var isRequested: Bool { flag.load(ordering: .relaxed) }

    /// Turns the signals into the flag; a second Ctrl-C ends the process at once.
    static func watch() {
        for number in [SIGINT, SIGTERM] {
            signal(number) { number in
                Interruption.flag.store(true, ordering: .relaxed)
                signal(number, SIG_DFL)
            }
        }
    }
}
