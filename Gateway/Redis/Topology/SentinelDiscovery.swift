import NIOCore

/// How a connection learns where to connect.
enum ServerFinder {
    case known(RedisConfiguration.Endpoint)
    /// Sentinels are asked for the primary; nodes of a Cluster whether they are there.
    case sentinels(SentinelDiscovery)

    init(_ configuration: RedisConfiguration, _ dialler: RedisDialler) {
        switch configuration.topology {
        case .server(let endpoint): self = .known(endpoint)
        // Whoever wants a certain node has a configuration with its address; to listen at, any will do.
        case .cluster(let seeds):
            let logIn = configuration.password.map { RedisCommand.logIn(configuration.user, $0) }
            self = .sentinels(SentinelDiscovery(seeds, for: .anyNode, logIn: logIn, over: dialler))
        case .sentinels(let sentinels, let master):
            let logIn = configuration.sentinelPassword.map {
                RedisCommand.logIn(configuration.sentinelUser, $0)
            }
            self = .sentinels(
                SentinelDiscovery(sentinels, for: .primary(of: master), logIn: logIn, over: dialler))
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

/// Asks sentinels in turn which server is the primary, or nodes of a Cluster which of them is there, beginning
/// with the one that answered last time.
///
/// Nobody listens to the sentinels in between: the old primary closes its connections when it is made a
/// replica, answers `READONLY`, falls silent or is gone, and each of these leads back here. Source:
/// Redis's guidelines for clients of Sentinel.
final class SentinelDiscovery: @unchecked Sendable {
    // SAFETY: used on the dialler's loop only; `Sendable` is claimed so that NIO's closures may capture it.
    typealias Endpoint = RedisConfiguration.Endpoint

    enum Question {
        case primary(of: String)
        case anyNode
    }

    /// How long one of them may take to be connected to and to answer.
    static let deadline = TimeAmount.milliseconds(250)

    private var places: [Endpoint]
    private let question: Question
    private let logIn: RedisCommand?
    private let dialler: RedisDialler

    init(_ places: [Endpoint], for question: Question, logIn: RedisCommand?, over dialler: RedisDialler) {
        self.places = places
        self.question = question
        self.logIn = logIn
        self.dialler = dialler
    }

    /// Where to connect, in the words of the first that knows; fails, with what the last one said, where none
    /// does. It may be wrong: who connects asks the server itself.
    func find() -> EventLoopFuture<Endpoint> { ask(0) }

    private func ask(_ index: Int) -> EventLoopFuture<Endpoint> {
        let asked = places[index]
        let command =
            switch question {
            case .primary(let master): RedisCommand("SENTINEL", "get-master-addr-by-name", master)
            case .anyNode: RedisCommand("PING")
            }
        let commands = (logIn.map { [$0] } ?? []) + [command]
        return RedisExchange.ask(asked, commands, over: dialler, within: Self.deadline)
            .flatMapThrowing { replies in
                let found = try self.endpoint(in: replies, from: asked)
                self.places.swapAt(0, index)
                return found
            }
            .flatMapError { error in
                if index + 1 < self.places.count { return self.ask(index + 1) }
                return self.dialler.eventLoop.makeFailedFuture(
                    RedisExchange.Fault(description: "\(asked): \(error)"))
            }
    }

    private func endpoint(in replies: [RedisReply], from asked: Endpoint) throws -> Endpoint {
        for reply in replies {
            if case .error(let text) = reply {
                throw RedisExchange.Fault(description: "refused with \(text.prefix(while: { $0 != " " }))")
            }
        }
        guard case .primary(let master) = question else { return asked }
        guard let parts = replies.last?.list else {
            throw RedisExchange.Fault(description: "it does not know '\(master)'")
        }
        guard parts.count == 2, let host = parts[0].text, !host.isEmpty,
            let port = parts[1].text.flatMap({ Int($0) }), (1...65_535).contains(port)
        else { throw RedisExchange.Fault(description: "not an address") }
        return .tcp(host: host, port: port)
    }
}
