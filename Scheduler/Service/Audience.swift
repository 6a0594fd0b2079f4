import SchedulerStore
import ServiceLifecycle
import Synchronization

/// Those who listen to the events of schedules in this process: how many they may be, what wakes them, and
/// that they go before the server stops.
package final class Audience: Service {
    /// How many may listen at the same time; each holds a connection.
    struct Limits: Sendable {
        var perUser = 16
        var total = 512
    }

    /// Whether one more may listen.
    enum Admission {
        case seated(Seat)
        /// As many of this user listen as may.
        case userFull(limit: Int)
        /// As many listen as may.
        case full
    }

    /// A place in the audience, until it is let go.
    final class Seat: Sendable {
        /// Rings when there may be news of the schedule, and for good when the audience is to go.
        let bell: Doorbell
        private let number: Int
        private let user: String
        private let schedule: String
        private let audience: Audience

        fileprivate init(_ number: Int, bell: Doorbell, user: String, schedule: String, of audience: Audience)
        {
            self.number = number
            self.bell = bell
            self.user = user
            self.schedule = schedule
            self.audience = audience
        }

        /// Whether whoever sits here is to go.
        var isClosing: Bool { audience.state.withLock { $0.isClosing } }

        // An answer may be dropped before anything of it is written; its seat goes with it.
        deinit { audience.leave(number, user: user, schedule: schedule) }
    }

    private struct State {
        /// By schedule and number.
        var bells: [String: [Int: Doorbell]] = [:]
        var users: [String: Int] = [:]
        var total = 0
        var numbers = 0
        var isClosing = false
    }

    private let limits: Limits
    private let state = Mutex(State())

    init(limits: Limits = Limits()) { self.limits = limits }

    /// Takes a place for `user`, who listens to the schedule or comparison with the ID `schedule`.
    func enter(user: String, schedule: String) -> Admission {
        let bell = Doorbell()
        let number = state.withLock { state -> Result<Int, Refused> in
            guard state.users[user, default: 0] < limits.perUser else { return .failure(.user) }
            guard state.total < limits.total else { return .failure(.all) }
            state.users[user, default: 0] += 1
            state.total += 1
            state.numbers += 1
            state.bells[schedule, default: [:]][state.numbers] = bell
            if state.isClosing { bell.close() }
            return .success(state.numbers)
        }
        switch number {
        case .success(let number):
            return .seated(Seat(number, bell: bell, user: user, schedule: schedule, of: self))
        case .failure(.user): return .userFull(limit: limits.perUser)
        case .failure(.all): return .full
        }
    }

    private enum Refused: Error { case user, all }

    private func leave(_ number: Int, user: String, schedule: String) {
        state.withLock { state in
            state.bells[schedule]?[number] = nil
            if state.bells[schedule]?.isEmpty == true { state.bells[schedule] = nil }
            state.total -= 1
            let left = state.users[user, default: 1] - 1
            state.users[user] = left > 0 ? left : nil
        }
    }

    /// There may be news of the schedule or comparison with this ID. Returns at once.
    func ring(_ schedule: String) {
        let bells = state.withLock { $0.bells[schedule]?.values.map(\.self) ?? [] }
        for bell in bells { bell.ring() }
    }

    /// There may be news of `schedule`, and so of the comparison that it is a part of.
    func ring(for schedule: Schedule) {
        ring(schedule.id)
        if let comparison = schedule.comparisonID { ring(comparison) }
    }

    /// Sends everybody away, and all who come from now on.
    func close() {
        let bells = state.withLock { state in
            state.isClosing = true
            return state.bells.values.flatMap(\.values)
        }
        for bell in bells { bell.close() }
    }

    /// Waits for the service to be told to stop, and sends everybody away.
    package func run() async throws {
        try? await gracefulShutdown()
        close()
    }
}
