import Foundation
import Synchronization

/// An upstream that does what a test says and remembers what it was sent.
///
/// It listens on a free port of 127.0.0.1 and gives each connection a thread. `stop`, or its end, closes
/// everything.
package final class RecordingUpstream: Sendable {
    private struct State {
        var requests: [RawMessage] = []
        var connections: [RawSocket] = []
        var isStopped = false
    }

    /// One connection, as the script sees it.
    package struct Link: Sendable {
        package let socket: RawSocket
        /// Counted from 0 in the order of their acceptance.
        package let number: Int
        fileprivate let record: @Sendable (RawMessage) -> Void

        /// The next request with its body, recorded; nil where the connection ends before one begins.
        package func request() throws -> RawMessage? {
            guard var message = try head() else { return nil }
            try message.readBody(from: socket, untilEnd: false)
            record(message)
            return message
        }

        /// The next request's head, not recorded; its body is the caller's to read.
        package func head() throws -> RawMessage? {
            do { return try RawMessage(headFrom: socket) } catch {
                if error == .closed || error == .reset { return nil }
                throw error
            }
        }

        package func send(_ text: String) throws { try socket.send(text) }
    }

    package let port: Int
    private let listener: Int32
    private let state = Mutex(State())
    private let script: @Sendable (Link) throws -> Void

    /// Runs `script` once a connection; the connection is closed when it returns or throws.
    package init(_ script: @escaping @Sendable (Link) throws -> Void) throws {
        self.script = script
        listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard listener >= 0 else { throw POSIXFailure("socket", errno) }
        var address = RawSocket.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: a `sockaddr_in` is a `sockaddr` to these calls, which get its true size.
        let isBound = withUnsafeMutablePointer(to: &address) { [listener] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(listener, $0, length) == 0 && listen(listener, 512) == 0
                    && getsockname(listener, $0, &length) == 0
            }
        }
        guard isBound else { throw POSIXFailure("bind", errno) }
        port = Int(UInt16(bigEndian: address.sin_port))
        Thread.detachNewThread { [self] in accept() }
    }

    /// Answers every request with what `answer` makes of it, whole responses, on connections that stay open.
    package convenience init(answering answer: @escaping @Sendable (RawMessage) -> String) throws {
        try self.init { link in
            while let request = try link.request() { try link.send(answer(request)) }
        }
    }

    /// Answers every request with 200 and its own body.
    package static func echo() throws -> RecordingUpstream {
        try RecordingUpstream { request in
            let body = request.method == "HEAD" ? "" : request.text
            return
                "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: \(request.body.count)\r\n\r\n\(body)"
        }
    }

    package var requests: [RawMessage] { state.withLock { $0.requests } }
    /// Connections that were accepted since the beginning.
    package var connectionCount: Int { state.withLock { $0.connections.count } }

    package func stop() {
        let connections = state.withLock { state -> [RawSocket]? in
            guard !state.isStopped else { return nil }
            state.isStopped = true
            return state.connections
        }
        guard let connections else { return }
        shutdown(listener, Int32(SHUT_RDWR))
        for connection in connections { connection.interrupt() }
    }

    private func accept() {
        defer { close(listener) }
        while true {
            let descriptor = Glibc.accept(listener, nil, nil)
            guard descriptor >= 0 else {
                if errno == EINTR || errno == ECONNABORTED { continue }
                return
            }
            let socket = RawSocket(descriptor: descriptor, patience: .seconds(30))
            let number = state.withLock { state -> Int? in
                guard !state.isStopped else { return nil }
                state.connections.append(socket)
                return state.connections.count - 1
            }
            guard let number else { return }
            let link = Link(socket: socket, number: number) { [weak self] message in
                self?.state.withLock { $0.requests.append(message) }
            }
            Thread.detachNewThread { [script] in
                try? script(link)
                socket.close()
            }
        }
    }
}

/// A port of 127.0.0.1 that refuses connections as long as this object lives: it is bound, so that nobody
/// else gets it, and nobody listens.
package final class ClosedPort: Sendable {
    package let port: Int
    package let descriptor: Int32

    package init() throws {
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw POSIXFailure("socket", errno) }
        var address = RawSocket.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: a `sockaddr_in` is a `sockaddr` to these calls, which get its true size.
        let isBound = withUnsafeMutablePointer(to: &address) { [descriptor] pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                bind(descriptor, $0, length) == 0 && getsockname(descriptor, $0, &length) == 0
            }
        }
        port = Int(UInt16(bigEndian: address.sin_port))
        guard isBound else { throw POSIXFailure("bind", errno) }
    }

    deinit { close(descriptor) }
}
