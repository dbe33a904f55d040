import Foundation
import Reports
import Synchronization

/// Tells how far a search for ranks is: on a terminal as it goes on, elsewhere when it has ended.
final class SearchProgress: Sendable {
    private struct State {
        var tried = 0
        var found = ""
        var begin: Date?
        var shown = Date.distantPast
    }

    private let state = Mutex(State())

    /// Counts a choice of ranks that was tried.
    func count() {
        state.withLock { state in
            let now = Date()
            state.tried += 1
            state.begin = state.begin ?? now
            guard now.timeIntervalSince(state.shown) > 0.2 else { return }
            state.shown = now
            Console.progress(
                "searching for ranks: \(state.tried) choices tried\(state.found)", isLast: false)
        }
    }

    /// Notes what the best choice has come to.
    func note(generation: Int, of generations: Int, divergence: Double) {
        state.withLock {
            $0.found =
                ", generation \(generation) of \(generations), divergence "
                + Formatting.decimal(divergence, places: 4)
        }
    }

    /// Ends the line, where there was a search.
    func end() {
        state.withLock { state in
            guard let begin = state.begin else { return }
            let seconds = Formatting.duration(Date().timeIntervalSince(begin))
            Console.progress(
                "Searched for ranks: \(state.tried) choices tried\(state.found), \(seconds).",
                isLast: true)
            state = State()
        }
    }
}
