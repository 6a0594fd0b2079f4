package import GatewayCore
package import Logging
package import NIOCore
import Synchronization

/// Watches a worker's upstreams: names are looked up and addresses checked once a worker, and every loop is
/// told what was found.
///
/// Upstreams are known by their settings: those that a reload leaves as they are go on being watched with all
/// that is known of them. To reload: `watch` the new ones, change the loops, then `keep` only the new.
package final class UpstreamWatch: Sendable {
    private struct Observed {
        let observer: UpstreamObserver
        var report: UpstreamReport
        var task: Task<Void, Never>?
    }

    private struct State {
        var observed: [UpstreamSettings: Observed] = [:]
        var onReport: (@Sendable (UpstreamReport) -> Void)?
        var isStopped = false
    }

    private let group: any EventLoopGroup
    private let logger: Logger
    private let lookup = NameLookup()
    private let resolver: NameResolver
    private let state = Mutex(State())

    /// How long the start of an upstream waits for its names. Those that resolve later are used later.
    static let patience = Duration.seconds(2)

    /// Checks run on `group`. `resolver` takes the place of the system's.
    package init(group: any EventLoopGroup, logger: Logger, resolver: NameResolver? = nil) {
        self.group = group
        self.logger = logger
        self.resolver = resolver ?? { [lookup] in try await lookup.addresses(of: $0) }
    }

    /// Watches `upstreams` as well. Returns when their names are resolved, or have had time to be, and answers
    /// which of them were not watched before. Throws, with nothing changed, where certificates cannot be used.
    @discardableResult
    package func watch(
        _ upstreams: [UpstreamSettings]
    ) async throws(UpstreamTLSFault) -> [UpstreamSettings] {
        let known = state.withLock { Set($0.observed.keys) }
        var new: [Observed] = []
        for settings in upstreams where !known.contains(settings) {
            let report = UpstreamReport(settings, tls: try UpstreamTLSContext.load(settings))
            let observer = UpstreamObserver(
                report, group: group, logger: logger, resolver: resolver,
                publish: { [weak self] in self?.publish($0) })
            new.append(Observed(observer: observer, report: report))
            if settings.tls.isEnabled, settings.tls.insecureSkipVerify {
                logger.warning(
                    "certificates of an upstream are not verified: insecure-skip-verify is on",
                    metadata: ["upstream": "\(settings.name)"])
            }
        }
        let added = new
        state.withLock { state in
            for observed in added { state.observed[observed.report.settings] = observed }
        }
        await withTaskGroup(of: Void.self) { group in
            for observed in added {
                group.addTask { await observed.observer.resolve(within: Self.patience) }
            }
        }
        state.withLock { state in
            guard !state.isStopped else { return }
            for observed in added {
                let observer = observed.observer
                state.observed[observer.settings]?.task = Task { await observer.run() }
            }
        }
        return added.map(\.report.settings)
    }

    /// Stops watching all but `upstreams`.
    package func keep(_ upstreams: [UpstreamSettings]) {
        let kept = Set(upstreams)
        forget(state.withLock { $0.observed.keys.filter { !kept.contains($0) } })
    }

    /// Stops watching `upstreams`.
    package func forget(_ upstreams: [UpstreamSettings]) {
        let gone = state.withLock { state in
            upstreams.compactMap { state.observed.removeValue(forKey: $0) }
        }
        for observed in gone { observed.task?.cancel() }
    }

    /// Reads all certificates and keys again. Those that cannot be used leave the old ones in place; answers
    /// what is wrong with them.
    package func reloadCertificates() async -> [UpstreamTLSFault] {
        var faults: [UpstreamTLSFault] = []
        for observed in state.withLock({ Array($0.observed.values) }) {
            do throws(UpstreamTLSFault) {
                guard let tls = try UpstreamTLSContext.load(observed.report.settings) else { continue }
                await observed.observer.use(tls)
            } catch {
                logger.error(
                    "certificates of an upstream stay as they were", metadata: ["reason": "\(error)"])
                faults.append(error)
            }
        }
        return faults
    }

    /// Those that are watched.
    package var watched: Set<UpstreamSettings> { state.withLock { Set($0.observed.keys) } }

    /// What is known of an upstream now. One that is not watched has its numeric addresses only.
    package func report(of settings: UpstreamSettings) -> UpstreamReport {
        state.withLock { $0.observed[settings]?.report } ?? UpstreamReport(settings)
    }

    /// Calls `handler`, anywhere, whenever something has changed from now on.
    func onReport(_ handler: @escaping @Sendable (UpstreamReport) -> Void) {
        state.withLock { $0.onReport = handler }
    }

    package func stop() {
        let tasks = state.withLock { state in
            state.isStopped = true
            state.onReport = nil
            return state.observed.values.compactMap(\.task)
        }
        for task in tasks { task.cancel() }
        lookup.stop()
    }

    private func publish(_ report: UpstreamReport) {
        let handler = state.withLock { state in
            state.observed[report.settings]?.report = report
            return state.onReport
        }
        handler?(report)
    }
}
