import Foundation
import GatewayCore
import GatewayProxy
import NIOCore

/// Listening sockets that whoever started the process opened and passed on: `LISTEN_FDS` of
/// sd_listen_fds(3). They outlive the worker, so that connections which come between two workers wait in the
/// kernel instead of being refused.
struct InheritedSockets: Sendable {
    /// One of them.
    struct Socket: Sendable, Hashable, CustomStringConvertible {
        var descriptor: CInt
        /// As `FileDescriptorName=` says, or `unknown`.
        var name: String
        /// Nil where it has none that a configuration could name.
        var address: UpstreamSettings.Address?

        var description: String {
            "descriptor \(descriptor), named '\(name)'\(address.map { ", at \($0)" } ?? "")"
        }
    }

    static let variables = ["LISTEN_PID", "LISTEN_FDS", "LISTEN_FDNAMES"]
    /// Where descriptors that are passed on begin.
    static let first: CInt = 3
    /// More than this are not a gateway's.
    static let most = 256

    let all: [Socket]

    static let none = InheritedSockets(all: [])

    init(all: [Socket]) { self.all = all }

    /// The sockets that the environment announces to this process; marks them as not to be inherited by others.
    /// Refuses a number that makes no sense, and what is not a listening stream socket.
    init(environment: [String: String], processID: Int32) throws(CommandFailure) {
        var sockets: [Socket] = []
        for (descriptor, name) in try Self.announced(environment, processID) {
            let flags = fcntl(descriptor, F_GETFD)
            guard flags >= 0, fcntl(descriptor, F_SETFD, flags | FD_CLOEXEC) >= 0 else {
                throw .refused("LISTEN_FDS: descriptor \(descriptor), named '\(name)', is not open")
            }
            guard Self.option(SO_ACCEPTCONN, of: descriptor) == 1,
                Self.option(SO_TYPE, of: descriptor) == Int32(SOCK_STREAM.rawValue)
            else {
                throw .refused(
                    "LISTEN_FDS: descriptor \(descriptor), named '\(name)', is not a listening stream socket")
            }
            sockets.append(
                Socket(descriptor: descriptor, name: name, address: Self.address(of: descriptor)))
        }
        all = sockets
    }

    /// Descriptors and their names; none where they are meant for another process.
    static func announced(
        _ environment: [String: String], _ processID: Int32
    ) throws(CommandFailure) -> [(descriptor: CInt, name: String)] {
        guard let count = environment["LISTEN_FDS"], environment["LISTEN_PID"] == String(processID) else {
            return []
        }
        guard let count = Int(count), (0...most).contains(count) else {
            throw .refused("LISTEN_FDS: '\(count)' is not a number from 0 to \(most)")
        }
        var names =
            environment["LISTEN_FDNAMES"]?.split(separator: ":", omittingEmptySubsequences: false).map(
                String.init) ?? []
        names += Array(repeating: "unknown", count: max(0, count - names.count))
        return (0..<count).map { (first + CInt($0), names[$0]) }
    }

    /// Which entry of `listen` stands for which socket: by address, else by name. An entry without one is
    /// opened anew. Refuses sockets that no entry stands for: whoever connects to them would wait for ever.
    func matched(to listen: [ListenSettings]) throws(CommandFailure) -> [Int: Socket] {
        var matches: [Int: Socket] = [:]
        var left = all
        func match(_ fits: (ListenSettings, Socket) -> Bool) {
            left.removeAll { socket in
                let index = listen.indices.first { matches[$0] == nil && fits(listen[$0], socket) }
                if let index { matches[index] = socket }
                return index != nil
            }
        }
        match { entry, socket in
            guard let address = socket.address else { return false }
            return entry.address.isSamePlace(as: address)
        }
        match { $0.name == $1.name }
        guard left.isEmpty else {
            let sockets = left.map(\.description).joined(separator: "; ")
            throw .refused("LISTEN_FDS: no entry of 'listen' has the address or the name of \(sockets)")
        }
        return matches
    }

    /// A descriptor of its own for a listener that opens `socket`; the one that was passed on stays, for a later
    /// configuration.
    static func duplicate(_ socket: Socket) throws(CommandFailure) -> CInt {
        let descriptor = fcntl(socket.descriptor, F_DUPFD_CLOEXEC, first)
        guard descriptor >= 0 else {
            throw .refused("\(socket) cannot be used: \(String(cString: strerror(errno)))")
        }
        return descriptor
    }

    private static func option(_ name: Int32, of descriptor: CInt) -> Int32? {
        var value: Int32 = 0
        var length = socklen_t(MemoryLayout<Int32>.size)
        return getsockopt(descriptor, SOL_SOCKET, name, &value, &length) == 0 ? value : nil
    }

    private static func address(of descriptor: CInt) -> UpstreamSettings.Address? {
        guard let address = SocketAddress.bound(to: descriptor) else { return nil }
        if let host = IPAddress(socket: address), let port = address.port {
            return .host(host.description, port: port)
        }
        guard let path = address.pathname, !path.isEmpty else { return nil }
        return .unixSocket(path: path)
    }
}

extension UpstreamSettings.Address {
    /// Whether a listener at this address and one at `other` would be in each other's way. A port that the system
    /// chooses is nobody's.
    fileprivate func isSamePlace(as other: UpstreamSettings.Address) -> Bool {
        switch (self, other) {
        case (.unixSocket(let path), .unixSocket(let other)): path == other
        case (.host(let host, let port), .host(let other, let otherPort)):
            port != 0 && port == otherPort
                && (host == other || IPAddress(host).map { $0 == IPAddress(other) } ?? false
                    || (host == "localhost" && IPAddress(other)?.isLoopback == true))
        default: false
        }
    }
}
