import GatewayCore
import GatewayProxy
import Logging
import Synchronization

/// Keeps a worker's event loops to what operators have changed: asks Redis over and over, on the store of what is
/// done beside serving, and hands on what is different.
///
/// While Redis is away the overrides that are known stay in force until their own end.
final class OverrideWatch: Sendable {
    /// How often Redis is asked: what is changed holds on every worker within a second.
    static let interval = Duration.milliseconds(400)

    private struct Known {
        var override: LimitOverride
        /// By a clock of this process: nobody need agree on the time of day.
        var end: ContinuousClock.Instant
    }

    private let state = Mutex<[LimitOverride]>([])
    private let current: @Sendable () -> Generation
    private let logger: Logger

    /// `current` is what is served now: asked anew each time.
    init(current: @escaping @Sendable () -> Generation, logger: Logger) {
        self.current = current
        self.logger = logger
    }

    /// Those in force on this worker.
    var inForce: [LimitOverride] { state.withLock { $0 } }

    /// Watches until the task is cancelled.
    func run(_ gateway: Gateway) async {
        var known: [Known] = []
        while !Task.isCancelled {
            if let (overrides, now) = try? await current().store.run({ try await $0.overrides() }) {
                let moment = ContinuousClock.now
                known = overrides.map { Known(override: $0, end: moment + ($0.until - now)) }
            }
            let moment = ContinuousClock.now
            known.removeAll { $0.end <= moment }
            await apply(known.map(\.override), to: gateway)
            try? await Task.sleep(for: Self.interval)
        }
    }

    private func apply(_ overrides: [LimitOverride], to gateway: Gateway) async {
        let before = inForce
        guard overrides != before else { return }
        await gateway.apply(overrides)
        state.withLock { $0 = overrides }
        for override in overrides where !before.contains(override) {
            logger.notice("override in force", metadata: override.logged)
        }
        for override in before where !overrides.contains(where: { $0.target == override.target }) {
            logger.notice("override ended", metadata: override.logged)
        }
    }
}

extension LimitOverride {
    /// What it changes, in words: `rate 10/s, mode shadow`.
    var changes: [(name: String, value: String)] {
        var changes: [(String, String)] = []
        if let rate {
            changes.append(("rate", Units.text(of: rate)))
        }
        if let burst { changes.append(("burst", String(burst))) }
        if let inFlight { changes.append(("in-flight", String(inFlight))) }
        if let mode { changes.append(("mode", mode.rawValue)) }
        if let bodyLimit { changes.append(("body-limit", Units.text(ofSize: bodyLimit))) }
        return changes
    }

    /// What it is for: `policy` or `route`, and its name.
    var subject: (kind: String, name: String) {
        switch target {
        case .policy(let name): ("policy", name)
        case .route(let pattern): ("route", pattern)
        }
    }

    fileprivate var logged: Logger.Metadata {
        var metadata: Logger.Metadata = [
            "\(subject.kind)": "\(subject.name)", "author": "\(Listing.printable(author))",
            "until": "\(Listing.time(until))",
        ]
        for (name, value) in changes { metadata[name] = "\(value)" }
        return metadata
    }
}

extension Units {
    /// A rate as the configuration writes it.
    static func text(of rate: LimitOverride.Rate) -> String {
        text(of: Rate(count: rate.count, period: .microseconds(rate.microseconds)))
    }
}
