import NIOCore

/// How a connection learns where to connect.
enum ServerFinder {
    case known(RedisConfiguration.Endpoint)
    case sentinels(SentinelDiscovery)

    init(_ configuration: RedisConfiguration, _ dialler: RedisDialler) {
        switch configuration.topology {
        case .server(let endpoint): self = .known(endpoint)
        case .sentinels(let sentinels, let master):
            self = .sentinels(
                SentinelDiscovery(
                    sentinels, of: master,
                    logIn: configuration.sentinelPassword.map { password in
                        .logIn(configuration.sentinelUser, password)
                    }, over: dialler))
        }
    }

    /// Where a server is that hears what is said on channels.
    func find(on eventLoop: any EventLoop) -> EventLoopFuture<RedisConfiguration.Endpoint> {
        switch self {
        case .known(let endpoint): eventLoop.makeSucceededFuture(endpoint)
        case .sentinels(let discovery): discovery.find()
        }
    }
}

/// Asks sentinels in turn which server is the primary, beginning with the one that knew last time.
///
/// Nobody listens to the sentinels in between: the old primary closes its connections when it is made a
/// replica, answers `READONLY`, falls silent or is gone, and each of these leads back here. Source:
/// Redis's guidelines for clients of Sentinel.
final class SentinelDiscovery: @unchecked Sendable {
    // SAFETY: used on the dialler's loop only; `Sendable` is claimed so that NIO's closures may capture it.

    /// How long one sentinel may take to be connected to and to answer.
    static let deadline = TimeAmount.milliseconds(250)

    private var sentinels: [RedisConfiguration.Endpoint]
    private let master: String
    private let logIn: RedisCommand?
    private let dialler: RedisDialler

    init(
        _ sentinels: [RedisConfiguration.Endpoint], of master: String, logIn: RedisCommand?,
        over dialler: RedisDialler
    ) {
        self.sentinels = sentinels
        self.master = master
        self.logIn = logIn
        self.dialler = dialler
    }

    /// Where the primary is, in the words of the first sentinel that knows; fails, with what the last one
    /// said, where none does. It may be wrong: who connects asks the server itself.
    func find() -> EventLoopFuture<RedisConfiguration.Endpoint> { ask(0) }

    private func ask(_ place: Int) -> EventLoopFuture<RedisConfiguration.Endpoint> {
        let sentinel = sentinels[place]
        let commands =
            (logIn.map { [$0] } ?? []) + [
                RedisCommand("SENTINEL", "get-master-addr-by-name", master)
            ]
        return RedisExchange.ask(sentinel, commands, over: dialler, within: Self.deadline)
            .flatMapThrowing { replies in
                let found = try self.endpoint(in: replies)
                self.sentinels.swapAt(0, place)
                return found
            }
            .flatMapError { error in
                if place + 1 < self.sentinels.count { return self.ask(place + 1) }
                return self.dialler.eventLoop.makeFailedFuture(
                    RedisExchange.Fault(description: "sentinel \(sentinel): \(error)"))
            }
    }

    private func endpoint(in replies: [RedisReply]) throws -> RedisConfiguration.Endpoint {
        for reply in replies {
            if case .error(let text) = reply {
                throw RedisExchange.Fault(description: "refused with \(text.prefix(while: { $0 != " " }))")
            }
        }
        guard let parts = replies.last?.list else {
            throw RedisExchange.Fault(description: "it does not know '\(master)'")
        }
        guard parts.count == 2, let host = parts[0].text, !host.isEmpty,
            let port = parts[1].text.flatMap({ Int($0) }), (1...65_535).contains(port)
        else { throw RedisExchange.Fault(description: "not an address") }
        return .tcp(host: host, port: port)
    }
}
