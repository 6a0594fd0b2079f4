import GatewayProxy
import Logging

// SIGHUP: a new configuration takes over while requests go on, or is refused as a whole.
extension Worker {
    /// Reads, checks and builds the configuration anew; serves by it if all of that succeeds, and otherwise says
    /// what is wrong with it and leaves everything as it is.
    func reload(_ running: inout Running) async {
        logger.info("reloading")
        notifier.tell(.reloading(at: Clock.monotonic))
        defer { notifier.tell(.ready(status)) }
        do {
            let changes = try await replace(&running)
            reloads.succeeded(at: Clock.now)
            logger.notice(
                "reloaded",
                metadata: ["changed": "\(changes.isEmpty ? "nothing" : changes.joined(separator: ", "))"])
        } catch let faults as ConfigFaults {
            for fault in faults.faults { log(fault, of: faults.file) }
            refuse("the configuration has \(faults.faults.count) mistakes")
        } catch let failure as CommandFailure {
            refuse(failure.message)
        } catch let fault as Gateway.StartFault {
            refuse(fault.description)
        } catch {
            refuse("\(error)")
        }
    }

    private func refuse(_ reason: String) {
        reloads.failed()
        logger.error("not reloaded: the old configuration stays", metadata: ["reason": "\(reason)"])
    }

    private func log(_ fault: ConfigFault, of file: String) {
        var metadata: Logger.Metadata = ["key": "\(fault.key)"]
        switch fault.place {
        case .line(let line): metadata["file"] = "\(file):\(line)"
        case .variable(let name): metadata["variable"] = "\(name)"
        case .nowhere: metadata["file"] = "\(file)"
        }
        logger.error("configuration: \(fault.message)", metadata: metadata)
    }

    /// Everything that can fail comes first; the rest cannot. Answers what is different now: names, no values.
    private func replace(_ running: inout Running) async throws -> [String] {
        let old = current
        var settings = try load()
        let later = Self.keepWhatNeedsRestart(&settings, from: old.settings)
        let next = try Generation(settings, after: old, on: group, upstreams: upstreams, logger: logger)
        var changes = Configuration.changes(from: old.settings, to: settings)
        if next.keys.names != old.keys.names { changes.append("signing keys") }

        let gateway = running.gateway
        let prepared = try await gateway.prepare(
            next.proxySettings, accessLog: next.accessLog(sink),
            inherited: try sockets(for: settings, besides: gateway.listening.map(\.address)),
            services: { self.services(on: $0, next, after: (old, $1)) })
        let operations: RunningOperations
        do {
            operations =
                settings.operations.address == running.operations.address
                ? running.operations : try await startOperations(settings, running.scrape)
        } catch {
            await gateway.discard(prepared)
            throw error
        }
        // Who checks assertions should know a key before it signs; and readiness asks over this store.
        let isStoreThere = await next.store.becomesReachable(within: Self.storePatience)
        if !isStoreThere || !prepared.reachesStore {
            logger.warning("Redis, as the new configuration has it, cannot be reached yet")
        }
        if next.keys.names != old.keys.names { _ = await Housekeeping.publishKeys(of: next) }

        let before = gateway.boundAddresses
        if next.news !== old.news { listen(to: next.news, for: gateway) }
        await gateway.commit(prepared)
        if next.news !== old.news { await old.news.close() }
        log.change(to: settings.log)
        take(next)
        if operations.address != running.operations.address {
            await running.operations.stop()
            running.operations = operations
        }
        logListeners(gateway, besides: before)
        if settings.listen != old.settings.listen || settings.trustedProxies != old.settings.trustedProxies {
            warnOfPlainHTTP(settings)
        }
        for key in later {
            logger.warning("this takes effect with the next start only", metadata: ["key": "\(key)"])
        }
        return changes
    }

    private static let storePatience = Duration.seconds(1)

    /// Puts back what a running process cannot change; answers the keys that were.
    static func keepWhatNeedsRestart(_ settings: inout Settings, from old: Settings) -> [String] {
        var keys: [String] = []
        if settings.eventLoops != old.eventLoops {
            settings.eventLoops = old.eventLoops
            keys.append("event-loops")
        }
        for index in settings.listen.indices {
            let listener = settings.listen[index]
            guard let was = old.listen.first(where: { $0.address == listener.address }),
                was.reusePort != listener.reusePort
            else { continue }
            settings.listen[index].reusePort = was.reusePort
            keys.append("listen[\(index)].reuse-port")
        }
        return keys
    }
}
