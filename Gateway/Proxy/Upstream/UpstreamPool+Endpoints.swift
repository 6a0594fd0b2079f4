import GatewayCore
import Logging
import NIOCore

// Which address a request goes to, and the connections that each has to spare.
extension UpstreamPool {
    /// Takes what the worker knows by now. Addresses that are still there keep all they have; those that are
    /// gone finish what they are doing.
    func apply(_ report: UpstreamReport) {
        if report.tls !== tls {
            tls = report.tls
            // They were made with what was believed before.
            closeIdle()
        }
        var known = Dictionary(endpoints.map { ($0.address, $0) }) { first, _ in first }
        endpoints = report.endpoints.map { told in
            guard let endpoint = known.removeValue(forKey: told.address) else {
                return UpstreamEndpoint(told)
            }
            endpoint.hear(told.verdict)
            return endpoint
        }
        for endpoint in known.values {
            endpoint.isRetired = true
            closeIdle(of: endpoint)
        }
        if rotor >= endpoints.count { rotor = 0 }
    }

    /// The address with the fewest requests outstanding among the best; equals take turns. Nil where there is
    /// none that is not among `tried`.
    func choose(except tried: [UpstreamEndpoint] = []) -> UpstreamEndpoint? {
        let count = endpoints.count
        guard count > 1 else { return tried.isEmpty ? endpoints.first : nil }
        // Where no ejection can still last the clock need not be asked: any late moment will do.
        let now = lastEjectionEnds > 0 ? Clock.monotonic : UInt64.max
        if now > lastEjectionEnds { lastEjectionEnds = 0 }
        var best: UpstreamEndpoint?
        var bestRank = Int.max
        var index = rotor
        for _ in 0..<count {
            let endpoint = endpoints[index]
            index = index + 1 == count ? 0 : index + 1
            if !tried.isEmpty, tried.contains(where: { $0 === endpoint }) { continue }
            let rank = endpoint.rank(at: now)
            guard rank <= bestRank else { continue }
            if let best, rank == bestRank, endpoint.outstanding >= best.outstanding { continue }
            best = endpoint
            bestRank = rank
        }
        rotor = rotor + 1 == count ? 0 : rotor + 1
        return best
    }

    /// Counts a failure against an address; enough of them eject it for a while.
    func noteFailure(of endpoint: UpstreamEndpoint, isDecisive: Bool, at now: UInt64) {
        guard !endpoint.isRetired else { return }
        let ejected = ejectedCount(at: now)
        let hasEjected = endpoint.ejection.failed(
            isDecisive: isDecisive, mayEject: ejected < settings.ejection.most(of: endpoints.count), at: now,
            by: settings.ejection)
        guard hasEjected else { return }
        ejections += 1
        lastEjectionEnds = max(lastEjectionEnds, endpoint.ejection.until)
        closeIdle(of: endpoint)
        logger.warning(
            "address ejected",
            metadata: [
                "upstream": "\(settings.name)", "address": "\(endpoint.address.text)",
                "for": "\((endpoint.ejection.until - now) / 1_000_000)ms",
            ])
    }

    func ejectedCount(at now: UInt64) -> Int {
        endpoints.count { $0.ejection.isEjected(at: now) }
    }

    // MARK: Idle connections

    /// The connection that was used last, if it is still good.
    func takeIdle(_ endpoint: UpstreamEndpoint) -> UpstreamConnection? {
        while let connection = endpoint.idle.popLast() {
            idleCount -= 1
            if connection.isQuiet { return connection }
            connection.wire.close()
        }
        return nil
    }

    /// Makes room for one connection more: those under way and those that are idle are together no more than
    /// may be open.
    func makeRoom() {
        guard inUse + idleCount > mostInUse,
            let fullest = endpoints.max(by: { $0.idle.count < $1.idle.count })
        else { return }
        guard !fullest.idle.isEmpty else { return }
        fullest.idle.removeFirst().wire.close()
        idleCount -= 1
    }

    /// Closes what has been idle or in use for too long. Called now and then.
    func sweep(now: UInt64) {
        guard idleCount > 0 else { return }
        let limit = settings.idleTimeout.nanoseconds
        for endpoint in endpoints where !endpoint.idle.isEmpty {
            let before = endpoint.idle.count
            endpoint.idle.removeAll { connection in
                let isOver =
                    connection.wire.isClosed || now >= connection.expiresAt
                    || now - min(now, connection.idleSince) > limit
                if isOver { connection.wire.close() }
                return isOver
            }
            idleCount -= before - endpoint.idle.count
        }
    }

    func closeIdle() {
        for endpoint in endpoints { closeIdle(of: endpoint) }
    }

    private func closeIdle(of endpoint: UpstreamEndpoint) {
        idleCount -= endpoint.idle.count
        for connection in endpoint.idle { connection.wire.close() }
        endpoint.idle.removeAll()
    }
}
