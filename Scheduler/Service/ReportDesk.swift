import Dispatch
import Synchronization

/// Makes files of results one after the other, on a thread apart from those that serve requests. How many may
/// wait is bounded, for each user and for all.
final class ReportDesk: Sendable {
    struct Limits: Sendable {
        var perUser = 4
        var total = 32
    }

    private struct State {
        var users: [String: Int] = [:]
        var total = 0
    }

    private let limits: Limits
    private let state = Mutex(State())
    private let queue = DispatchQueue(label: "reports", qos: .utility)

    init(limits: Limits = Limits()) { self.limits = limits }

    /// Files that are being made or wait to be.
    var waiting: Int { state.withLock { $0.total } }

    /// What `work` makes, when it is this one's turn. A caller who has gone away by then costs nothing more.
    ///
    /// - Throws: `Refusal.tooManyReports` or `Refusal.reportsBusy` at once, if as many wait as may; or what
    ///   `work` throws.
    func make<File: Sendable>(
        for user: String, _ work: @escaping @Sendable () throws -> File
    ) async throws -> File {
        try enter(user)
        defer { leave(user) }
        let turn = Turn()
        return try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                queue.async {
                    continuation.resume(
                        with: Result { () throws in
                            if turn.isGivenUp.load(ordering: .relaxed) { throw CancellationError() }
                            return try work()
                        })
                }
            }
        } onCancel: {
            turn.isGivenUp.store(true, ordering: .relaxed)
        }
    }

    private final class Turn: Sendable {
        let isGivenUp = Atomic(false)
    }

    private func enter(_ user: String) throws(Refusal) {
        try state.withLock { state throws(Refusal) in
            guard state.users[user, default: 0] < limits.perUser else {
                throw .tooManyReports(limit: limits.perUser)
            }
            guard state.total < limits.total else { throw .reportsBusy }
            state.users[user, default: 0] += 1
            state.total += 1
        }
    }

    private func leave(_ user: String) {
        state.withLock { state in
            state.total -= 1
            let left = state.users[user, default: 1] - 1
            state.users[user] = left > 0 ? left : nil
        }
    }
}
