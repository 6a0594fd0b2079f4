import Foundation
import GatewayCore
import Logging
import NIOCore
import Synchronization

/// Keeps the service manager's watchdog quiet as long as every event loop answers: a worker whose loop hangs is
/// restarted (`WatchdogSec=` of systemd.service(5)).
struct Watchdog: Sendable {
    /// How long the manager waits for a sign of life.
    let interval: Duration

    static let variables = ["WATCHDOG_USEC", "WATCHDOG_PID"]

    /// Nil where nobody watches this process.
    init?(environment: [String: String], processID: Int32) {
        guard let text = environment["WATCHDOG_USEC"], let microseconds = Int64(text), microseconds > 0
        else { return nil }
        if let watched = environment["WATCHDOG_PID"], watched != String(processID) { return nil }
        interval = .microseconds(microseconds)
    }

    /// How long a loop may take to answer, and how often a sign is given: twice as often as is asked for.
    var period: Duration { interval / 2 }

    /// Asks the loops over and over until the task is cancelled.
    func run(_ loops: [any EventLoop], _ notifier: Notifier, logger: Logger) async {
        let pulse = Pulse(loops)
        while !Task.isCancelled {
            pulse.ask()
            try? await Task.sleep(for: period)
            guard !Task.isCancelled else { return }
            let silent = pulse.silent
            if silent.isEmpty {
                notifier.tell(.alive)
            } else {
                logger.error(
                    "an event loop does not answer; the watchdog is told nothing",
                    metadata: ["loops": "\(silent.map(String.init).joined(separator: ","))"])
            }
        }
    }

    /// Which loops have answered since they were asked. A loop has one question at a time before it.
    final class Pulse: Sendable {
        private let loops: [any EventLoop]
        private let isAsked: Mutex<[Bool]>

        init(_ loops: [any EventLoop]) {
            self.loops = loops
            isAsked = Mutex(Array(repeating: false, count: loops.count))
        }

        func ask() {
            for (index, loop) in loops.enumerated() {
                let isNew = isAsked.withLock { isAsked in
                    defer { isAsked[index] = true }
                    return !isAsked[index]
                }
                if isNew { loop.execute { self.isAsked.withLock { $0[index] = false } } }
            }
        }

        /// The indices of those that have not answered.
        var silent: [Int] { isAsked.withLock { isAsked in isAsked.indices.filter { isAsked[$0] } } }
    }
}
