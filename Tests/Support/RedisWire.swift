import Foundation

/// A blocking connection to a Redis server that shares no code with the gateway's, for tests that look at
/// what is really there.
package final class RedisWire {
    /// A reply of RESP2.
    package indirect enum Reply: Hashable, Sendable {
        case null
        case status(String)
        case error(String)
        case integer(Int64)
        case text(String)
        case list([Reply])
    }

    private let descriptor: Int32
    private var unread: [UInt8] = []

    /// Connects to a Unix socket; a read that takes longer than 10 s fails.
    package init(socketPath: String) throws {
        descriptor = socket(AF_UNIX, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw RedisServer.Failure(description: "socket: \(errno)") }
        var address = sockaddr_un()
        address.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &address.sun_path) {
            $0.copyBytes(from: socketPath.utf8.prefix($0.count - 1))
        }
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
            }
        }
        var patience = timeval(tv_sec: 10, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        guard status == 0 else { throw RedisServer.Failure(description: "connect \(socketPath): \(errno)") }
    }

    deinit { close(descriptor) }

    /// Sends one command and reads its reply.
    package func send(_ words: [String]) throws -> Reply {
        var request = Array("*\(words.count)\r\n".utf8)
        for word in words { request += Array("$\(word.utf8.count)\r\n\(word)\r\n".utf8) }
        var sent = 0
        while sent < request.count {
            let count = request[sent...].withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, 0x4000)
            }
            guard count > 0 else { throw RedisServer.Failure(description: "send: \(errno)") }
            sent += count
        }
        return try reply()
    }

    private func reply() throws -> Reply {
        let head = try line()
        let rest = String(head.dropFirst())
        switch head.first {
        case "+": return .status(rest)
        case "-": return .error(rest)
        case ":": return .integer(Int64(rest) ?? 0)
        case "$":
            guard let count = Int(rest), count >= 0 else { return .null }
            let body = try take(count)
            _ = try take(2)
            return .text(String(decoding: body, as: UTF8.self))
        case "*":
            guard let count = Int(rest), count >= 0 else { return .null }
            return .list(try (0..<count).map { _ in try reply() })
        default: throw RedisServer.Failure(description: "not RESP: \(head)")
        }
    }

    private func line() throws -> String {
        while true {
            if let end = unread.firstIndex(of: 13), end + 1 < unread.count {
                let text = String(decoding: unread[..<end], as: UTF8.self)
                unread.removeFirst(end + 2)
                return text
            }
            try more()
        }
    }

    private func take(_ count: Int) throws -> [UInt8] {
        while unread.count < count { try more() }
        defer { unread.removeFirst(count) }
        return Array(unread[..<count])
    }

    private func more() throws {
        var chunk = [UInt8](repeating: 0, count: 65_536)
        let count = recv(descriptor, &chunk, chunk.count, 0)
        guard count > 0 else {
            throw RedisServer.Failure(description: "recv: \(count == 0 ? "closed" : "\(errno)")")
        }
        unread += chunk[..<count]
    }
}
