import Foundation
import Synchronization

/// A TCP socket of 127.0.0.1 used byte by byte, every wait with a deadline, and the bytes that came and were
/// not taken yet.
///
/// It shares no code with the gateway. Calls block their thread; `Blocking.run` takes them off a task's.
package final class RawSocket: @unchecked Sendable {
    // SAFETY: the descriptor is closed once, under its lock; `unread` is used by one call at a time, as
    // callers promise.
    private let descriptor: Mutex<Int32?>
    private var unread: [UInt8] = []
    /// How long one wait may take.
    package let patience: Duration

    /// What a peer did instead of what was expected.
    package enum Fault: Error, Sendable, Hashable {
        case closed, reset, timeout
        case malformed(String)
        case system(String, Int32)
    }

    init(descriptor: Int32, patience: Duration) {
        self.descriptor = Mutex(descriptor)
        self.patience = patience
        var on: Int32 = 1
        setsockopt(descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Connects. `receiveBuffer` bounds what the kernel takes in before anybody reads.
    package convenience init(
        port: Int, receiveBuffer: Int? = nil, patience: Duration = .seconds(20)
    ) throws(Fault) {
        let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
        guard descriptor >= 0 else { throw .system("socket", errno) }
        if var size = receiveBuffer.map(Int32.init) {
            setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &size, socklen_t(MemoryLayout<Int32>.size))
        }
        var address = Self.loopback(port: port)
        // SAFETY: a `sockaddr_in` is a `sockaddr` to this call, which gets its true size.
        let status = withUnsafePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard status == 0 else {
            let code = errno
            Glibc.close(descriptor)
            throw .system("connect", code)
        }
        self.init(descriptor: descriptor, patience: patience)
    }

    deinit { close() }

    static func loopback(port: Int) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = UInt16(truncatingIfNeeded: port).bigEndian
        address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
        return address
    }

    /// The port of this end, and of the other.
    var localPort: UInt16? { descriptor.withLock { $0.flatMap { Self.port(of: $0, getsockname) } } }
    var peerPort: UInt16? { descriptor.withLock { $0.flatMap { Self.port(of: $0, getpeername) } } }

    /// The port that `ask` tells of a TCP socket; nil where it is none.
    static func port(
        of descriptor: Int32,
        _ ask: (Int32, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> Int32
    ) -> UInt16? {
        var address = sockaddr_in()
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        // SAFETY: a `sockaddr_in` is a `sockaddr` to these calls, which get its true size.
        let status = withUnsafeMutablePointer(to: &address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { ask(descriptor, $0, &length) }
        }
        guard status == 0, address.sin_family == sa_family_t(AF_INET) else { return nil }
        return UInt16(bigEndian: address.sin_port)
    }

    // MARK: Out

    /// Sends all of `bytes`.
    package func send(_ bytes: some Sequence<UInt8>) throws(Fault) {
        let bytes = Array(bytes)
        var offset = 0
        while offset < bytes.count {
            offset += try sendSome(bytes[offset...])
        }
    }

    package func send(_ text: String) throws(Fault) { try send(text.utf8) }

    /// Sends as much as the peer takes now; waits until it takes something.
    package func sendSome(_ bytes: ArraySlice<UInt8>) throws(Fault) -> Int {
        let descriptor = try wait(for: Int16(POLLOUT))
        let count = bytes.withUnsafeBytes {
            Glibc.send(
                descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
        }
        if count >= 0 { return count }
        if errno == EAGAIN || errno == EINTR { return 0 }
        throw errno == EPIPE || errno == ECONNRESET ? .reset : .system("send", errno)
    }

    /// Says that nothing more comes.
    package func endOutput() {
        descriptor.withLock { if let descriptor = $0 { _ = shutdown(descriptor, Int32(SHUT_WR)) } }
    }

    /// Ends both directions, which wakes whoever waits. The descriptor stays: closed under somebody's hands,
    /// its number could become that of another socket, and they would read from that.
    package func interrupt() {
        descriptor.withLock { if let descriptor = $0 { _ = shutdown(descriptor, Int32(SHUT_RDWR)) } }
    }

    /// For the one who reads and writes.
    package func close() {
        descriptor.withLock { descriptor in
            if let open = descriptor { Glibc.close(open) }
            descriptor = nil
        }
    }

    /// Closes so that the peer sees a reset.
    package func abort() {
        descriptor.withLock { descriptor in
            guard let open = descriptor else { return }
            var linger = linger(l_onoff: 1, l_linger: 0)
            setsockopt(open, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<Glibc.linger>.size))
            Glibc.close(open)
            descriptor = nil
        }
    }

    // MARK: In

    /// Bytes that are there, at least one, at most `count`; empty at the end.
    package func readSome(_ count: Int = 65_536) throws(Fault) -> [UInt8] {
        if !unread.isEmpty {
            let taken = Array(unread.prefix(count))
            unread.removeFirst(taken.count)
            return taken
        }
        let descriptor = try wait(for: Int16(POLLIN))
        var chunk = [UInt8](repeating: 0, count: count)
        let got = recv(descriptor, &chunk, count, 0)
        guard got >= 0 else { throw errno == ECONNRESET ? .reset : .system("recv", errno) }
        return Array(chunk[..<got])
    }

    private func readMore() throws(Fault) {
        let waiting = unread
        unread = []
        let more = try readSome()
        unread = waiting + more
        guard !more.isEmpty else { throw .closed }
    }

    /// The bytes up to and including `end`, at most `bound` of them.
    package func read(through end: String, bound: Int = 1 << 20) throws(Fault) -> [UInt8] {
        let mark = Array(end.utf8)
        var searched = 0
        while true {
            if let range = unread[searched...].firstRange(of: mark) {
                let taken = Array(unread[..<range.upperBound])
                unread.removeFirst(taken.count)
                return taken
            }
            guard unread.count < bound else { throw .malformed("no end within \(bound) bytes") }
            searched = max(0, unread.count - mark.count)
            try readMore()
        }
    }

    package func read(_ count: Int) throws(Fault) -> [UInt8] {
        while unread.count < count { try readMore() }
        let taken = Array(unread[..<count])
        unread.removeFirst(count)
        return taken
    }

    /// Everything until the peer ends the connection. A reset counts as an end where `resetIsEnd`.
    package func readToEnd(resetIsEnd: Bool = false) throws(Fault) -> [UInt8] {
        var all = unread
        unread = []
        while true {
            let more: [UInt8]
            do { more = try readSome() } catch {
                if resetIsEnd, error == .reset { return all }
                throw error
            }
            guard !more.isEmpty else { return all }
            all += more
        }
    }

    /// Whether nothing comes for `span`, neither bytes nor an end.
    package func isSilent(for span: Duration) throws(Fault) -> Bool {
        guard unread.isEmpty else { return false }
        do { _ = try wait(for: Int16(POLLIN), span) } catch {
            if error == .timeout { return true }
            throw error
        }
        return false
    }

    private func wait(for events: Int16, _ span: Duration? = nil) throws(Fault) -> Int32 {
        guard let descriptor = descriptor.withLock({ $0 }) else { throw .closed }
        let deadline = ContinuousClock.now + (span ?? patience)
        while true {
            let left = deadline - ContinuousClock.now
            let milliseconds =
                left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000
            var poll = pollfd(fd: descriptor, events: events, revents: 0)
            let ready = Glibc.poll(&poll, 1, Int32(max(0, min(milliseconds, 1_000_000))))
            if ready > 0 { return descriptor }
            if ready < 0, errno != EINTR { throw .system("poll", errno) }
            guard ContinuousClock.now < deadline else { throw .timeout }
        }
    }
}

/// Runs blocking calls on a thread of their own, so that no task's thread waits for a peer.
package enum Blocking {
    package static func run<Result: Sendable>(
        _ body: @escaping @Sendable () throws -> Result
    ) async throws -> Result {
        try await withCheckedThrowingContinuation { continuation in
            Thread.detachNewThread { continuation.resume(with: Swift.Result { try body() }) }
        }
    }
}
