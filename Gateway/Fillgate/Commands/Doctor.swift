import Foundation
import GatewayCore
import GatewayProxy
import GatewayRedis
import NIOCore

/// What `fillgate doctor` looks at, and what it makes of it.
enum Doctor {
    struct Finding: Sendable, Hashable, Encodable {
        enum State: String, Sendable, Encodable { case ok, warn, fail }

        var state: State
        var check: String
        /// A sentence without a full stop.
        var found: String
    }

    /// The first version of Redis that has what the scripts use.
    static let leastVersion = 7
    /// Clocks that are further apart than this are worth a word, and than that break the life of assertions.
    static let clockWarning = Duration.seconds(1)
    static let clockFailure = Duration.seconds(30)

    /// From what share of `maxmemory` on it is worth a word.
    static let memoryWarning = 0.9

    static func redis(_ settings: Settings) async -> [Finding] {
        do {
            let (servers, missing, before, after) = try await AdminStore.run(settings) { store in
                // The first answer waits for the connection; the clocks are compared over the second.
                _ = try await store.diagnose()
                let before = Clock.now
                let servers = try await store.diagnose()
                return (servers, store.missingSlots, before, Clock.now)
            }
            var findings = [Finding(state: .ok, check: "redis", found: "\(settings.redis.url) answers")]
            if let missing { findings.append(cluster(servers.count, missing: missing)) }
            let isAlone = missing == nil && !settings.redis.url.hasSentinels
            for server in servers {
                findings += judge(server, isAlone: isAlone)
                findings.append(clock(server, between: before, and: after))
            }
            return findings
        } catch {
            let why = (error as? CommandFailure)?.message ?? "\(error)"
            return [Finding(state: .fail, check: "redis", found: why)]
        }
    }

    /// Whether every slot of a Cluster has a node.
    static func cluster(_ primaries: Int, missing: Int) -> Finding {
        Finding(
            state: missing == 0 ? .ok : .fail, check: "redis cluster",
            found: missing == 0
                ? "\(primaries) primaries have all slots" : "\(missing) slots have no primary")
    }

    /// What a server says of itself. One that is not alone should have somebody to take its place.
    static func judge(_ server: RedisDiagnosis, isAlone: Bool = true) -> [Finding] {
        let place = server.server.map { " \($0)" } ?? ""
        func finding(_ state: Finding.State, _ check: String, _ found: String) -> Finding {
            Finding(state: state, check: "redis \(check)\(place)", found: found)
        }
        let major = server.version.split(separator: ".").first.flatMap { Int($0) } ?? 0
        var findings = [
            major >= leastVersion
                ? finding(.ok, "version", server.version)
                : finding(.fail, "version", "\(server.version); \(leastVersion).0 or later is needed")
        ]
        if server.isClusterNode, server.server == nil {
            findings.append(finding(.fail, "role", "a node of a Cluster; use redis+cluster:// in redis.url"))
        } else {
            findings.append(
                server.role == "master"
                    ? finding(.ok, "role", "primary") : finding(.fail, "role", "a replica takes no writes"))
        }
        if !isAlone, server.replicas == 0 {
            findings.append(finding(.warn, "replicas", "none: nobody takes over when it is lost"))
        }
        findings.append(
            server.evictionPolicy == "noeviction"
                ? finding(.ok, "maxmemory-policy", "noeviction")
                : finding(
                    .fail, "maxmemory-policy",
                    "\(server.evictionPolicy) may evict sessions and locks; set it to noeviction"))
        let share = server.memoryBound > 0 ? Double(server.memoryUsed) / Double(server.memoryBound) : 0
        if share >= memoryWarning {
            findings.append(
                finding(
                    share >= 1 ? .fail : .warn, "memory",
                    share >= 1
                        ? "at maxmemory: it refuses new sessions and limits"
                        : "\(Int(share * 100)) % of maxmemory is in use"))
        }
        findings.append(persistence(of: server, finding))
        return findings
    }

    private static func persistence(
        of server: RedisDiagnosis, _ finding: (Finding.State, String, String) -> Finding
    ) -> Finding {
        if server.appendsToFile { return finding(.ok, "persistence", "append-only file") }
        let snapshots = server.snapshots.map { !$0.isEmpty } == true
        return finding(
            .warn, "persistence",
            snapshots
                ? "snapshots only: a crash loses the accounts and sessions since the last one"
                : "none: a restart loses all accounts and sessions; set appendonly yes")
    }

    private static func clock(
        _ server: RedisDiagnosis, between before: Timestamp, and after: Timestamp
    ) -> Finding {
        var found = clock(server.clock, between: before, and: after)
        if let name = server.server { found.check += " \(name)" }
        return found
    }

    /// The server's clock against ours, given when it was asked and when it had answered.
    static func clock(_ server: Timestamp, between before: Timestamp, and after: Timestamp) -> Finding {
        let apart = server < before ? before - server : server > after ? server - after : .zero
        let state: Finding.State = apart > clockFailure ? .fail : apart > clockWarning ? .warn : .ok
        let found =
            state == .ok ? "within \(Units.text(of: clockWarning))" : "\(apart.wholeMilliseconds)ms apart"
        return Finding(state: state, check: "redis clock", found: found)
    }

    /// The directory of the signing keys and what others may do with it.
    static func dataDirectory(_ path: String) -> [Finding] {
        func finding(_ state: Finding.State, _ found: String) -> Finding {
            Finding(state: state, check: "data directory", found: found)
        }
        func mode(_ path: String) -> Int? {
            let attributes = try? FileManager.default.attributesOfItem(atPath: path)
            return (attributes?[.posixPermissions] as? NSNumber)?.intValue
        }
        guard let own = mode(path) else {
            return [finding(.warn, "\(path) is not there yet; the first start makes it")]
        }
        guard FileManager.default.isReadableFile(atPath: path),
            FileManager.default.isExecutableFile(atPath: path)
        else { return [finding(.fail, "\(path) cannot be used by this user")] }
        var findings: [Finding] = []
        if own & 0o077 != 0 {
            findings.append(finding(.warn, "\(path) has mode 0\(String(own, radix: 8)); 0700 is enough"))
        }
        for name in SigningKeys.fileNames {
            guard let mode = mode("\(path)/\(name)"), mode & 0o077 != 0 else { continue }
            findings.append(
                finding(
                    .fail,
                    "\(path)/\(name) has mode 0\(String(mode, radix: 8)): others may use it; make it 0600"))
        }
        return findings.isEmpty ? [finding(.ok, path)] : findings
    }

    /// Whether the certificates of the listeners load, and until when they are valid.
    static func certificates(_ listeners: [ListenSettings], now: Timestamp) -> [Finding] {
        listeners.compactMap { listener in
            guard let tls = listener.tls else { return nil }
            let check = "certificate \(listener.address)"
            do throws(TLSFault) {
                let identity = try TLSIdentity(tls, http2: listener.http2)
                let standing = identity.standing(at: now)
                let state: Finding.State =
                    switch standing {
                    case .valid: .ok
                    case .soon: .warn
                    case .expired, .early: .fail
                    }
                let dates =
                    standing == .early
                    ? "from \(CalendarText.rfc3339(identity.validFrom))"
                    : "until \(CalendarText.rfc3339(identity.validUntil))"
                return Finding(
                    state: state, check: check, found: "\(tls.certificate) \(standing.rawValue), \(dates)")
            } catch {
                return Finding(state: .fail, check: check, found: error.description)
            }
        }
    }

    /// Asks every address of every upstream whether it is well, every address of a name among them.
    static func upstreams(_ upstreams: [UpstreamSettings], on group: any EventLoopGroup) async -> [Finding] {
        let names = NameLookup()
        defer { names.stop() }
        var findings: [Finding] = []
        for upstream in upstreams {
            let check = "upstream \(upstream.name)"
            let tls: UpstreamTLSContext?
            do throws(UpstreamTLSFault) { tls = try .load(upstream) } catch {
                findings.append(Finding(state: .fail, check: check, found: error.reason))
                continue
            }
            var asked = 0
            var faults: [String] = []
            for address in upstream.addresses {
                let (sockets, host) = await sockets(of: address, names)
                if sockets.isEmpty { faults.append("\(address) cannot be resolved") }
                asked += max(1, sockets.count)
                for socket in sockets {
                    let fault = await UpstreamProbe.fault(
                        of: socket, host: host, path: upstream.health.path, tls: tls, on: group,
                        deadline: upstream.connectTimeout + upstream.health.timeout)
                    if let fault { faults.append("\(socket.text) \(fault.sentence)") }
                }
            }
            let isUnverified = upstream.tls.isEnabled && upstream.tls.insecureSkipVerify
            let isFine = faults.isEmpty && !isUnverified
            let state: Finding.State = isFine ? .ok : faults.count < asked ? .warn : .fail
            if isUnverified { faults.append("certificates are not verified") }
            let found = faults.isEmpty ? "ready" : faults.joined(separator: ", ")
            findings.append(Finding(state: state, check: check, found: found))
        }
        return findings
    }

    private static func sockets(
        of address: UpstreamSettings.Address, _ names: NameLookup
    ) async -> (sockets: [SocketAddress], host: String?) {
        if let numeric = address.numeric { return ([numeric], nil) }
        guard case .host(let host, let port) = address else { return ([], nil) }
        var found = (try? await names.addresses(of: host, within: .seconds(5))) ?? []
        for place in found.indices { found[place].port = port }
        return (found, host)
    }
}
