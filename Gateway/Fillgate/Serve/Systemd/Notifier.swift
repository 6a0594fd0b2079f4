import Foundation
import Logging

/// Tells the service manager how things are: a datagram to the socket that `NOTIFY_SOCKET` names (sd_notify(3)).
/// Whoever starts a worker by hand has no such socket, and nothing is sent.
struct Notifier: Sendable {
    static let variable = "NOTIFY_SOCKET"

    private let address: Address?
    private let logger: Logger

    init(environment: [String: String], logger: Logger) {
        self.logger = logger
        let text = environment[Self.variable]
        address = text.flatMap(Address.init)
        if let text, address == nil {
            logger.warning(
                "the service manager cannot be told anything: not the name of a Unix socket",
                metadata: ["variable": "\(Self.variable)", "value": "\(text)"])
        }
    }

    /// Where a notification goes: the bytes of `sun_path`. A name that begins with `@` is abstract: its first
    /// byte is zero, and there is no file (unix(7)).
    struct Address: Sendable, Hashable {
        let path: [UInt8]

        /// Nil for what is neither an absolute path nor abstract, and for what is too long.
        init?(_ text: String) {
            var path = Array(text.utf8)
            guard path.count > 1, path.count < Self.longest, !path.contains(0) else { return nil }
            switch path[0] {
            case UInt8(ascii: "/"): break
            case UInt8(ascii: "@"): path[0] = 0
            default: return nil
            }
            self.path = path
        }

        /// Bytes of `sun_path`.
        static let longest = MemoryLayout.size(ofValue: sockaddr_un().sun_path)
    }

    /// Sends `message`. Waits at most a second, for a manager whose queue is full; what cannot be sent is logged.
    func tell(_ message: NotifyMessage) {
        guard let address else { return }
        let fault = Self.send(Array(message.text.utf8), to: address)
        if let fault {
            logger.warning("the service manager could not be told", metadata: ["reason": "\(fault)"])
        }
    }

    /// Why it could not be sent; nil where it was.
    private static func send(_ bytes: [UInt8], to address: Address) -> String? {
        let descriptor = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { return String(cString: strerror(errno)) }
        defer { close(descriptor) }
        var patience = timeval(tv_sec: 1, tv_usec: 0)
        setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &patience, socklen_t(MemoryLayout<timeval>.size))
        var name = sockaddr_un()
        name.sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &name.sun_path) { $0.copyBytes(from: address.path) }
        // An abstract name ends with its length, not with a zero byte; a path may end with either.
        let offset = MemoryLayout<sockaddr_un>.offset(of: \.sun_path) ?? 2
        let length = socklen_t(offset + address.path.count)
        // SAFETY: a `sockaddr_un` is a `sockaddr` to the call, which gets the length that is filled.
        let sent = withUnsafePointer(to: &name) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                sendto(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL), $0, length)
            }
        }
        return sent == bytes.count ? nil : String(cString: strerror(errno))
    }
}
