import DequeModule
package import NIOCore
import Synchronization

#if canImport(Glibc)
    import Glibc
#endif

/// The addresses of a host name, with port 0. Throws where there are none.
package typealias NameResolver = @Sendable (_ host: String) async throws -> [SocketAddress]

/// Asks the system for the addresses of names, on one thread of its own: such a question blocks, for seconds
/// where a name server is away, and event loops must not.
package final class NameLookup: Sendable {
    package enum Fault: Error, Sendable, Hashable, CustomStringConvertible {
        /// The system's own words.
        case notFound(String)
        case timeout
        /// The last question about this name, or too many others, have not been answered yet.
        case busy
        case stopped

        package var description: String {
            switch self {
            case .notFound(let reason): reason
            case .timeout: "no answer in time"
            case .busy: "earlier questions are still unanswered"
            case .stopped: "stopped"
            }
        }
    }

    private typealias Answer = CheckedContinuation<[SocketAddress], any Error>

    private struct State {
        var waiting = Deque<String>()
        /// One for each name that was asked about and not answered yet.
        var askers: [String: Answer] = [:]
        var hasThread = false
        var isStopped = false
    }

    /// What the thread holds: it outlives this object while the system is thinking.
    private final class Shared: Sendable {
        let state = Mutex(State())
        let signal = ThreadSignal()
    }

    private let shared = Shared()
    /// Names that may be asked about at one time.
    static let mostAskers = 1_024
    /// Addresses of one name that are used.
    static let mostAddresses = 64

    package init() {}

    deinit { stop() }

    /// The addresses of `host` of the families that this machine speaks.
    package func addresses(of host: String) async throws -> [SocketAddress] {
        try await withCheckedThrowingContinuation { (answer: Answer) in
            let fault = shared.state.withLock { state -> Fault? in
                guard !state.isStopped else { return .stopped }
                guard state.askers[host] == nil, state.askers.count < Self.mostAskers else { return .busy }
                if !state.hasThread {
                    state.hasThread = ThreadSignal.detach { [shared] in Self.run(shared) }
                    guard state.hasThread else { return .busy }
                }
                state.askers[host] = answer
                state.waiting.append(host)
                return nil
            }
            if let fault { answer.resume(throwing: fault) } else { shared.signal.signal() }
        }
    }

    /// The same, for those who cannot wait longer than `limit`.
    package func addresses(of host: String, within limit: Duration) async throws -> [SocketAddress] {
        try await GatewayProxy.within(limit) { try await self.addresses(of: host) }
    }

    /// Ends the thread once the system has answered what it was asked last; whoever waits is told so now.
    package func stop() {
        let askers = shared.state.withLock { state in
            state.isStopped = true
            state.waiting.removeAll()
            defer { state.askers.removeAll() }
            return state.askers
        }
        for answer in askers.values { answer.resume(throwing: Fault.stopped) }
        shared.signal.signal()
    }

    private static func run(_ shared: Shared) {
        while true {
            shared.signal.wait()
            let (host, isStopped) = shared.state.withLock { ($0.waiting.popFirst(), $0.isStopped) }
            if isStopped { return }
            guard let host else { continue }
            let result = ask(host)
            shared.state.withLock { $0.askers.removeValue(forKey: host) }?.resume(with: result)
        }
    }

    private static func ask(_ host: String) -> Result<[SocketAddress], any Error> {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = AI_ADDRCONFIG
        var list: UnsafeMutablePointer<addrinfo>?
        let code = getaddrinfo(host, nil, &hints, &list)
        guard code == 0 else { return .failure(Fault.notFound(String(cString: gai_strerror(code)))) }
        defer { freeaddrinfo(list) }
        var found: [SocketAddress] = []
        var next = list
        while let entry = next, found.count < mostAddresses {
            // SAFETY: the system says which structure each address is, and the list lives until the end.
            if let address = entry.pointee.ai_addr {
                switch entry.pointee.ai_family {
                case AF_INET:
                    address.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                        found.append(SocketAddress($0.pointee))
                    }
                case AF_INET6:
                    address.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                        found.append(SocketAddress($0.pointee))
                    }
                default: break
                }
            }
            next = entry.pointee.ai_next
        }
        return found.isEmpty ? .failure(Fault.notFound("the name has no address")) : .success(found)
    }
}

/// Waits for `body` no longer than `limit`, whether or not it takes notice of being cancelled.
func within<Value: Sendable>(
    _ limit: Duration, _ body: @escaping @Sendable () async throws -> Value
) async throws -> Value {
    let once = Once<Value>()
    let work = Task {
        do { once.resume(.success(try await body())) } catch { once.resume(.failure(error)) }
    }
    let timer = Task {
        try await Task.sleep(for: limit)
        once.resume(.failure(NameLookup.Fault.timeout))
    }
    defer {
        work.cancel()
        timer.cancel()
    }
    return try await withCheckedThrowingContinuation { once.wait($0) }
}

/// The first of several results, for one who waits.
private final class Once<Value: Sendable>: Sendable {
    private enum State {
        case empty
        case waiting(CheckedContinuation<Value, any Error>)
        case early(Result<Value, any Error>)
        case over
    }

    private let state = Mutex(State.empty)

    func resume(_ result: Result<Value, any Error>) {
        let waiting = state.withLock { state -> CheckedContinuation<Value, any Error>? in
            switch state {
            case .empty:
                state = .early(result)
                return nil
            case .waiting(let continuation):
                state = .over
                return continuation
            case .early, .over: return nil
            }
        }
        waiting?.resume(with: result)
    }

    func wait(_ continuation: CheckedContinuation<Value, any Error>) {
        let early = state.withLock { state -> Result<Value, any Error>? in
            if case .early(let result) = state {
                state = .over
                return result
            }
            state = .waiting(continuation)
            return nil
        }
        if let early { continuation.resume(with: early) }
    }
}
