import Foundation

/// The other end of a connection whose both ends are in this process. It tells when the program under test
/// has taken what it was sent, so that pieces arrive as pieces.
package struct PeerEnd: Sendable {
    private let descriptor: Int32
    private let ports: (own: UInt16, peer: UInt16)

    /// Waits until the connection was accepted; nil where that does not happen.
    package init?(of socket: RawSocket, within deadline: Duration = .seconds(10)) {
        guard let own = socket.localPort, let peer = socket.peerPort else { return nil }
        ports = (own, peer)
        let end = ContinuousClock.now + deadline
        while ContinuousClock.now < end {
            for candidate in Int32(3)..<4_096 where Self.isEnd(candidate, ports) {
                descriptor = candidate
                return
            }
            usleep(100)
        }
        return nil
    }

    /// Waits until everything that was sent has been read, or the end is no more.
    package func waitUntilTaken(within deadline: Duration = .seconds(10)) {
        let end = ContinuousClock.now + deadline
        var unread: Int32 = 0
        while Self.isEnd(descriptor, ports), ioctl(descriptor, UInt(FIONREAD), &unread) == 0, unread > 0,
            ContinuousClock.now < end
        { sched_yield() }
    }

    private static func isEnd(_ descriptor: Int32, _ ports: (own: UInt16, peer: UInt16)) -> Bool {
        RawSocket.port(of: descriptor, getpeername) == ports.own
            && RawSocket.port(of: descriptor, getsockname) == ports.peer
    }
}
