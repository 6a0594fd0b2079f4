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

    static func redis(_ settings: Settings) async -> [Finding] {
        do {
            let (diagnosis, before, after) = try await AdminStore.run(settings) { store in
                // The first answer waits for the connection; the clocks are compared over the second.
                _ = try await store.diagnose()
                let before = Clock.now
                return (try await store.diagnose(), before, Clock.now)
            }
            let found = "\(settings.redis.url) answers"
            return [Finding(state: .ok, check: "redis", found: found)] + judge(diagnosis)
                + [clock(diagnosis.clock, between: before, and: after)]
        } catch {
            let why = (error as? CommandFailure)?.message ?? "\(error)"
            return [Finding(state: .fail, check: "redis", found: why)]
        }
    }

    /// What the server says of itself.
    static func judge(_ server: RedisDiagnosis) -> [Finding] {
        let major = server.version.split(separator: ".").first.flatMap { Int($0) } ?? 0
        let version = Finding(
            state: major >= leastVersion ? .ok : .fail, check: "redis version",
            found: major >= leastVersion
                ? server.version : "\(server.version); \(leastVersion).0 or later is needed")
        let role = Finding(
            state: server.role == "master" ? .ok : .fail, check: "redis role",
            found: server.role == "master" ? "primary" : "a replica takes no writes")
        let keeps = server.evictionPolicy == "noeviction"
        let eviction = Finding(
            state: keeps ? .ok : .fail, check: "redis maxmemory-policy",
            found: keeps
                ? "noeviction" : "\(server.evictionPolicy) may evict sessions and locks; set it to noeviction"
        )
        let persists = server.appendsToFile || server.snapshots.map { !$0.isEmpty } == true
        let persistence = Finding(
            state: server.appendsToFile ? .ok : .warn, check: "redis persistence",
            found: server.appendsToFile
                ? "append-only file"
                : persists
                    ? "snapshots only: a crash loses the accounts and sessions since the last one"
                    : "none: a restart loses all accounts and sessions; set appendonly yes")
        return [version, role, eviction, persistence]
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
