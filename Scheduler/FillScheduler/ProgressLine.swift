import Foundation
import SchedulingCore
import Synchronization

/// One line on standard error that says how far a command is. It is there only if standard error is a
/// terminal and the command takes longer than a second, and it goes away with the command's end.
final class ProgressLine: Sendable {
    private struct State {
        var details = ""
        var isDrawn = false
        var isOver = false
    }

    private let title: String
    private let begin = ContinuousClock.now
    private let state = Mutex(State())

    private init(title: String) { self.title = title }

    /// Runs `work`, which may say at any time and from any thread how far it is.
    /// - Parameter title: what is being done, in a word or two.
    static func during<Outcome>(
        _ title: String, _ work: (_ report: @escaping @Sendable (_ details: String) -> Void) throws -> Outcome
    ) rethrows -> Outcome {
        guard isTerminal else { return try work { _ in } }
        let line = ProgressLine(title: title)
        let drawing = Task.detached {
            try? await Task.sleep(for: .seconds(1))
            while !Task.isCancelled {
                line.draw()
                try? await Task.sleep(for: .milliseconds(250))
            }
        }
        defer {
            drawing.cancel()
            line.clear()
        }
        return try work { details in line.state.withLock { $0.details = details } }
    }

    private static var isTerminal: Bool {
        isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"
    }

    /// What fits the narrowest terminal in use without a second line.
    private static let width = 79

    private func draw() {
        let seconds = Int((ContinuousClock.now - begin) / .seconds(1))
        state.withLock { state in
            guard !state.isOver else { return }
            state.isDrawn = true
            let text = "\(title): \(seconds) s  \(state.details)"
            write("\r" + text.prefix(Self.width) + "\u{1B}[K")
        }
    }

    private func clear() {
        state.withLock { state in
            state.isOver = true
            if state.isDrawn { write("\r\u{1B}[K") }
        }
    }

    private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

extension ProgressLine {
    /// `42 %  Searching  best 36361.43 h  bound 36357.43 h`, as far as it is known.
    static func details(
        fraction: Double?, message: String, best: String? = nil, bound: String? = nil
    ) -> String {
        let parts = [
            fraction.map { "\(Int($0 * 100)) %" }, message.isEmpty ? nil : message,
            best.map { "best \($0)" }, bound.map { "bound \($0)" },
        ]
        return parts.compactMap(\.self).joined(separator: "  ")
    }
}
