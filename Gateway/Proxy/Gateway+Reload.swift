package import GatewayCore
package import NIOCore

// A new configuration, without a connection dropped and without a request that fails. First everything that can
// fail is done while the old configuration serves; then each loop is given the new one between two steps of its
// tasks, which cannot fail.
extension Gateway {
    /// A configuration that is ready to take over: its stores connect, its listeners are open. Nothing has
    /// changed yet. It must be handed to `commit` or to `discard`.
    package struct Prepared: Sendable {
        fileprivate let settings: GatewaySettings
        fileprivate let accessLog: AccessLogSink?
        fileprivate let opened: [Listener]
        /// Upstreams that are watched for its sake.
        fileprivate let watched: [UpstreamSettings]
        /// What the listeners that stay will show to new connections.
        fileprivate let fronts: [(listener: Listener, front: Listener.Front)]
        /// Whether every loop's store can be asked. Where it cannot, requests will meet a store that is away.
        package let reachesStore: Bool
    }

    /// How long a new store may take to connect before the reload goes on without it.
    static let storePatience = Duration.seconds(1)

    /// Makes `settings` ready. `services` is called once on each event loop with what that loop has now; what it
    /// answers is attached when the settings take over. Throws `StartFault` where a listener cannot be opened or its
    /// certificate, or one towards an upstream, does not load, with nothing changed. `inherited` are sockets that are
    /// bound already, by the address that they stand for.
    ///
    /// One reload is made at a time: calls to this and to what follows must not overlap.
    package func prepare(
        _ settings: GatewaySettings, accessLog: AccessLogSink?,
        inherited: [GatewaySettings.ListenAddress: CInt] = [:],
        services: @escaping @Sendable (any EventLoop, LoopServices) -> LoopServices
    ) async throws -> Prepared {
        let kept = Set(listening.map(\.address))
        var opened: [Listener] = []
        var fronts: [(listener: Listener, front: Listener.Front)] = []
        for listener in listening {
            guard let new = settings.listen.first(where: { $0.address == listener.address }) else { continue }
            do throws(TLSFault) { fronts.append((listener, try listener.front(for: new))) } catch {
                throw StartFault.cannotUse(address: listener.address.description, error)
            }
        }
        let watched: [UpstreamSettings]
        do throws(UpstreamTLSFault) { watched = try await upstreams.watch(settings.upstreams) } catch {
            throw StartFault.cannotEncrypt(error)
        }
        do {
            for listener in settings.listen where !kept.contains(listener.address) {
                opened.append(try await open(listener, descriptor: inherited[listener.address]))
            }
        } catch {
            for listener in opened { await close(listener) }
            upstreams.forget(watched)
            throw error
        }
        for loop in loops {
            try? await loop.executor.eventLoop.submit {
                loop.state.nextServices = services(loop.executor.eventLoop, loop.state.services)
            }.get()
        }
        let reachesStore = await waitForStores()
        return Prepared(
            settings: settings, accessLog: accessLog, opened: opened, watched: watched,
            fronts: fronts,
            reachesStore: reachesStore)
    }

    /// Serves by `prepared` from now on.
    package func commit(_ prepared: Prepared) async {
        let settings = prepared.settings
        for loop in loops {
            try? await loop.executor.eventLoop.submit {
                loop.state.replace(settings, accessLog: prepared.accessLog)
            }.get()
        }
        for (listener, front) in prepared.fronts { listener.take(front) }
        for listener in listening where !settings.listen.contains(where: { $0.address == listener.address }) {
            await close(listener)
        }
        // Files that changed under settings that did not: what does not load is logged, and the old one stays.
        try? reloadCertificates()
        upstreams.keep(settings.upstreams)
        _ = await upstreams.reloadCertificates()
    }

    /// Serves under what operators have changed from now on, also after a reload.
    package func apply(_ overrides: [LimitOverride]) async {
        for loop in loops {
            try? await loop.executor.eventLoop.submit { loop.state.apply(overrides) }.get()
        }
    }

    /// Lets go of what was prepared; everything stays as it is.
    package func discard(_ prepared: Prepared) async {
        for loop in loops {
            try? await loop.executor.eventLoop.submit { loop.state.nextServices = nil }.get()
        }
        upstreams.forget(prepared.watched)
        for listener in prepared.opened { await close(listener) }
    }

    /// Whether every loop's next store came within reach in time.
    private func waitForStores() async -> Bool {
        let deadline = ContinuousClock.now + Self.storePatience
        for loop in loops {
            while true {
                let isReachable = try? await loop.executor.eventLoop.submit {
                    loop.state.nextServices?.isReachable() ?? true
                }.get()
                if isReachable != false { break }
                guard ContinuousClock.now < deadline else { return false }
                try? await Task.sleep(for: .milliseconds(5))
            }
        }
        return true
    }
}
