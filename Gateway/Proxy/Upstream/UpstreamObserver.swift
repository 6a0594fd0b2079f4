import GatewayCore
import Logging
import NIOCore

/// Finds out about one upstream for a whole worker: where its names lead, and whether its addresses are well.
/// What changes is published.
actor UpstreamObserver {
    nonisolated let settings: UpstreamSettings
    private let group: any EventLoopGroup
    private let logger: Logger
    private let resolver: NameResolver
    private let publish: @Sendable (UpstreamReport) -> Void
    private var report: UpstreamReport
    /// What each name led to when it was last answered for, by its place among the addresses.
    private var answers: [Int: [SocketAddress]] = [:]
    /// Names whose failure was told already.
    private var complained: Set<Int> = []
    private var health: [SocketAddress: HealthState] = [:]
    private var faults: [SocketAddress: UpstreamProbe.Fault] = [:]

    /// How long a look-up may take.
    static let lookUpDeadline = Duration.seconds(10)

    init(
        _ report: UpstreamReport, group: any EventLoopGroup, logger: Logger, resolver: @escaping NameResolver,
        publish: @escaping @Sendable (UpstreamReport) -> Void
    ) {
        settings = report.settings
        self.report = report
        self.group = group
        self.logger = logger
        self.resolver = resolver
        self.publish = publish
    }

    /// Looks names up and checks addresses over and over, until the task is cancelled.
    func run() async {
        async let resolving: Void = resolveRepeatedly()
        async let checking: Void = checkRepeatedly()
        _ = await (resolving, checking)
    }

    /// Takes other certificates from now on.
    func use(_ tls: UpstreamTLSContext?) { rebuild(tls: tls) }

    // MARK: Names

    /// Looks all names up, side by side, and waits no longer than `limit`.
    func resolve(within limit: Duration) async {
        let resolver = resolver
        let names = settings.addresses.enumerated().compactMap { index, address -> (Int, String, Int)? in
            guard case .host(let host, let port) = address, address.numeric == nil else { return nil }
            return (index, host, port)
        }
        guard !names.isEmpty else { return }
        await withTaskGroup(of: (Int, Result<[SocketAddress], any Error>).self) { group in
            for (index, host, port) in names {
                group.addTask {
                    do {
                        var found = try await within(limit) { try await resolver(host) }
                        guard !found.isEmpty else {
                            throw NameLookup.Fault.notFound("the name has no address")
                        }
                        for place in found.indices { found[place].port = port }
                        return (index, .success(found))
                    } catch {
                        return (index, .failure(error))
                    }
                }
            }
            for await (index, result) in group { settle(index, result) }
        }
        rebuild(tls: report.tls)
    }

    private func settle(_ index: Int, _ result: Result<[SocketAddress], any Error>) {
        let name = "\(settings.addresses[index])"
        switch result {
        case .success(let found):
            // Name servers turn their answers round; that is no change.
            answers[index] = Array(Set(found)).sorted { $0.text < $1.text }.prefix(NameLookup.mostAddresses)
                .map { $0 }
            guard complained.remove(index) != nil else { return }
            logger.notice(
                "name resolves again", metadata: ["upstream": "\(settings.name)", "address": "\(name)"])
        case .failure(let error):
            guard complained.insert(index).inserted else { return }
            let kept = answers[index] == nil ? "there is nothing to go by" : "the last answer stays"
            logger.warning(
                "name does not resolve; \(kept)",
                metadata: [
                    "upstream": "\(settings.name)", "address": "\(name)", "reason": "\(error)",
                ])
        }
    }

    private func resolveRepeatedly() async {
        guard settings.addresses.contains(where: { $0.numeric == nil }) else { return }
        while !Task.isCancelled {
            // A name that never led anywhere is tried again sooner.
            let pause = report.unresolved.isEmpty ? settings.resolveInterval : Self.retry(settings)
            do { try await Task.sleep(for: Self.jittered(pause)) } catch { return }
            await resolve(within: Self.lookUpDeadline)
        }
    }

    private static func retry(_ settings: UpstreamSettings) -> Duration {
        min(settings.resolveInterval, .seconds(1))
    }

    // MARK: Health

    private func checkRepeatedly() async {
        guard settings.health.isOn else { return }
        while !Task.isCancelled {
            await check()
            let isSettled = !health.isEmpty && health.values.allSatisfy { !$0.isInDoubt }
            let pause = isSettled ? settings.health.interval : settings.health.hurriedInterval
            do { try await Task.sleep(for: Self.jittered(pause)) } catch { return }
        }
    }

    private func check() async {
        let targets = report.endpoints
        let policy = settings.health
        let eventLoops = group
        let tls = report.tls
        let found = await withTaskGroup(of: (SocketAddress, UpstreamProbe.Fault?).self) { group in
            for target in targets {
                group.addTask {
                    let fault = await UpstreamProbe.fault(
                        of: target.address, host: target.host, path: policy.path, tls: tls, on: eventLoops,
                        deadline: policy.timeout)
                    return (target.address, fault)
                }
            }
            return await group.reduce(into: []) { $0.append($1) }
        }
        for (address, fault) in found {
            faults[address] = fault
            if health[address, default: HealthState()].record(passed: fault == nil, by: policy) {
                tell(address, fault)
            }
        }
        rebuild(tls: report.tls)
    }

    private func tell(_ address: SocketAddress, _ fault: UpstreamProbe.Fault?) {
        let place: Logger.Metadata = ["upstream": "\(settings.name)", "address": "\(address.text)"]
        if let fault {
            logger.warning(
                "address is not healthy",
                metadata: place.merging(["reason": "\(fault.sentence)"]) { $1 })
        } else {
            logger.notice("address is healthy", metadata: place)
        }
    }

    /// A tenth more or less, so that workers and upstreams do not keep step.
    private static func jittered(_ span: Duration) -> Duration { span * Double.random(in: 0.9...1.1) }

    // MARK: What is known

    private func rebuild(tls: UpstreamTLSContext?) {
        var next = UpstreamReport(settings, tls: tls)
        next.endpoints = []
        next.unresolved = []
        var seen: Set<SocketAddress> = []
        for (index, address) in settings.addresses.enumerated() {
            var host: String?
            if case .host(let name, _) = address, address.numeric == nil { host = name }
            let found = address.numeric.map { [$0] } ?? answers[index] ?? []
            if found.isEmpty { next.unresolved.append(address.description) }
            for place in found where seen.insert(place).inserted {
                next.endpoints.append(
                    EndpointReport(
                        address: place, host: host, verdict: health[place]?.verdict ?? .unknown,
                        fault: faults[place]))
            }
        }
        health = health.filter { seen.contains($0.key) }
        faults = faults.filter { seen.contains($0.key) }
        guard
            next.endpoints != report.endpoints || next.unresolved != report.unresolved || tls !== report.tls
        else { return }
        report = next
        publish(next)
    }
}
